import { type DeviceId, FleetError, type Log, type Milliseconds, seconds, silent } from '@fleetfit/core';
import { EnrollmentServiceDefinition, ReportServiceDefinition } from '@fleetfit/protocol';
import { logVerbosity, Server, ServerCredentials, setLogVerbosity } from '@grpc/grpc-js';
import { limitPeers } from '../rate-limit.ts';
import { type DeviceCall, type Handlers, type Method, pathOf, type StrangerCall } from '../service.ts';
import { grpcWebDoor, type WebDoor } from './grpc-web-door.ts';
import { bearerOf, makeRoute, type Route, type RouteOptions, register } from './register-route.ts';

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
  /** The same services for browsers, by gRPC-Web: for a listener of node:http(s). */
  readonly web: WebDoor;
  /** Takes no more calls, lets those under way end for a moment, then cuts them. */
  close(): Promise<void>;
}

const LIMITS: RpcLimits = { messageBytes: 1_000_000, deadline: seconds(15), strangerBurst: 60, strangerPerSecond: 2 };
const CLOSE_WITHIN_MS = 2000;

/** Opens the gRPC door of the coordinator. @throws FleetError `conflict` when the port is taken */
export async function serveRpc(options: RpcServerOptions): Promise<RpcServer> {
  // The library writes to standard error what it also tells us.
  setLogVerbosity(logVerbosity.NONE);
  const limits = { ...LIMITS, ...options.limits };
  const server = new Server({
    'grpc.max_receive_message_length': limits.messageBytes,
    'grpc.max_send_message_length': limits.messageBytes,
    'grpc.keepalive_time_ms': 20_000,
    'grpc.keepalive_timeout_ms': 10_000,
    'grpc.max_concurrent_streams': 100,
  });
  const closing = new AbortController();
  const common = { closing: closing.signal, deadline: limits.deadline, log: options.log ?? silent };
  const routes = [
    ...enrollmentRoutes(options.services.enrollment, { ...common, limits }),
    reportRoute(options.services.report, { ...common, authenticate: options.authenticate }),
  ];
  for (const route of routes) register(server, route);
  const port = await bind(server, options.address, options.credentials ?? ServerCredentials.createInsecure());
  return { port, web: grpcWebDoor(routes, limits), close: () => close(server, closing) };
}

type Common = Omit<RouteOptions<unknown, unknown>, 'path' | 'method' | 'run'>;

function enrollmentRoutes(handlers: EnrollmentHandlers, common: Common & { readonly limits: RpcLimits }): readonly Route[] {
  const { strangerBurst: burst, strangerPerSecond: perSecond } = common.limits;
  const admit = limitPeers({ burst, perSecond, now: () => performance.now() });
  const open = <Request, Response>(
    method: Method<Request, Response>,
    handle: (request: Request, call: StrangerCall) => Promise<Response>,
  ): Route =>
    makeRoute({
      ...common,
      method,
      path: pathOf(EnrollmentServiceDefinition, method),
      run: (read, call) => {
        admit(call.peer);
        return handle(read(), { peer: call.peer, signal: call.signal });
      },
    });
  const { challenge, join, openSession } = EnrollmentServiceDefinition.methods;
  return [
    open(challenge, (request, call) => handlers.challenge(request, call)),
    open(join, (request, call) => handlers.join(request, call)),
    open(openSession, (request, call) => handlers.openSession(request, call)),
  ];
}

function reportRoute(handlers: ReportHandlers, common: Common & { readonly authenticate: RpcServerOptions['authenticate'] }): Route {
  const method = ReportServiceDefinition.methods.report;
  return makeRoute({
    ...common,
    method,
    path: pathOf(ReportServiceDefinition, method),
    // Who it is comes before what it says: a stranger's bytes are not even read.
    run: async (read, call) => {
      const device = await common.authenticate(bearerOf(call));
      return handlers.report(read(), { device, peer: call.peer, signal: call.signal });
    },
  });
}

function bind(server: Server, address: string, credentials: ServerCredentials): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => {
      if (!error) return resolve(port);
      server.forceShutdown();
      reject(cannotBind(address, error));
    });
  });
}

function cannotBind(address: string, cause: Error): FleetError {
  if (cause.message.includes('EADDRINUSE'))
    return new FleetError('conflict', `Cannot listen for gRPC on ${address}: the port is taken`, {
      cause,
      next: 'stop the other process or choose another port',
    });
  return new FleetError('unavailable', `Cannot listen for gRPC on ${address}: ${cause.message}`, { cause });
}

async function close(server: Server, closing: AbortController): Promise<void> {
  const cut = setTimeout(() => {
    closing.abort(new FleetError('unavailable', 'Cannot answer: the coordinator stops'));
    server.forceShutdown();
  }, CLOSE_WITHIN_MS);
  await new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  clearTimeout(cut);
}
