export { chooseBest, frontOn, type Standing, standingsOn } from './choose-best.ts';
export type { AskedCandidate, EventOf, Figures, HistoryLine, Share, Split, SweepClass, SweepEvent, SweepSetup } from './events.ts';
export { type ClassFigures, classFigures, limitsOf, usualControlMs, withinLimits } from './figures.ts';
export { type Effect, everyCandidateIsOver, jobOf, nextCandidateIds, nextEffects, shareOf } from './next-effects.ts';
export {
  latencyUnit,
  MISSING,
  sayAgo,
  sayBytes,
  sayClock,
  sayCount,
  sayDuration,
  sayFixed,
  sayLatency,
  sayLatencyInterval,
  sayLatencyMargin,
  sayLatencyValue,
  sayLeft,
  sayMargin,
  sayPercent,
  sayPercentInterval,
  sayPoints,
  sayPointsInterval,
  sayPointsMargin,
  saySpeed,
  saySpeedInterval,
  saySpeedMargin,
  sayThreeDigits,
} from './say-numbers.ts';
export { applyEvent, type CandidateState, foldEvents, isOver, isOverOn, ORIGINAL_ID, type SweepState } from './state.ts';
export { figuresOf } from './take-report.ts';
export { toldOf } from './tell.ts';
export { type LiveFacts, viewSweep } from './view-sweep.ts';
export type {
  BestView,
  CandidateOnClass,
  CandidateView,
  Change,
  ClassView,
  DeviceHealthView,
  DeviceReportView,
  DeviceView,
  DoingView,
  LogLine,
  ProgressView,
  SweepRow,
  SweepStateName,
  SweepView,
} from './views.ts';
