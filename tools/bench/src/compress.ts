import type { Model } from '@fleetfit/onnx';
import { atLeast, atMost, type Bench, type Check, type Field, notJudged, type Row, type RowContext, type RowPlan } from './bench.ts';
import { type Fold, foldsOf } from './compress/folds.ts';
import { type Images, readImages } from './compress/images.ts';
import { judgeClassifier } from './compress/judge-classifier.ts';
import { type LabModelName, labFile, labModel } from './compress/lab-models.ts';
import { measureStored } from './compress/stored-row.ts';
import { timeAlternating } from './compress/time-alternating.ts';
import { thisMachine } from './machine.ts';

const NAIVE = 'quantize{range=min-max,scale=max,equalize=0,correct=none}';
const NAIVE_7 = 'quantize{bits=7,range=min-max,scale=max,equalize=0,correct=none}';

interface Int8Row {
  readonly name: string;
  readonly model: LabModelName;
  readonly recipe: string;
  readonly naive: string;
  readonly bits: 8 | 7;
  readonly limits: {
    readonly drop: number;
    readonly agreement: number;
    readonly megabytes?: number;
    readonly times?: number;
    readonly timesNaive?: number;
  };
}

const INT8: readonly Int8Row[] = [
  {
    name: 'mobilenetv2 int8',
    model: 'mobilenetv2-1.0',
    recipe: 'quantize{stem=float,range=answers,rounding=adaptive}',
    naive: NAIVE,
    bits: 8,
    limits: { drop: 0.6, agreement: 97, megabytes: 3.7, times: 2, timesNaive: 1.08 },
  },
  {
    name: 'mobilenetv2 7-bit',
    model: 'mobilenetv2-1.0',
    recipe: 'quantize{stem=float,bits=7,range=answers,rounding=adaptive}',
    naive: NAIVE_7,
    bits: 7,
    limits: { drop: 0.8, agreement: 95 },
  },
  {
    name: 'squeezenet int8',
    model: 'squeezenet1.1',
    recipe: 'quantize{range=answers,rounding=adaptive}',
    naive: NAIVE,
    bits: 8,
    limits: { drop: 0.6, agreement: 96, times: 1.8 },
  },
  {
    name: 'squeezenet 7-bit',
    model: 'squeezenet1.1',
    recipe: 'quantize{bits=7,range=answers,rounding=adaptive}',
    naive: NAIVE_7,
    bits: 7,
    limits: { drop: 0.8, agreement: 95 },
  },
];

interface StoredRow {
  readonly name: string;
  readonly recipe: string;
  readonly limits: { readonly smaller: number; readonly drop: number };
}

const STORED: readonly StoredRow[] = [
  {
    name: 'resnet20 stored',
    recipe: 'fold-batch-norm | quantize-weights{bits=4,rounding=adaptive,scale=mse}',
    limits: { smaller: 8.7, drop: 0.6 },
  },
  {
    name: 'resnet20 stored smaller',
    recipe: 'fold-batch-norm | quantize-weights{bits=4,rounding=adaptive,scale=mse,step=1.3}',
    limits: { smaller: 9.4, drop: 1.5 },
  },
];

/** Passes against the naive way of doing the same, on images that fitted nothing. */
export const bench: Bench = {
  about: 'accuracy, agreement, size and speed of compressed models, beside the naive way in the same run',
  rows: [...INT8.map(int8Row), ...STORED.map(storedRow)],
  checks: (rows) => [...INT8.flatMap((row) => int8Checks(row, rows)), ...STORED.flatMap((row) => storedChecks(row, rows))],
};

function int8Row(row: Int8Row): RowPlan {
  return { name: row.name, measure: (context) => measureInt8(row, context) };
}

async function measureInt8(row: Int8Row, context: RowContext): Promise<Record<string, Field>> {
  const { model, images, folds } = await setUp(row.model, context);
  // Without VNNI the 8-bit kernels overflow: then the file is judged as it is written.
  const kernels = row.bits === 8 && !hasVnni() ? 'as-written' : 'fused';
  const judged = { model, images, folds, kernels, context } as const;
  context.say(`naive: ${row.naive}`);
  const naive = await judgeClassifier({ ...judged, recipe: row.naive });
  context.say(`ours: ${row.recipe}`);
  const ours = await judgeClassifier({ ...judged, recipe: row.recipe });
  const speed = await timeAlternating({ models: { original: model, naive: naive.first, ours: ours.first }, images, context });
  const { ours_times: times, naive_times: naiveTimes } = speed;
  return {
    recipe: row.recipe,
    naive_recipe: row.naive,
    kernels,
    ...ours.fields,
    ...Object.fromEntries(Object.entries(naive.fields).map(([key, value]) => [`naive_${key}`, value])),
    ...speed,
    against_naive_times: Number(times) / Number(naiveTimes),
  };
}

interface SetUp {
  readonly model: Model;
  readonly images: Images;
  readonly folds: readonly Fold[];
}

const setUps = new Map<LabModelName, Promise<SetUp>>();

/** Once a model: rows of one model share images, folds, and what passes remember of them. */
function setUp(name: LabModelName, context: RowContext): Promise<SetUp> {
  const known = setUps.get(name) ?? prepare(name, context);
  setUps.set(name, known);
  return known;
}

async function prepare(name: LabModelName, { quick }: RowContext): Promise<SetUp> {
  const { model, sidecar } = labModel(name);
  const images = await readImages(labFile('imagenet500'), sidecar, quick ? 150 : undefined);
  return { model, images, folds: foldsOf(images.pixels.length) };
}

const hasVnni = (): boolean => thisMachine().features.some((feature) => /vnni|amx_int8|asimddp|i8mm/.test(feature));

function int8Checks({ name: row, limits }: Int8Row, rows: ReadonlyMap<string, Row>): Check[] {
  const figure = (what: string, field: string, unit: string) => ({ name: `${row}, ${what}`, row, field, unit });
  const speed = (check: Check): Check =>
    hasVnni() ? check : notJudged(check, 'this CPU has no VNNI: integer kernels take other ways here');
  const { drop, agreement, megabytes, times, timesNaive } = limits;
  return [
    atMost(rows, figure('drop', 'drop_points', 'points'), drop),
    atLeast(rows, figure('agreement', 'agreement_percent', '%'), agreement),
    ...(megabytes === undefined ? [] : [atMost(rows, figure('size', 'megabytes', 'MB'), megabytes)]),
    ...(times === undefined ? [] : [speed(atLeast(rows, figure('speed', 'ours_times', 'times'), times))]),
    ...(timesNaive === undefined ? [] : [speed(atLeast(rows, figure('speed against naive', 'against_naive_times', 'times'), timesNaive))]),
  ];
}

function storedRow({ name, recipe }: StoredRow): RowPlan {
  return { name, measure: (context) => measureStored(recipe, context) };
}

function storedChecks({ name: row, limits }: StoredRow, rows: ReadonlyMap<string, Row>): Check[] {
  return [
    atLeast(rows, { name: `${row}, size`, row, field: 'times_smaller', unit: 'times smaller' }, limits.smaller),
    atMost(rows, { name: `${row}, drop`, row, field: 'drop_points', unit: 'points' }, limits.drop),
  ];
}
