import type { Worker } from 'node:worker_threads';
import type { PgliteAnswer, PgliteRequest } from './pglite-messages.ts';

type Unnumbered = PgliteRequest extends infer Request ? (Request extends PgliteRequest ? Omit<Request, 'number'> : never) : never;

/** One life of PGlite in its worker. Once it is over it stays over: what waits fails, and so does what comes later. */
export class PgliteSession {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, { readonly resolve: (bytes: Uint8Array) => void; readonly reject: (why: Error) => void }>();
  readonly #onOver = new Set<(why: Error) => void>();
  #number = 0;
  #over: Error | undefined;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: PgliteAnswer) => this.#take(answer));
    worker.on('error', (cause: Error) => this.end(failure(`PGlite has failed: ${cause.message}`, 'ECONNRESET')));
    worker.on('exit', () => this.end(failure('the worker of PGlite has ended', 'ECONNRESET')));
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** Called once, with the reason, when this session is over. */
  whenOver(run: (why: Error) => void): void {
    if (this.#over) run(this.#over);
    else this.#onOver.add(run);
  }

  /** Sends a request to the worker and resolves with its answer; rejects when it fails or the session is over. */
  ask(request: Unnumbered): Promise<Uint8Array> {
    if (this.#over) return Promise.reject(this.#over);
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#worker.postMessage({ ...request, number });
    });
  }

  /** Ends it as it stands, like kill -9: what was not answered may be lost, the rest is in the files. */
  end(why: Error): void {
    if (this.#over) return;
    this.#over = why;
    void this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(why);
    this.#waiting.clear();
    for (const run of this.#onOver) run(why);
  }

  /** Closes the database and ends the worker. */
  async close(): Promise<void> {
    if (this.#over) return;
    try {
      await this.ask({ kind: 'close' });
    } finally {
      this.#over ??= failure('PGlite is closed', 'ECONNRESET');
      await this.#worker.terminate();
    }
  }

  #take(answer: PgliteAnswer): void {
    const waiting = this.#waiting.get(answer.number);
    this.#waiting.delete(answer.number);
    if (answer.kind === 'done') waiting?.resolve(answer.bytes);
    else waiting?.reject(failure(answer.message, answer.code));
  }
}

/** An error with a code as the driver's own errors have one. */
export const failure = (message: string, code: string | undefined): Error =>
  Object.assign(new Error(message), code === undefined ? {} : { code });
