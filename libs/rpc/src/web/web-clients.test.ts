import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { milliseconds } from '@fleetfit/core';
import { ChallengeResponse, encodeMessage, ReportRequest, ReportResponse, Verdict } from '@fleetfit/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { dataFrame, readFrames } from './frames.ts';
import { webEnrollmentClient, webReportClient } from './web-clients.ts';

interface Asked {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Uint8Array;
}

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A door that answers every call in the same way, and keeps what it was asked. */
async function door(answer: (response: ServerResponse) => void): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      asked.push({ path: request.url ?? '', headers: request.headers, body: new Uint8Array(Buffer.concat(parts)) });
      answer(response);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, asked };
}

function trailers(lines: Readonly<Record<string, string>>): Uint8Array {
  const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
  const frame = dataFrame(new TextEncoder().encode(text.join('')));
  frame[0] = 0x80;
  return frame;
}

const soon = () => AbortSignal.timeout(5_000);
const accepted = dataFrame(encodeMessage(ReportResponse, { verdict: Verdict.VERDICT_ACCEPTED, reason: 'stored' }));
const wire = { 'content-type': 'application/grpc-web+proto' };

describe('a gRPC-Web client', () => {
  it('sends one message with the bearer, and reads the one that comes back', async () => {
    const { url, asked } = await door((response) => {
      response.writeHead(200, wire);
      // In pieces that know nothing of frames.
      for (const part of [accepted.subarray(0, 3), accepted.subarray(3), trailers({ 'grpc-status': '0' })]) response.write(part);
      response.end();
    });
    const answer = await webReportClient(url, () => 'secret').report({ report: undefined }, soon());
    expect(answer).toEqual({ verdict: Verdict.VERDICT_ACCEPTED, reason: 'stored' });
    expect(asked[0]?.path).toBe('/fleet.v1.ReportService/Report');
    expect(asked[0]?.headers).toMatchObject({ ...wire, authorization: 'Bearer secret', 'x-grpc-web': '1', 'grpc-timeout': '15000m' });
    expect(asked[0]?.body).toEqual(dataFrame(encodeMessage(ReportRequest, { report: undefined })));
  });

  it('reads an empty message as a message', async () => {
    const nonce = dataFrame(encodeMessage(ChallengeResponse, { nonce: new Uint8Array(0) }));
    const { url } = await door((response) => response.writeHead(200, wire).end(Buffer.concat([nonce, trailers({ 'grpc-status': '0' })])));
    expect((await webEnrollmentClient(url).challenge({}, soon())).nonce).toHaveLength(0);
  });

  it('throws the error that the handler threw, with what to do next', async () => {
    const said = {
      'grpc-status': '7',
      'grpc-message': encodeURIComponent('Cannot join: the token was used'),
      'fleetfit-code': 'denied',
      'fleetfit-next-bin': Buffer.from('ask for a new link – now').toString('base64'),
    };
    const refusal = { code: 'denied', message: 'Cannot join: the token was used', next: 'ask for a new link – now' };
    const inTrailers = await door((response) => response.writeHead(200, wire).end(trailers(said)));
    await expect(webEnrollmentClient(inTrailers.url).challenge({}, soon())).rejects.toMatchObject(refusal);
    const inHeaders = await door((response) => response.writeHead(200, { ...wire, ...said }).end());
    await expect(webEnrollmentClient(inHeaders.url).challenge({}, soon())).rejects.toMatchObject(refusal);
  });

  const broken: readonly (readonly [string, string, (response: ServerResponse) => void])[] = [
    ['an answer without a status', 'unavailable', (response) => response.writeHead(200, wire).end(accepted)],
    ['an answer that ends inside a frame', 'unavailable', (response) => response.writeHead(200, wire).end(accepted.subarray(0, -1))],
    ['an answer that breaks off', 'unavailable', (response) => response.writeHead(200, wire).write(accepted, () => response.destroy())],
    ['a status without a message', 'invalid', (response) => response.writeHead(200, wire).end(trailers({ 'grpc-status': '0' }))],
    ['a refusal of the door itself', 'denied', (response) => response.writeHead(403).end()],
    ['a server that is busy', 'unavailable', (response) => response.writeHead(503).end()],
    ['a redirect', 'unavailable', (response) => response.writeHead(302, { location: '/elsewhere' }).end()],
    [
      'a message that is none',
      'invalid',
      (r) => r.writeHead(200, wire).end(Buffer.concat([dataFrame(Uint8Array.of(255)), trailers({ 'grpc-status': '0' })])),
    ],
  ];
  it.each(broken)('takes %s as %s', async (_name, code, answer) => {
    const { url } = await door(answer);
    await expect(webReportClient(url, () => 'secret').report({ report: undefined }, soon())).rejects.toMatchObject({ code });
  });

  it('stops when it is cancelled, when it takes too long, and when it is closed', async () => {
    const { url } = await door(() => {});
    const stop = new AbortController();
    const cancelled = webEnrollmentClient(url).challenge({}, stop.signal);
    stop.abort();
    await expect(cancelled).rejects.toMatchObject({ code: 'cancelled' });
    const late = webEnrollmentClient(url, { deadline: milliseconds(30) }).challenge({}, soon());
    await expect(late).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('30 ms') });
    const client = webEnrollmentClient(url);
    const closed = client.challenge({}, soon());
    client.close();
    await expect(closed).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('says what to look at when nobody answers', async () => {
    const client = webEnrollmentClient('http://127.0.0.1:9');
    await expect(client.challenge({}, soon())).rejects.toMatchObject({
      code: 'unavailable',
      next: expect.stringContaining('same network'),
    });
  });

  it('reads trailers whatever the case of their names, with colons in their values', () => {
    expect([...readFrames(trailers({ 'GRPC-Message': 'a: b' })).trailers]).toEqual([['grpc-message', 'a: b']]);
  });
});
