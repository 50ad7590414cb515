import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { appRouter, TRPC_PATH } from '@fleetfit/api';
import { createHTTPHandler } from '@trpc/server/adapters/standalone';
import { inventedOperations } from './invented-operations.ts';

// Serves the built dashboard over an invented fleet: `npm run preview -w @fleetfit/dashboard [-- --empty] [--port 4000]`.

const OUT = join(import.meta.dirname, '../out');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const args = process.argv.slice(2);
const port = Number(args[args.indexOf('--port') + 1] ?? 0) || 0;
const operations = inventedOperations(Date.now(), args.includes('--empty'));
const trpc = createHTTPHandler({ router: appRouter, createContext: () => ({ operations }), basePath: `${TRPC_PATH}/` });

const server = createServer((request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname));
  if (path.startsWith(`${TRPC_PATH}/`)) return trpc(request, response);
  const base = join(OUT, path);
  const file = [base, `${base}.html`, join(base, 'index.html')].find((one) => existsSync(one) && statSync(one).isFile());
  response.writeHead(file ? 200 : 404, { 'content-type': TYPES[extname(file ?? '')] ?? 'application/octet-stream' });
  if (file) createReadStream(file).pipe(response);
  else response.end('Not here');
});

server.listen(port, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`http://127.0.0.1:${typeof address === 'object' && address ? address.port : port}\n`);
});
