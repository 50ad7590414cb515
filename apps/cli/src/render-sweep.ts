import {
  type CandidateOnClass,
  type CandidateView,
  type ClassView,
  type DeviceView,
  MISSING,
  type SweepView,
  sayBytes,
  sayClock,
  sayCount,
  sayDuration,
  sayFixed,
  sayLatency,
  sayLatencyMargin,
  sayLeft,
  sayPercent,
  sayPoints,
  sayPointsMargin,
  saySpeed,
  saySpeedMargin,
} from '@fleetfit/sweep';
import { fitTable, wrap } from './fit-table.ts';
import { cut, type Paint, table, widthOf } from './paint.ts';

/** The live screen of a sweep, as lines. Narrow terminals lose the size first, then the intervals, and cut names last. */
export function renderSweep(sweep: SweepView, devices: readonly DeviceView[], { paint, width }: { paint: Paint; width: number }): string[] {
  const { progress } = sweep;
  const done = progress.measured + progress.refused + progress.failed;
  const left = progress.left ? paint.bold(sayLeft(progress.left).split(' (')[0] ?? '') : '';
  return [
    `  ${paint.bold(`${sayCount(done)} of ${sayCount(progress.total)}`)} candidates  ${bar(done / Math.max(1, progress.total), paint)}  ${left || paint.dim(sweep.state)}`,
    `  ${paint.dim(sayCounts(sweep))}`,
    '',
    ...bestSoFar(sweep, { paint, width }),
    '',
    ...deviceLines(devices, paint),
    '',
    ...sweep.log.slice(-3).map((line) => `  ${paint.dim(sayClock(line.at))}  ${line.text.replace(/^c\d+/, (id) => paint.bold(id))}`),
  ];
}

function sayCounts({ progress }: SweepView): string {
  const parts = [
    `${sayCount(progress.measured)} measured`,
    progress.refused + progress.failed > 0 ? `${sayCount(progress.refused + progress.failed)} refused or failed` : '',
    `${sayCount(progress.measuring)} measuring`,
    `${sayCount(progress.compressing)} compressing`,
    `${sayCount(progress.toCome)} to come`,
  ];
  return parts.filter((part) => part !== '').join(', ');
}

const BAR = 30;

function bar(fraction: number, paint: Paint): string {
  const full = Math.round(BAR * Math.min(1, fraction));
  return paint.accent('━'.repeat(full)) + paint.dim('─'.repeat(BAR - full));
}

function bestSoFar(sweep: SweepView, { paint, width }: { paint: Paint; width: number }): string[] {
  const tables = LAYOUTS.map(({ size, ...intervals }) => {
    const heads = ['best so far', '', 'p50', 'speed', 'top-1', ...(size ? ['size'] : []), 'limit'].map((head) => paint.dim(head));
    const rows = sweep.classes.map((each) => {
      const found = standing(sweep, each);
      if (!found) return [nameOf(each, paint), paint.dim(each.best ? MISSING : 'none yet')];
      const { candidate, on } = found;
      return [
        nameOf(each, paint),
        paint.bold(candidate.isOriginal ? 'original' : candidate.id),
        latency(on, { paint, interval: intervals.others }),
        speed(on, { paint, interval: intervals.speed }),
        points(on, { paint, interval: intervals.others }),
        ...(size ? [sizeOf(candidate)] : []),
        limit(each, on, paint),
      ];
    });
    return [heads, ...rows];
  });
  return fitTable(tables, width - 2).map((line) => `  ${line}`);
}

/** What stands beside the figures, from the widest terminal to the narrowest. */
const LAYOUTS = [
  { size: true, speed: true, others: true },
  { size: false, speed: true, others: true },
  { size: false, speed: false, others: true },
  { size: false, speed: false, others: false },
] as const;

const sizeOf = ({ bytes }: CandidateView): string => (bytes === undefined ? MISSING : sayBytes(bytes));

function standing(sweep: SweepView, of: ClassView): { candidate: CandidateView; on: CandidateOnClass } | undefined {
  const candidate = sweep.candidates.find((each) => each.id === of.best?.candidate);
  const on = candidate?.classes.find((each) => each.id === of.id);
  return candidate && on ? { candidate, on } : undefined;
}

/** Marketing names are long: the maker's words that every CPU carries are left out. */
export const shortLabel = (label: string): string =>
  label
    .replace(/\((?:R|TM)\)/g, '')
    .replace(/\b(?:CPU|Processor)\b/g, '')
    .replace(/\s+,/g, ',')
    .replace(/\s+/g, ' ')
    .trim();

