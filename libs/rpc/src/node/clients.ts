import { FleetError, type Milliseconds } from '@fleetfit/core';
import type { EnrollmentServiceDefinition, ReportServiceDefinition } from '@fleetfit/protocol';
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { Client } from '../service.ts';

export interface RpcClientOptions {
  /** Default: plain text. */
  readonly credentials?: ChannelCredentials;
  /** Longest one call may take. Default 15 s. */
  readonly deadline?: Milliseconds;
}

/** `challenge`, `join`, `openSession`, `close`. Each call throws a FleetError with the code that the server's handler threw. */
export type EnrollmentClient = Client<EnrollmentServiceDefinition>;
/** `report`, `close`. */
export type ReportClient = Client<ReportServiceDefinition>;

/** @param address `host:port` of the coordinator */
export function enrollmentClient(_address: string, _options: RpcClientOptions = {}): EnrollmentClient {
  throw new FleetError('bug', 'Cannot make a client: not built yet');
}

/** @param bearer the newest bearer, read at each call */
export function reportClient(_address: string, _bearer: () => string, _options: RpcClientOptions = {}): ReportClient {
  throw new FleetError('bug', 'Cannot make a client: not built yet');
}
