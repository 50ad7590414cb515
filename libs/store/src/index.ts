export type {
  DeviceChange,
  DeviceClassRepository,
  DeviceClassRow,
  DeviceRepository,
  DeviceRow,
  DeviceState,
  JoinTokenRepository,
  JoinTokenRow,
} from './fleet-rows.ts';
export type {
  AttemptEnd,
  AttemptRow,
  AttemptState,
  DeviceReportRow,
  IncomingReport,
  JobRepository,
  JobRow,
  JobState,
  NewJob,
  NewLease,
  ReportReceipt,
  ReportRow,
  ReportVerdict,
} from './job-rows.ts';
export { openStore, type StoreAt } from './open-store.ts';
export type { DocumentRepository, DocumentRow, SettingsRepository, Store, StoreTables } from './store.ts';
export type { NewSweep, NewSweepEvent, SweepEventRow, SweepRepository, SweepRow } from './sweep-rows.ts';
export type { NewWorkItem, WorkEnd, WorkRepository, WorkRow, WorkState } from './work-rows.ts';
