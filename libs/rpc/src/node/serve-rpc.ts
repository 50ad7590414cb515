import { type DeviceId, FleetError, type Log, type Milliseconds } from '@fleetfit/core';
import type { EnrollmentServiceDefinition, ReportServiceDefinition } from '@fleetfit/protocol';
import type { ServerCredentials } from '@grpc/grpc-js';
import type { DeviceCall, Handlers, StrangerCall } from '../service.ts';

/** What the coordinator does for those who want to become a device or open a session. Rate-limited by peer. */
export type EnrollmentHandlers = Handlers<EnrollmentServiceDefinition, StrangerCall>;
/** What the coordinator does with reports. `call.device` is proved; compare it with the one that the report names. */
export type ReportHandlers = Handlers<ReportServiceDefinition, DeviceCall>;

export interface RpcServerOptions {
  /** `host:port`; port 0 lets the system choose. */
  readonly address: string;
  /** Default: plain text, for loopback and for tests. */
  readonly credentials?: ServerCredentials;
  readonly services: { readonly enrollment: EnrollmentHandlers; readonly report: ReportHandlers };
  /** Who a bearer is; throws FleetError `unauthenticated` or `denied`. */
  readonly authenticate: (bearer: string) => Promise<DeviceId>;
  readonly log?: Log;
  readonly limits?: Partial<RpcLimits>;
}

export interface RpcLimits {
  /** Largest message, bytes. Default 1 MB. */
  readonly messageBytes: number;
  /** Longest a call may take. Default 15 s. */
  readonly deadline: Milliseconds;
  /** Calls of Enrollment that one peer may make at once, and how many come back each second. Default 60 and 2. */
  readonly strangerBurst: number;
  readonly strangerPerSecond: number;
}

export interface RpcServer {
  readonly port: number;
  /** Takes no more calls, lets those under way end for a moment, then cuts them. */
  close(): Promise<void>;
}

/** Opens the gRPC door of the coordinator. @throws FleetError `conflict` when the port is taken */
export function serveRpc(_options: RpcServerOptions): Promise<RpcServer> {
  throw new FleetError('bug', 'Cannot serve gRPC: not built yet');
}
