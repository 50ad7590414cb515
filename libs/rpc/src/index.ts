export { type BearerClaims, type BearerKey, makeBearerKey, signBearer, verifyBearer } from './bearer.ts';
export { type EnrollmentClient, enrollmentClient, type ReportClient, type RpcClientOptions, reportClient } from './node/clients.ts';
export type { WebDoor } from './node/grpc-web-door.ts';
export {
  type EnrollmentHandlers,
  type ReportHandlers,
  type RpcLimits,
  type RpcServer,
  type RpcServerOptions,
  serveRpc,
} from './node/serve-rpc.ts';
export { limitPeers } from './rate-limit.ts';
export type { DeviceCall, StrangerCall } from './service.ts';