const nameOf = (each: ClassView, paint: Paint): string => `${paint.glyph(each.position)} ${shortLabel(each.label)}`;

interface Shown {
  readonly paint: Paint;
  readonly interval: boolean;
}

const latency = ({ latencyMs }: CandidateOnClass, { paint, interval }: Shown): string =>
  latencyMs ? sayLatency(latencyMs.value, latencyMs) + (interval ? ` ${paint.dim(sayLatencyMargin(latencyMs))}` : '') : MISSING;

function speed({ speed: found, verdict }: CandidateOnClass, { paint, interval }: Shown): string {
  if (!found || !verdict) return paint.dim('–');
  const said = saySpeed(found, verdict);
  const shown = verdict === 'slower' ? paint.warn(said) : said;
  return interval && (verdict === 'faster' || verdict === 'slower') ? `${shown} ${paint.dim(saySpeedMargin(found))}` : shown;
}

const points = ({ accuracyChange, accuracy }: CandidateOnClass, { paint, interval }: Shown): string =>
  accuracyChange
    ? `${sayPoints(accuracyChange.value)} pt${interval ? ` ${paint.dim(sayPointsMargin(accuracyChange))}` : ''}`
    : accuracy
      ? sayPercent(accuracy.value)
      : MISSING;

function limit({ limits }: ClassView, on: CandidateOnClass, paint: Paint): string {
  const said =
    limits.latencyMs !== undefined
      ? sayLatency(limits.latencyMs)
      : limits.accuracyDropPoints !== undefined
        ? `−${sayFixed(limits.accuracyDropPoints, 1)} pt`
        : '';
  if (said === '') return '';
  return `${on.withinLimits === 'yes' ? paint.accent('✓') : on.withinLimits === 'no' ? paint.bad('×') : paint.warn('?')} ${said}`;
}

function deviceLines(devices: readonly DeviceView[], paint: Paint): string[] {
  const active = devices.filter((each) => each.state === 'active');
  const measuring = active.filter((each) => each.doing.kind === 'measuring').length;
  const rows = active.slice(0, 8).map((each) => {
    const mark = each.online ? ' ' : paint.dim('–');
    const now =
      each.doing.kind === 'measuring'
        ? [
            `measuring ${paint.bold(each.doing.candidate)}`,
            each.doing.done > 0 ? `${each.doing.phase} ${sayPercent(each.doing.done, 0)}` : each.doing.phase,
          ]
        : [each.online ? each.doing.why : 'offline', ''];
    return [`${paint.glyph(each.position)} ${each.name}`, `${mark} ${now[0] ?? ''}`, now[1] ?? ''];
  });
  return [
    `  ${paint.dim('devices')}   ${measuring} of ${active.length} measuring`,
    ...table(rows).map((line) => `  ${line}`),
    ...(active.length > 8 ? [`  ${active.length - 8} more`] : []),
  ];
}

/** The front of every class: a table of its candidates, fastest first. */
export function renderFront(sweep: SweepView, { paint, width }: { paint: Paint; width: number }): string[] {
  return sweep.classes.flatMap((each) => {
    const members = each.front.flatMap((id) => {
      const candidate = sweep.candidates.find((one) => one.id === id);
      const on = candidate?.classes.find((one) => one.id === each.id);
      return candidate && on ? [{ candidate, on }] : [];
    });
    if (members.length === 0) return [`  ${nameOf(each, paint)}`, `    ${paint.dim('nothing measured yet')}`, ''];
    const heads = ['  front', 'p50', 'speed', 'top-1', 'size'].map((head) => paint.dim(head));
    const tables = [true, false].map((interval) => [
      heads,
      ...members.map(({ candidate, on }) => [
        `${each.best?.candidate === candidate.id ? paint.accent('★') : ' '} ${paint.bold(candidate.isOriginal ? 'original' : candidate.id)}`,
        latency(on, { paint, interval: true }),
        speed(on, { paint, interval }),
        points(on, { paint, interval: true }),
        sizeOf(candidate),
      ]),
    ]);
    const lines = fitTable(tables, width - 4);
    const sentences = ['', ...members.map(({ candidate }) => candidate.sentence)];
    const legend = each.best ? paint.dim(`   ★ ${each.best.candidate} is the one to ship`) : '';
    return [`  ${nameOf(each, paint)}${legend}`, ...besides(lines, sentences, width - 4).map((line) => `    ${line}`), ''];
  });
}

