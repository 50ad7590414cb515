import { type DeviceId, FleetError, type Log, type Milliseconds, milliseconds, seconds, silent } from '@fleetfit/core';
import {
  Control,
  coordinatorSubjects,
  deviceOfSubject,
  deviceSubjects,
  encodeMessage,
  Heartbeat,
  HeartbeatResponse,
  LeaseRequest,
  LeaseResponse,
  PROTOCOL,
  Release,
  ReleaseResponse,
} from '@fleetfit/protocol';
import type { Msg, NatsConnection, Subscription } from '@nats-io/nats-core';
import { answer } from './answer.ts';
import type { LeaseAnswer } from './connect-device.ts';
import { type Presence, trackPresence } from './presence.ts';

/** What the coordinator does for a device. The device is the one whose credentials sent the message, never one it merely names. */
export interface DeviceHandlers {
  /**
   * May wait for work until `signal` aborts: the poll is over, the device asked anew or is gone, or the door closes.
   * Check `signal.aborted` last before granting: nobody would hear of the lease. Throwing `cancelled` answers "no work".
   */
  lease(device: DeviceId, request: LeaseRequest, signal: AbortSignal): Promise<LeaseAnswer>;
  heartbeat(device: DeviceId, heartbeat: Heartbeat): Promise<HeartbeatResponse>;
  release(device: DeviceId, release: Release): Promise<void>;
}

export interface ServeDevicesOptions {
  readonly log?: Log;
  /** No poll is held longer, whatever a device asks for. Default 55 s. */
  readonly longestPoll?: Milliseconds;
  /** How long a device counts as present after its last sign. Default 30 s. */
  readonly presentFor?: Milliseconds;
  /** Called when a device comes or goes. */
  readonly onPresence?: (device: DeviceId, present: boolean) => void;
}

/** The coordinator's open door; close it before its connection. */
export interface DeviceDoor {
  /** Devices that are here: a poll is open, or a sign came lately. */
  present(): readonly DeviceId[];
  /** The device is known to have gone (`watchDisconnects`): ends its poll, so that no lease is granted to nobody. */
  gone(device: DeviceId): void;
  /** Ends every open poll with "no work", answers what is under way, and takes no more. */
  close(): Promise<void>;
}

/** Answers the requests of all devices, over a connection to their account. */
export function serveDevices(connection: NatsConnection, handlers: DeviceHandlers, options: ServeDevicesOptions = {}): DeviceDoor {
  const { log = silent, longestPoll = seconds(55), presentFor = seconds(30), onPresence = () => {} } = options;
  const presence = trackPresence({ presentFor, onPresence });
  const polls = new Polls(longestPoll);
  const underWay = new Set<Promise<void>>();
  const on = (subject: string, take: (device: DeviceId, message: Msg) => Promise<void>): Subscription =>
    connection.subscribe(subject, {
      callback: (error, message) => {
        if (error) return log.error('cannot hear devices', { subject, why: error.message });
        const device = senderOf(message, log);
        if (!device) return;
        const work = take(device, message).finally(() => underWay.delete(work));
        underWay.add(work);
      },
    });
  const door = { handlers, presence, polls, log };
  const subscriptions = [
    on(coordinatorSubjects.lease, (device, message) => takeLease(door, device, message)),
    on(coordinatorSubjects.heartbeat, (device, message) => takeHeartbeat(door, device, message)),
    on(coordinatorSubjects.release, (device, message) => takeRelease(door, device, message)),
  ];
  return {
    present: () => presence.present(),
    gone: (device) => {
      presence.gone(device);
      polls.end(device, 'the device is gone');
    },
    async close() {
      for (const subscription of subscriptions) subscription.unsubscribe();
      polls.endAll('the coordinator stops');
      await Promise.all(underWay);
      presence.close();
    },
  };
}

