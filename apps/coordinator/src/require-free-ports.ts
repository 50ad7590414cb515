import { createServer } from 'node:net';
import { FleetError } from '@fleetfit/core';

/** Says that a port is taken before anything slow has started; 0 is always free. @throws FleetError `conflict` */
export async function requireFreePorts(ports: readonly { readonly port: number; readonly host: string }[]): Promise<void> {
  for (const { port, host } of ports) if (port !== 0) await tryPort(port, host);
}

function tryPort(port: number, host: string): Promise<void> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be had (${cause.message})`;
      reject(
        new FleetError('conflict', `Cannot start the coordinator: port ${port} ${why}`, {
          cause,
          next: `stop it, or start with: fleetfit up --port ${port + 1}`,
        }),
      );
    });
    server.listen(port, host, () => server.close(() => resolve()));
  });
}
