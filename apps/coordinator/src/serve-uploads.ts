import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Log, toFleetError } from '@fleetfit/core';
import type { Uploads } from './uploads.ts';

/** Where uploads are sent, on the operator listener. */
export const UPLOAD_PATH = '/upload/';

const STATUS: Readonly<Record<string, number>> = { invalid: 400, conflict: 409, 'not-found': 404, unavailable: 503, exhausted: 507 };

/**
 * `POST /upload/ID` brings parts of files, `GET /upload/ID?path=P` says how much of one has come, `DELETE /upload/ID` forgets all of it.
 * Answers are JSON; an error has `message`, and `received` where that is what the sender must know.
 */
export function uploadHandler(uploads: Uploads, log: Log) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const id = pathname.slice(UPLOAD_PATH.length);
    try {
      if (request.method === 'POST') return answer(response, 200, await uploads.receive(id, request));
      if (request.method === 'GET') return answer(response, 200, { received: await uploads.received(id, searchParams.get('path') ?? '') });
      if (request.method === 'DELETE') {
        await uploads.cancel(id);
        return answer(response, 200, {});
      }
      answer(response, 405, { message: `Cannot ${request.method ?? 'do this'} an upload` });
    } catch (thrown) {
      const error = toFleetError(thrown, 'Cannot take the upload');
      log.warn('a part of an upload was not taken', { upload: id, why: error.message });
      // What is still on its way would be taken for the next request.
      response.shouldKeepAlive = false;
      answer(response, STATUS[error.code] ?? 500, { message: error.message, next: error.next, ...error.details });
    }
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
}
