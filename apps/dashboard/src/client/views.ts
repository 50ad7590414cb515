import type { AppRouter } from '@fleetfit/api';
import type { inferRouterOutputs } from '@trpc/server';

type Answers = inferRouterOutputs<AppRouter>;

// What the coordinator's views are once they have travelled as JSON: a field that was undefined is absent.

type SweepView = Answers['sweeps']['show'];
export type SweepRow = Answers['sweeps']['list'][number];
export type DeviceView = Answers['devices']['list'][number];
export type ModelView = Answers['models']['list'][number];
export type DatasetView = Answers['datasets']['list'][number];
export type LayerView = ModelView['layers'][number];
export type FindingView = ModelView['findings'][number];
export type EvaluationView = ModelView['evaluations'][number];
export type SplitName = keyof NonNullable<DatasetView['splits']>;

export type SweepStateName = SweepView['state'];
export type ProgressView = SweepView['progress'];
type CandidateView = SweepView['candidates'][number];
export type CandidateOnClass = CandidateView['classes'][number];

/** What a page follows of a sweep, and what it asks for beside that. */
export type SweepOverview = Answers['sweeps']['overview'];
export type ClassOverview = SweepOverview['classes'][number];
export type CandidateRow = SweepOverview['shown'][number];
export type CrowdView = Answers['sweeps']['crowd'][number];
export type KnobLines = Answers['sweeps']['knobs'];
export type TimelineView = Answers['sweeps']['timeline'];
export type CompareView = Answers['sweeps']['compare'];
export type PortfolioView = NonNullable<Answers['sweeps']['portfolio']['portfolio']>;
export type SweepEstimate = Answers['sweeps']['estimate'];

/** A candidate whole. */
export type CandidateDetail = Answers['sweeps']['detail'];
export type CandidateEvidence = CandidateDetail['classes'][number];
export type LayerChange = CandidateDetail['layers'][number];
export type DeviceLatency = CandidateEvidence['devices'][number];
export type AnswersView = NonNullable<CandidateEvidence['answers']>;

export type LogLine = SweepView['log'][number];
