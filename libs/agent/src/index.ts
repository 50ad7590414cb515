export type { AgentEvent, AgentState, AttemptEnd, Measuring, Step, WaitingReport, Work } from './agent-state.ts';
export { startingState } from './agent-state.ts';
export { type AttemptPorts, type AttemptWatch, runAttempt } from './attempt.ts';
export { backoff } from './backoff.ts';
export type { OpenSettings } from './inside-messages.ts';
export { type BlobReader, imagesOf, modelFilesOf } from './job-files.ts';
export { type OpenedSession, openSession, type Refused, renewSessions, type SessionPort, type SessionPorts } from './keep-session.ts';
export { type InsideParts, measureInside } from './measure-inside.ts';
export { type IsolatedOptions, measureIsolated } from './measure-isolated.ts';
export { nextDue, nextSteps } from './next-steps.ts';
export type {
  ArtifactPort,
  Command,
  DeviceConditions,
  JournalEntry,
  JournalPort,
  LeaseAnswer,
  LeasePort,
  MeasureOutcome,
  MeasurePort,
  MeasureRequest,
  OutboxPort,
  ReportPort,
  TimePort,
} from './ports.ts';
export { recover } from './recover.ts';
export { REPORT_SCHEMA } from './report.ts';
export { type AgentPorts, runAgent } from './run-agent.ts';
export { type TakeOptions, takeEvent } from './take-event.ts';
