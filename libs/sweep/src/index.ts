export type {
  BestView,
  CandidateOnClass,
  CandidateView,
  Change,
  ClassView,
  DeviceView,
  DoingView,
  LogLine,
  ProgressView,
  SweepRow,
  SweepStateName,
  SweepView,
} from './views.ts';
