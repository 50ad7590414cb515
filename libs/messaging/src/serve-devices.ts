import { type DeviceId, FleetError, type Log, type Milliseconds } from '@fleetfit/core';
import type { Control, Heartbeat, HeartbeatResponse, LeaseRequest, Release } from '@fleetfit/protocol';
import type { NatsConnection } from '@nats-io/nats-core';
import type { LeaseAnswer } from './connect-device.ts';

/** What the coordinator does for a device. The device is the one whose credentials sent the message, never one it merely names. */
export interface DeviceHandlers {
  /**
   * May wait for work until `signal` aborts: the poll is over, the device asked anew, or the door closes.
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
  /** Ends every open poll with "no work", answers what is under way, and takes no more. */
  close(): Promise<void>;
}

/** Answers the requests of all devices, over a connection to their account. */
export function serveDevices(_connection: NatsConnection, _handlers: DeviceHandlers, _options: ServeDevicesOptions = {}): DeviceDoor {
  throw new FleetError('bug', 'Cannot serve devices: not built yet');
}

/** Sends a command to one device; fire and forget: what must arrive is repeated by the answer to a heartbeat. */
export function controlDevice(_connection: NatsConnection, _device: DeviceId, _command: NonNullable<Control['command']>): void {
  throw new FleetError('bug', 'Cannot control a device: not built yet');
}