/** Sends a command to one device; fire and forget: what must arrive is repeated by the answer to a heartbeat. */
export function controlDevice(connection: NatsConnection, device: DeviceId, command: NonNullable<Control['command']>): void {
  if (!connection.isClosed()) connection.publish(deviceSubjects(device).control, encodeMessage(Control, { command }));
}

interface Door {
  readonly handlers: DeviceHandlers;
  readonly presence: Presence;
  readonly polls: Polls;
  readonly log: Log;
}

/**
 * The server lets a device publish on its own subjects alone, so the subject proves the sender; but it checks no reply subject.
 * Answering anywhere but into the sender's inbox would let one device make the coordinator write to another.
 */
function senderOf(message: Msg, log: Log): DeviceId | undefined {
  try {
    const device = deviceOfSubject(message.subject);
    if (message.reply?.startsWith(`${deviceSubjects(device).inbox}.`)) return device;
    log.warn('a device asked for an answer outside its inbox', { device, reply: message.reply ?? '' });
  } catch (thrown) {
    log.warn('a message names no device', { subject: message.subject, why: String(thrown) });
  }
  return undefined;
}

function takeLease({ handlers, presence, polls, log }: Door, device: DeviceId, message: Msg): Promise<void> {
  return answer(message, { request: LeaseRequest, response: LeaseResponse, log }, async (request): Promise<LeaseResponse> => {
    if (request.protocol !== PROTOCOL) return { answer: turned(request.protocol) };
    const poll = polls.open(device, request.pollMs);
    presence.sign(device, poll.ms);
    try {
      return { answer: await handlers.lease(device, request, poll.signal) };
    } catch (thrown) {
      if (!poll.signal.aborted || !(thrown instanceof FleetError && thrown.code === 'cancelled')) throw thrown;
      return { answer: { $case: 'noWork', value: { why: poll.why(), againInMs: 0 } } };
    } finally {
      poll.close();
      presence.sign(device);
    }
  });
}

function takeHeartbeat({ handlers, presence, log }: Door, device: DeviceId, message: Msg): Promise<void> {
  presence.sign(device);
  return answer(message, { request: Heartbeat, response: HeartbeatResponse, log }, (heartbeat) => handlers.heartbeat(device, heartbeat));
}

function takeRelease({ handlers, presence, log }: Door, device: DeviceId, message: Msg): Promise<void> {
  presence.sign(device);
  return answer(message, { request: Release, response: ReleaseResponse, log }, async (release) => {
    await handlers.release(device, release);
    return {};
  });
}

function turned(protocol: number): LeaseAnswer {
  const why = `Cannot work with this agent: it speaks protocol ${protocol}, the coordinator ${PROTOCOL}; update the older one`;
  return { $case: 'turned', value: { why } };
}

/** The open polls, one a device: asking anew ends the one before, whose asker is gone. */
class Polls {
  readonly #open = new Map<DeviceId, AbortController>();
  readonly #longest: Milliseconds;

  constructor(longest: Milliseconds) {
    this.#longest = longest;
  }

  open(device: DeviceId, wanted: number) {
    this.end(device, 'the device asked anew');
    const ms = milliseconds(Math.min(Math.max(0, wanted), this.#longest));
    const poll = new AbortController();
    const timer = setTimeout(() => abort(poll, 'no work yet'), ms);
    this.#open.set(device, poll);
    const close = (): void => {
      clearTimeout(timer);
      if (this.#open.get(device) === poll) this.#open.delete(device);
    };
    return { ms, signal: poll.signal, close, why: () => reasonOf(poll.signal) };
  }

  end(device: DeviceId, why: string): void {
    const poll = this.#open.get(device);
    if (poll) abort(poll, why);
  }

  endAll(why: string): void {
    for (const poll of this.#open.values()) abort(poll, why);
  }
}

const abort = (poll: AbortController, why: string): void => poll.abort(new FleetError('cancelled', why));

function reasonOf(signal: AbortSignal): string {
  const reason: unknown = signal.reason;
  return reason instanceof Error ? reason.message : 'the poll ended';
}
