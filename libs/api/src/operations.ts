import type { DeviceId } from '@fleetfit/core';
import type { DeviceView } from '@fleetfit/sweep';
import type { CandidateOperations } from './candidate-view.ts';
import type { LibraryOperations } from './library.ts';
import type { QrCode } from './qr-code.ts';
import type { SweepOperations } from './sweep-operations.ts';

/** What the coordinator can do for people: the port behind the router. Streams end when the signal does; each item is a whole view. */
export interface Operations extends LibraryOperations, SweepOperations, CandidateOperations {
  health(): Promise<Health>;
  listDevices(): Promise<readonly DeviceView[]>;
  watchDevices(signal: AbortSignal): AsyncIterable<readonly DeviceView[]>;
  /** A one-off link for `uses` devices; it ends after `minutes`. */
  inviteDevice(invitation: Invitation): Promise<Invited>;
  approveDevice(id: DeviceId): Promise<void>;
  revokeDevice(id: DeviceId): Promise<void>;
  renameDevice(id: DeviceId, name: string): Promise<void>;
  /**
   * Has an agent started beside the coordinator, and waits until it is in.
   * @throws FleetError `unsupported` where whoever started the coordinator starts no agents, `unavailable` when none comes
   */
  useThisComputer(threads: number): Promise<void>;
  /** Replaces all tags of a device. */
  tagDevice(id: DeviceId, tags: readonly string[]): Promise<void>;
  /** No more work for this device until it is resumed; what it has in hand it finishes. */
  pauseDevice(id: DeviceId): Promise<void>;
  resumeDevice(id: DeviceId): Promise<void>;
}

export interface Health {
  readonly version: string;
  readonly startedAt: number;
  /** `PGlite in ~/.fleetfit/db` or `PostgreSQL`. */
  readonly store: string;
  readonly natsVersion: string;
  readonly compressors: number;
}

export interface Invitation {
  readonly uses: number;
  readonly minutes: number;
  readonly autoApprove: boolean;
  /** Given to every device that joins with it. */
  readonly tags: readonly string[];
}

export interface Invited {
  /** For `fleetfit join`: cameras and computers. */
  readonly link: string;
  /** For a browser: `https://host:port/j#token.fingerprint`. */
  readonly phoneLink: string;
  /** To type by hand on the page of the device origin, `K7QF-3M9P`: the same invitation as the links. */
  readonly code: string;
  /** The phone link as a picture. */
  readonly qr: QrCode;
  readonly expiresAt: number;
}
