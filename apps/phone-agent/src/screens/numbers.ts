/** Three significant digits; seconds from 1,000 ms. */
export function msShown(ms: number): string {
  return ms >= 1_000 ? `${digits(ms / 1_000)} s` : `${digits(ms)} ms`;
}

interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How a candidate compares with the original: `1.34× faster`. Faster or slower only where the interval leaves no doubt. */
export function comparedShown(candidate: string, ratio: Ratio | undefined): string {
  if (candidate === 'c000') return 'the original';
  if (!ratio) return '';
  if (ratio.low <= 1 && 1 <= ratio.high) return 'no difference shown';
  return ratio.value < 1 ? `${digits(1 / ratio.value)}× faster` : `${digits(ratio.value)}× slower`;
}

function digits(value: number): string {
  const [whole = ''] = value.toFixed(3).split('.');
  return value.toFixed(value === 0 || whole === '0' ? 3 : Math.max(0, 3 - whole.length));
}
