import { createServer } from 'node:http';
import { type BlobStore, blobHandler } from '@fleetfit/artifacts';
import { type DeviceId, FleetError, type Log } from '@fleetfit/core';

export interface DeviceListenerOptions {
  readonly port: number;
  readonly host: string;
  readonly blobs: BlobStore;
  readonly authenticate: (bearer: string) => Promise<DeviceId>;
  readonly log: Log;
}

/** The door for devices: tensors by hash. Nothing of the operator's is behind it. */
export async function serveTensors({
  port,
  host,
  blobs,
  authenticate,
  log,
}: DeviceListenerOptions): Promise<{ readonly port: number; close(): Promise<void> }> {
  const tensors = blobHandler(
    blobs,
    async (bearer) => {
      await authenticate(bearer);
    },
    { log },
  );
  const server = createServer((request, response) => {
    tensors(request, response)
      .then((answered) => {
        if (!answered) response.writeHead(404).end();
      })
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const taken = cause.code === 'EADDRINUSE';
      reject(
        taken
          ? new FleetError('conflict', `Cannot serve tensors: port ${port} is taken by another program`, {
              cause,
              next: 'stop it, or choose other ports with: fleetfit up --port N',
            })
          : cause,
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
