import { FleetError, type HostId, type Log, type Milliseconds, milliseconds, seconds, silent } from '@fleetfit/core';
import {
  decodeMessage,
  WorkBegin,
  WorkBeginResponse,
  WorkBeginResponse_Answer,
  WorkItem,
  WorkProgress,
  WorkProgressResponse,
  WorkResult,
  WorkResultResponse,
  workSubjects,
} from '@fleetfit/protocol';
import { type Msg, type NatsConnection, nanos } from '@nats-io/nats-core';
import { ask } from './answer.ts';
import { pause } from './pause.ts';
import { pullMessage } from './pull-message.ts';
import { cancelled } from './while-connected.ts';

export interface TakeWorkOptions {
  /** Names this compressor in the ledger: unique among processes, new at every start. */
  readonly worker: string;
  readonly hostId: HostId;
  /** Ends the iteration, and aborts the item in hand. */
  readonly signal: AbortSignal;
  readonly log?: Log;
  /** How often the queue is told that an item is being worked on: at most a third of its `ackWait`. Default 10 s. */
  readonly keepAlive?: Milliseconds;
  /** Pause before the coordinator is asked again when nobody answers. Default 1 s. */
  readonly askAgain?: Milliseconds;
  /** How long one request to the coordinator may take. Default 10 s. */
  readonly answerWithin?: Milliseconds;
}

/**
 * One item, kept alive in the queue from being taken until it is finished, dropped or given back.
 * The keep-alive needs the event loop: do heavy work in another thread or process.
 */
export interface TakenWork {
  readonly item: WorkItem;
  /**
   * Aborts when the item is cancelled, is somebody else's by now, or the compressor stops; the reason is a FleetError `cancelled`.
   * Then stop and `giveBack`: the coordinator decides what becomes of it.
   */
  readonly signal: AbortSignal;
  /**
   * Waits until the work may start: `true` to go on, `false` when it is over already (it is off the queue then: take the next).
   * @throws FleetError `cancelled` when the compressor stops, or as the coordinator refuses
   */
  begin(): Promise<boolean>;
  /** Tells how far it is, 0..1, and what is being done; loss is no harm. Aborts `signal` when the work is no longer wanted. */
  progress(done: number, what: string): Promise<void>;
  /**
   * Hands the result in until the coordinator has stored it, then takes the item off the queue.
   * @throws FleetError `cancelled` when the compressor stops first (the item will be done again), or as the coordinator refuses the result
   */
  finish(result: NonNullable<WorkResult['result']>): Promise<void>;
  /** Puts the item back for another compressor after `delay`. */
  giveBack(delay: Milliseconds): void;
}

/**
 * Takes items one at a time, until the signal aborts: `for await (const work of takeWork(…)) { if (await work.begin()) … }`.
 * An item that the loop body leaves unsettled is given back.
 */
export async function* takeWork(connection: NatsConnection, options: TakeWorkOptions): AsyncGenerator<TakenWork, void, void> {
  const { signal, log = silent } = options;
  let inHand: WorkInHand | undefined;
  const cancels = connection.subscribe(workSubjects.cancel, {
    callback: (error, message) => {
      if (!error && inHand?.item.workId === message.string()) inHand.abort('it was cancelled');
    },
  });
  const stop = (): void => inHand?.abort('the compressor stops');
  signal.addEventListener('abort', stop);
  try {
    while (true) {
      const message = await pullMessage(connection, signal);
      if (!message) return;
      const item = readItem(message, log);
      if (!item) continue;
      inHand = new WorkInHand(connection, { item, message, options });
      inHand.start();
      yield inHand;
      inHand.giveBack(milliseconds(1000));
    }
  } finally {
    inHand?.giveBack(milliseconds(0));
    signal.removeEventListener('abort', stop);
    cancels.unsubscribe();
  }
}

/** What cannot be read will not get better: it is taken off the queue, and the ledger finds it missing. */
function readItem(message: Msg, log: Log): WorkItem | undefined {
  try {
    return decodeMessage(WorkItem, message.data, 'work item');
  } catch (thrown) {
    log.error('the queue holds something else than work', { why: String(thrown) });
    message.respond('+ACK');
    return undefined;
  }
}