/** Sentences in the room to the right of a table, cut where the terminal ends; left out where there is next to none. */
function besides(lines: readonly string[], sentences: readonly string[], width: number): string[] {
  const column = Math.max(...lines.map(widthOf)) + 3;
  const room = width - column;
  if (room < 16) return [...lines];
  return table(lines.map((line, i) => [line, sentences[i] ?? ''])).map((line) => cut(line, width));
}

/** The answer, once a sweep is over. */
export function renderResult(sweep: SweepView, { paint, width }: { paint: Paint; width: number }): string[] {
  const { progress } = sweep;
  const took = progress.endedAt === undefined ? '' : ` in ${sayDuration(progress.endedAt - progress.startedAt)}`;
  const ended = { done: 'Done', cancelled: 'Cancelled', failed: 'Failed' }[sweep.state as 'done' | 'cancelled' | 'failed'] ?? 'So far';
  const head = `${paint.bold(`${ended}${took}.`)} ${sayCount(progress.total)} ${progress.total === 1 ? 'candidate' : 'candidates'}: ${progress.measured} measured, ${progress.refused} refused, ${progress.failed} failed.`;
  const why = sweep.why === undefined ? [] : [`  ${paint.bad(sweep.why)}`];
  const shipped = groupByCandidate(sweep);
  if (shipped.length === 0) return [head, ...why];
  const title = `  ${paint.bold(`Ship ${shipped.length === 1 ? '1 file' : `${shipped.length} files`} to ${sweep.classes.length === 1 ? '1 device class' : `${sweep.classes.length} device classes`}:`)}`;
  const sure = sweep.state === 'done' && shipped.every((each) => each.classes.every(({ view }) => view.best?.doubt === undefined));
  const allHold = sure ? ['  All limits hold with 95 % confidence.'] : [];
  return [head, ...why, '', title, '', ...shipped.flatMap((each) => [...shipLines(each, { paint, width }), '']), ...allHold];
}

interface Shipped {
  readonly candidate: CandidateView;
  readonly classes: readonly { readonly view: ClassView; readonly on: CandidateOnClass }[];
}

function groupByCandidate(sweep: SweepView): Shipped[] {
  const groups = new Map<string, { candidate: CandidateView; classes: { view: ClassView; on: CandidateOnClass }[] }>();
  for (const view of sweep.classes) {
    const found = standing(sweep, view);
    if (!found) continue;
    const group = groups.get(found.candidate.id) ?? { candidate: found.candidate, classes: [] };
    group.classes.push({ view, on: found.on });
    groups.set(found.candidate.id, group);
  }
  return [...groups.values()];
}

function shipLines({ candidate, classes }: Shipped, { paint, width }: { paint: Paint; width: number }): string[] {
  const names = classes.map(({ view }) => nameOf(view, paint)).join(', ');
  const shown = { paint, interval: true };
  const figures = classes.flatMap(({ view, on }) => {
    const parts = [on.latencyMs ? latency(on, shown) : '', candidate.isOriginal ? '' : speedAlone(on, shown), accuracyOf(view, on, paint)];
    const said = parts.filter((part) => part !== '').join('; ');
    return [said, ...(view.best?.doubt === undefined ? [] : [`${paint.warn('?')} ${view.best.doubt}`])].flatMap((text, i) =>
      wrap(text, { width: width - 2, indent: '        ' }).map((line, row) =>
        i === 0 && row === 0 ? `      ${paint.glyph(view.position)} ${line.trimStart()}` : line,
      ),
    );
  });
  const id = candidate.isOriginal ? 'original' : candidate.id;
  return [
    `  ${paint.bold(id)}  ${names}`,
    ...wrap(`${candidate.sentence}; ${sizeOf(candidate)}`, { width: width - 2, indent: '      ' }),
    ...figures,
  ];
}

/** Away from a column that is headed `speed`, a word says of what. */
const speedAlone = (on: CandidateOnClass, shown: Shown): string =>
  on.verdict === 'undecided' || on.verdict === 'no difference' ? `speed: ${on.verdict}` : speed(on, shown);

function accuracyOf({ best }: ClassView, on: CandidateOnClass, paint: Paint): string {
  const validation = on.accuracy
    ? `top-1 ${sayPercent(on.accuracy.value)}${on.accuracyChange ? ` (${sayPoints(on.accuracyChange.value)} pt ${paint.dim(sayPointsMargin(on.accuracyChange))})` : ''}`
    : '';
  const test = best?.test ? `; on test images ${sayPercent(best.test.accuracy.value)} (${sayPoints(best.test.change.value)} pt)` : '';
  return validation + test;
}
