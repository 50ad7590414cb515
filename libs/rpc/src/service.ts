import type { DeviceId } from '@fleetfit/core';
import type { Message } from '@fleetfit/protocol';

/** A unary method as the generated definitions have it. */
export interface Method<Request, Response> {
  readonly name: string;
  readonly requestType: Message<Request>;
  readonly responseType: Message<Response>;
}

type RequestOf<Definition> = Definition extends { readonly requestType: { decode(bytes: Uint8Array): infer Value } } ? Value : never;
type ResponseOf<Definition> = Definition extends { readonly responseType: { decode(bytes: Uint8Array): infer Value } } ? Value : never;

/** One function a method: what a server does. */
export type Handlers<Service extends { readonly methods: object }, Call> = {
  readonly [Name in keyof Service['methods']]: (
    request: RequestOf<Service['methods'][Name]>,
    call: Call,
  ) => Promise<ResponseOf<Service['methods'][Name]>>;
};

/** One function a method: what a client can ask. Throws the FleetError that the server's handler threw. */
export type Client<Service extends { readonly methods: object }> = {
  readonly [Name in keyof Service['methods']]: (
    request: RequestOf<Service['methods'][Name]>,
    signal: AbortSignal,
  ) => Promise<ResponseOf<Service['methods'][Name]>>;
} & { close(): void };

/** Where a method is called: `/fleet.v1.ReportService/Report`. */
export function pathOf(service: { readonly fullName: string }, method: { readonly name: string }): string {
  return `/${service.fullName}/${method.name}`;
}

/** A call of somebody who has not proved anything yet. */
export interface StrangerCall {
  /** Address of the peer without its port. */
  readonly peer: string;
  /** Aborts when the peer hangs up, the deadline passes or the server closes. */
  readonly signal: AbortSignal;
}

/** A call with a good bearer. */
export interface DeviceCall extends StrangerCall {
  readonly device: DeviceId;
}
