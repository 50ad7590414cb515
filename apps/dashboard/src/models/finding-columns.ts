import type { FindingView } from '../client/views.ts';

/** One way to prepare an image, column by column. */
export interface FindingColumns {
  readonly layout: string;
  readonly channels: string;
  readonly scaling: string;
  readonly resize: string;
}

const LABEL = /^([A-Z]+), (?:(NCHW|NHWC), )?(.*), ((?:squashed to|fitted into|short side) .*)$/;

/** The doctor's words for a way, taken apart; a label in other words stands whole under scaling. */
export function findingColumns({ what }: Pick<FindingView, 'what'>): FindingColumns {
  const [, channels, layout = 'NCHW', scaling, resize] = LABEL.exec(what) ?? [];
  if (channels === undefined || scaling === undefined || resize === undefined)
    return { layout: '', channels: '', scaling: what, resize: '' };
  return {
    layout,
    channels,
    scaling: scaling.replaceAll('-', '−').replace(' and std', ', deviation').replace('mean,', 'mean,'),
    resize: shortly(resize),
  };
}

function shortly(resize: string): string {
  const [, side, then] = /^short side (\d+) then the centre (\S+)$/.exec(resize) ?? [];
  if (side !== undefined && then !== undefined) return `to ${side}, crop ${squareOf(then)}`;
  const [, how, size] = /^(squashed to|fitted into) (\S+)$/.exec(resize) ?? [];
  return how !== undefined && size !== undefined ? `${how === 'squashed to' ? 'stretch to' : 'fit into'} ${squareOf(size)}` : resize;
}

function squareOf(size: string): string {
  const [width, height] = size.split('x');
  return width === height ? (width ?? size) : size.replace('x', '×');
}

/** What a way does otherwise than another, in few words: `BGR`, `stretch to 224`. */
export function differenceOf(one: FindingColumns, other: FindingColumns): string {
  const keys = ['layout', 'channels', 'scaling', 'resize'] as const;
  return keys.flatMap((key) => (one[key] === other[key] || one[key] === '' ? [] : [one[key]])).join(', ');
}
