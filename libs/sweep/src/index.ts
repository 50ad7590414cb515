export {
  type AnsweredShare,
  type ChangedAnswer,
  type ComparedAnswers,
  compareAnswers,
  type LatencyBin,
  latencyBins,
  measureJobsOf,
} from './candidate-evidence.ts';
export { countRows, windowOf, worstChange } from './candidate-window.ts';
export { type Aim, aimOf, chooseBest, frontOn, type Standing, standingsOn } from './choose-best.ts';
export { compareCandidates } from './compare-candidates.ts';
export { crowdOf } from './crowd.ts';
export { type AttemptFacts, timelineOf } from './device-timeline.ts';
export { type ClassOutlook, type Estimated, estimateSweep, type Outlook } from './estimate-sweep.ts';
export type { AskedCandidate, EventOf, Figures, HistoryLine, Limits, Share, Split, SweepClass, SweepEvent, SweepSetup } from './events.ts';
export { type ClassFigures, classFigures, limitsOf, usualControlMs, withinLimits } from './figures.ts';
export { goalOf } from './goal-of.ts';
export { knobLines } from './knob-lines.ts';
export { type Effect, everyCandidateIsOver, jobOf, nextCandidateIds, nextEffects, shareOf } from './next-effects.ts';
export type {
  BestStep,
  CandidateRow,
  CandidateWindow,
  ChartBox,
  ChartRange,
  ClassOverview,
  CompareView,
  CrowdView,
  DeviceLane,
  FigureComparison,
  KnobAxis,
  KnobLines,
  LaneSpan,
  PortfolioChoice,
  PortfolioClass,
  PortfolioFile,
  PortfolioView,
  RowCounts,
  RowFilter,
  RowOrder,
  StepComparison,
  SweepOverview,
  TimelineView,
  WindowQuery,
} from './overview-views.ts';
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
export { applyEvent, type CandidateState, foldEvents, isOver, isOverOn, ORIGINAL_ID, type SweepState, withLimits } from './state.ts';
export { overviewOf, rowOf } from './sweep-overview.ts';
export { figuresOf } from './take-report.ts';
export { toldOf } from './tell.ts';
export { viewPortfolio } from './view-portfolio.ts';
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
