import type { DeviceClassId, DeviceId, HostId } from '@fleetfit/core';

export type DeviceState = 'pending' | 'active' | 'revoked';

export interface DeviceRow {
  readonly id: DeviceId;
  readonly name: string;
  readonly hostId: HostId;
  /** Undefined until the device has said what it is. */
  readonly classId: DeviceClassId | undefined;
  /** What the device says of itself, as it said it. */
  readonly facts: unknown;
  /** The device's long-lived public key as text; unique, so that one key is one device. */
  readonly publicKey: string;
  readonly state: DeviceState;
  readonly createdAt: number;
  /** Undefined until it was seen. */
  readonly lastSeenAt: number | undefined;
  readonly tags: readonly string[];
  /** By an operator: it gets no leases. */
  readonly paused: boolean;
}

/** The fields of a device that change. Fields that are left out stay as they are. */
export type DeviceChange = Partial<Pick<DeviceRow, 'name' | 'hostId' | 'classId' | 'facts' | 'publicKey' | 'state' | 'tags' | 'paused'>>;

export interface DeviceRepository {
  /** Throws `conflict` when the id or the public key is taken. */
  insert(row: DeviceRow): Promise<void>;
  get(id: DeviceId): Promise<DeviceRow | undefined>;
  byPublicKey(publicKey: string): Promise<DeviceRow | undefined>;
  /** Oldest first. */
  list(filter?: { readonly state?: DeviceState; readonly classId?: DeviceClassId }): Promise<readonly DeviceRow[]>;
  /** Returns the row as it is now; throws `not-found`. */
  update(id: DeviceId, change: DeviceChange): Promise<DeviceRow>;
  /** Moves `lastSeenAt` forward, never back. Unknown devices are ignored. */
  seen(id: DeviceId, at: number): Promise<void>;
}

export interface DeviceClassRow {
  readonly id: DeviceClassId;
  /** 0, 1, 2... in order of first appearance, without gaps: for colours and stable lists. */
  readonly position: number;
  readonly document: unknown;
}

export interface DeviceClassRepository {
  /** Gives the class its position when it is new; the document of a known class is replaced, its position stays. */
  record(id: DeviceClassId, document: unknown): Promise<DeviceClassRow>;
  get(id: DeviceClassId): Promise<DeviceClassRow | undefined>;
  /** By position. */
  list(): Promise<readonly DeviceClassRow[]>;
}

export interface JoinTokenRow {
  /** SHA-256 of the token in hex: the token itself is never stored. */
  readonly hash: string;
  readonly expiresAt: number;
  readonly usesLeft: number;
  /** Devices that join with it are active at once; otherwise they wait for an operator. */
  readonly autoApprove: boolean;
  readonly tags: readonly string[];
  readonly createdAt: number;
  /** SHA-256 of the short code that names the same invitation, in hex; undefined where there is none. */
  readonly codeHash?: string | undefined;
}

export interface JoinTokenRepository {
  /** Throws `conflict` when the hash is taken. */
  insert(row: JoinTokenRow): Promise<void>;
  /**
   * Takes one use of the token, or of the one with this code, atomically: of two devices with a one-off token exactly one gets the row (with `usesLeft` after taking).
   * Undefined for unknown, expired and used-up tokens alike, so that an answer tells a guesser nothing.
   */
  consume(hash: string, now: number): Promise<JoinTokenRow | undefined>;
  /** Those that could still be used at `now`, oldest first. */
  list(now: number): Promise<readonly JoinTokenRow[]>;
  remove(hash: string): Promise<boolean>;
  /** Drops expired and used-up tokens; returns how many. */
  prune(now: number): Promise<number>;
}
