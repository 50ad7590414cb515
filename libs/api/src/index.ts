export { type FleetErrorData, toTrpcError } from './errors.ts';
export type {
  DatasetView,
  EvaluationView,
  ExportView,
  Health,
  ImportState,
  Invitation,
  Invited,
  ModelView,
  Operations,
} from './operations.ts';
export type { ApiContext } from './procedures.ts';
export { type AppRouter, appRouter, createCaller, TRPC_PATH } from './router.ts';
