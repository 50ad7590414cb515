export type {
  AnswersView,
  CandidateDetailView,
  CandidateEvidence,
  CandidateOperations,
  DeviceLatencyView,
  LayerChangeView,
  MistakeView,
  RecipeStepView,
} from './candidate-view.ts';
export { type FleetErrorData, toTrpcError } from './errors.ts';
export type {
  DatasetView,
  EvaluationView,
  FindingView,
  ImportState,
  LayerView,
  LibraryOperations,
  ModelView,
  SamplesView,
  SampleView,
  SplitName,
  TrainingView,
} from './library.ts';
export type { Health, Invitation, Invited, Operations } from './operations.ts';
export type { ApiContext } from './procedures.ts';
export { type QrCode, qrCode, qrLines } from './qr-code.ts';
export { type AppRouter, appRouter, createCaller, TRPC_PATH } from './router.ts';
export type {
  ClassEstimate,
  ExportView,
  LimitValues,
  SweepEstimate,
  SweepLimits,
  SweepOperations,
  TimelineQuery,
} from './sweep-operations.ts';
