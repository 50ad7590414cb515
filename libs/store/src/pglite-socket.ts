import { Duplex } from 'node:stream';
import type { PgliteLink } from './pglite-link.ts';
import { failure, type PgliteSession } from './pglite-session.ts';

/**
 * The socket of a pg client whose server is PGlite in its worker: the same driver, the same types, the same errors as with PostgreSQL.
 * pg writes the messages of a query in one go, so a query is one trip to the worker and back.
 */
export class PgliteSocket extends Duplex {
  readonly #link: PgliteLink;
  #session: PgliteSession | undefined;

  constructor(link: PgliteLink) {
    super();
    this.#link = link;
  }

  connect(): this {
    this.#link.session().then(
      (session) => {
        this.#session = session;
        session.whenOver((why) => this.destroy(why));
        this.emit('connect');
      },
      (why: Error) => this.destroy(why),
    );
    return this;
  }

  // What pg asks of a TCP socket, and nobody needs here.
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error) => void): void {
    this.#send(chunk, done);
  }

  override _writev(chunks: { readonly chunk: Buffer }[], done: (error?: Error) => void): void {
    this.#send(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  #send(bytes: Buffer, done: (error?: Error) => void): void {
    const TERMINATE = 0x58; // 'X': this client goes; PGlite itself stays
    const session = this.#session;
    if (bytes[0] === TERMINATE || !session) {
      this.push(null);
      done();
      return;
    }
    session.ask({ kind: 'bytes', bytes }).then(
      (answer) => {
        this.push(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
        done();
        // The client must see the error before the end of its connection.
        if (saysPanic(answer)) setImmediate(() => session.end(failure('PGlite has given up and is started again', 'ECONNRESET')));
      },
      (why: Error) => done(why),
    );
  }
}

/**
 * Whether a server's answer holds an error of severity PANIC, after which PostgreSQL may not go on: its memory and its files
 * disagree. A server would end its processes; PGlite is one, and would answer further.
 */
export function saysPanic(answer: Uint8Array): boolean {
  const ERROR = 0x45; // 'E'
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  for (let at = 0; at + 5 <= answer.length; at += 1 + view.getUint32(at + 1)) {
    const body = answer.subarray(at + 5, at + 1 + view.getUint32(at + 1));
    if (answer[at] === ERROR && new TextDecoder().decode(body).split('\0').includes('VPANIC')) return true;
  }
  return false;
}
