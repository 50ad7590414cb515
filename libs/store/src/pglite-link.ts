import { Duplex } from 'node:stream';
import type { Worker } from 'node:worker_threads';
import type { PgliteAnswer, PgliteRequest } from './pglite-messages.ts';

type Unnumbered = PgliteRequest extends infer Request ? (Request extends PgliteRequest ? Omit<Request, 'number'> : never) : never;

/** Speaks with the worker that runs PGlite. When the worker ends or fails, everything that waits for it fails, and so does what comes later. */
export class PgliteLink {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { readonly resolve: (bytes: Uint8Array) => void; readonly reject: (why: Error) => void }>();
  #number = 0;
  #over: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: PgliteAnswer) => this.#take(answer));
    worker.on('error', (cause: Error) => this.#end(failure(`PGlite has failed: ${cause.message}`, 'ECONNRESET')));
    worker.on('exit', () => this.#end(failure('the worker of PGlite has ended', 'ECONNRESET')));
  }

  /** Opens a folder, or a database in memory. */
  open(folder: string | undefined): Promise<Uint8Array> {
    return this.ask({ kind: 'open', folder });
  }

  ask(request: Unnumbered): Promise<Uint8Array> {
    if (this.#over) return Promise.reject(this.#over);
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#worker.postMessage({ ...request, number });
    });
  }

  /** Closes the database, so that its files are whole, and ends the worker. */
  async close(): Promise<void> {
    try {
      await this.ask({ kind: 'close' });
    } finally {
      await this.#worker.terminate();
    }
  }

  #take(answer: PgliteAnswer): void {
    const waiting = this.#waiting.get(answer.number);
    this.#waiting.delete(answer.number);
    if (answer.kind === 'done') waiting?.resolve(answer.bytes);
    else waiting?.reject(failure(answer.message, answer.code));
  }

  #end(why: Error): void {
    this.#over ??= why;
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
  }
}

/**
 * The socket of a pg client whose server is PGlite in its worker: the same driver, the same types, the same errors as with PostgreSQL.
 * pg writes the messages of a query in one go, so a query is one trip to the worker and back.
 */
export class PgliteSocket extends Duplex {
  readonly #link: PgliteLink;

  constructor(link: PgliteLink) {
    super();
    this.#link = link;
  }

  connect(): this {
    process.nextTick(() => this.emit('connect'));
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
    const TERMINATE = 0x58; // 'X': the client goes; PGlite itself stays
    if (bytes[0] === TERMINATE) {
      this.push(null);
      done();
      return;
    }
    this.#link.ask({ kind: 'bytes', bytes }).then(
      (answer) => {
        this.push(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
        done();
      },
      (why: Error) => done(why),
    );
  }
}

const failure = (message: string, code: string | undefined): Error => Object.assign(new Error(message), code === undefined ? {} : { code });