const BREATH = milliseconds(50);

interface Taken {
  readonly item: WorkItem;
  readonly message: Msg;
  readonly options: TakeWorkOptions;
}

class WorkInHand implements TakenWork {
  readonly item: WorkItem;
  readonly #connection: NatsConnection;
  readonly #message: Msg;
  readonly #options: TakeWorkOptions;
  readonly #ended = new AbortController();
  #keepAlive: ReturnType<typeof setInterval> | undefined;
  #settled = false;

  constructor(connection: NatsConnection, { item, message, options }: Taken) {
    this.item = item;
    this.#connection = connection;
    this.#message = message;
    this.#options = options;
  }

  start(): void {
    this.#keepAlive = setInterval(() => this.#say('+WPI'), this.#options.keepAlive ?? seconds(10));
  }

  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  async begin(): Promise<boolean> {
    const value: WorkBegin = { ...this.#who(), hostId: this.#options.hostId, task: this.item.task?.$case ?? '' };
    const question = { subject: workSubjects.begin, request: WorkBegin, response: WorkBeginResponse, value };
    while (true) {
      const { answer } = await this.#insist(() => this.#ask(question));
      if (answer === WorkBeginResponse_Answer.ANSWER_GO) return true;
      if (answer === WorkBeginResponse_Answer.ANSWER_DROP) {
        this.#settle('+ACK');
        return false;
      }
      // The coordinator has waited for the host already: a long pause would leave it idle.
      await pause(BREATH, this.#options.signal);
    }
  }

  async progress(done: number, what: string): Promise<void> {
    const value: WorkProgress = { ...this.#who(), done, what };
    try {
      const { goOn } = await this.#ask({ subject: workSubjects.progress, request: WorkProgress, response: WorkProgressResponse, value });
      if (!goOn) this.abort('it is no longer wanted');
    } catch {
      // The coordinator is away: the work goes on, and its result waits for it.
    }
  }

  async finish(result: NonNullable<WorkResult['result']>): Promise<void> {
    const value: WorkResult = { ...this.#who(), hostId: this.#options.hostId, result };
    const question = { subject: workSubjects.result, request: WorkResult, response: WorkResultResponse, value };
    await this.#insist(() => this.#ask(question));
    this.#settle('+ACK');
  }

  giveBack(delay: Milliseconds): void {
    this.#settle(`-NAK ${JSON.stringify({ delay: nanos(delay) })}`);
  }

  abort(why: string): void {
    this.#ended.abort(new FleetError('cancelled', `Cannot go on with work ${this.item.workId}: ${why}`));
  }

  /** Asks until there is an answer; only the compressor's own end stops it. */
  async #insist<Answer>(once: () => Promise<Answer>): Promise<Answer> {
    const { signal, log = silent, askAgain = seconds(1) } = this.#options;
    while (true) {
      if (signal.aborted) throw cancelled(`go on with work ${this.item.workId}`, signal);
      try {
        return await once();
      } catch (thrown) {
        if (!(thrown instanceof FleetError) || !WORTH_ANOTHER_TRY.has(thrown.code)) throw thrown;
        log.warn('the coordinator does not answer', { workId: this.item.workId, why: thrown.message });
        await pause(askAgain, signal);
      }
    }
  }

  #ask<Request, Response>(question: Omit<Parameters<typeof ask<Request, Response>>[1], 'withinMs'>): Promise<Response> {
    const { signal, answerWithin = seconds(10) } = this.#options;
    return ask(this.#connection, { ...question, withinMs: answerWithin }, signal);
  }

  #who() {
    return { workId: this.item.workId, epoch: this.item.epoch, worker: this.#options.worker };
  }

  #settle(word: string): void {
    if (this.#settled) return;
    this.#settled = true;
    clearInterval(this.#keepAlive);
    this.#say(word);
  }

  #say(word: string): void {
    if (!this.#connection.isClosed()) this.#message.respond(word);
  }
}

// A full disk may be cleared; a fault of the coordinator may end with its restart.
const WORTH_ANOTHER_TRY: ReadonlySet<string> = new Set(['unavailable', 'exhausted', 'bug']);
