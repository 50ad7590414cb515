import type { Change } from './views.ts';

/** A value with the interval that earns its digits. */
type Ranged = Change;

const MINUS = '\u2212';
const DASH = '\u2013';
/** What stands where there is no number. */
export const MISSING = DASH;

/**
 * A number with so many decimals, as people here read it: a true minus, commas between thousands, and never `−0.0`.
 * `sayFixed(-0.04, 1)` is `0.0`.
 */
export function sayFixed(value: number, decimals: number): string {
  if (!Number.isFinite(value)) return MISSING;
  const digits = Math.abs(value).toFixed(decimals);
  const [whole = '0', part] = digits.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const sign = value < 0 && Number(digits) !== 0 ? MINUS : '';
  return sign + grouped + (part === undefined ? '' : `.${part}`);
}

/** A whole number: `13,964,244`. */
export function sayCount(count: number): string {
  return sayFixed(count, 0);
}

/** Three significant digits without an exponent: `0.0123`, `1.28`, `15.1`, `468`, `12,345`. */
export function sayThreeDigits(value: number): string {
  return sayFixed(value, decimalsFor(value));
}

/** Latency with its unit, seconds from 1,000 ms: `15.1 ms`, `1.23 s`. Given an interval, no digit that it does not earn: `50 ms`. */
export function sayLatency(ms: number, interval?: Ranged): string {
  return `${sayLatencyValue(ms, interval)} ${latencyUnit(ms)}`;
}

/** The number of `sayLatency` alone, where the unit is set apart from it. */
export function sayLatencyValue(ms: number, interval?: Ranged): string {
  const unit = perUnit(ms);
  return sayFixed(ms / unit, latencyDecimals(ms, interval));
}

/** `ms` or `s`, as `sayLatency` chooses. */
export function latencyUnit(ms: number): 'ms' | 's' {
  return perUnit(ms) === 1 ? 'ms' : 's';
}

/** The interval in the unit and with the decimals of its value: `14.9–15.3`. */
export function sayLatencyInterval(latency: Ranged): string {
  const unit = perUnit(latency.value);
  const decimals = latencyDecimals(latency.value, latency);
  return `${sayFixed(latency.low / unit, decimals)}${DASH}${sayFixed(latency.high / unit, decimals)}`;
}

/** Half the interval, for tables: `±0.2`. It is never said to be zero: what rounds to nothing is said as one of the last digit. */
export function sayLatencyMargin(latency: Ranged): string {
  return sayMargin(halfWidth(latency) / perUnit(latency.value), latencyDecimals(latency.value, latency));
}

/** Half an interval with so many decimals: `±0.4`. */
export function sayMargin(half: number, decimals: number): string {
  return `±${sayFixed(Math.max(half, 10 ** -decimals), decimals)}`;
}

/** What the interval of the speed lets one say; never `0.8×`. The words come from whoever judged it. */
export function saySpeed(speed: Ranged, verdict: 'faster' | 'slower' | 'no difference' | 'undecided'): string {
  if (verdict === 'faster') return `${sayThreeDigits(speed.value)}× faster`;
  if (verdict === 'slower') return `${sayThreeDigits(1 / speed.value)}× slower`;
  return verdict;
}

/** The interval of a speed, the way round that `saySpeed` says it: `2.51–2.58`. */
export function saySpeedInterval(speed: Ranged): string {
  const [low, high] = speed.value < 1 ? [1 / speed.high, 1 / speed.low] : [speed.low, speed.high];
  const decimals = decimalsFor(speed.value < 1 ? 1 / speed.value : speed.value);
  const say = (factor: number) => sayFixed(factor, Math.min(decimals, Math.abs(factor) < 100 ? decimals : 0));
  return `${say(low)}${DASH}${say(high)}`;
}

/** Half the interval of a speed, the way round that `saySpeed` says it: `±0.04`. */
export function saySpeedMargin(speed: Ranged): string {
  const said = speed.value < 1 ? { value: 1 / speed.value, low: 1 / speed.high, high: 1 / speed.low } : speed;
  return sayMargin(halfWidth(said), decimalsFor(said.value));
}

/** A change of accuracy, in points (1 = one percentage point): `−0.5`. */
export function sayPoints(points: number): string {
  return sayFixed(points, 1);
}

/** The interval of a change of accuracy: `−0.9 to −0.1`. */
export function sayPointsInterval(change: Ranged): string {
  return `${sayPoints(change.low)} to ${sayPoints(change.high)}`;
}

/** Half the interval of a change of accuracy: `±0.4`. */
export function sayPointsMargin(change: Ranged): string {
  return sayMargin(halfWidth(change), 1);
}

/** A fraction in per cent: `71.9 %`. */
export function sayPercent(fraction: number, decimals = 1): string {
  return Number.isFinite(fraction) ? `${sayFixed(fraction * 100, decimals)} %` : MISSING;
}

/** The interval of a fraction, in per cent without the sign: `70.6–73.1`. */
export function sayPercentInterval(fraction: { readonly low: number; readonly high: number }): string {
  return `${sayFixed(fraction.low * 100, 1)}${DASH}${sayFixed(fraction.high * 100, 1)}`;
}

/** A size of a file or of memory: `3.2 MB`, `812 kB`, `640 bytes`. 1 MB is 1,000,000 bytes. */
export function sayBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return MISSING;
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let step = 0;
  // 999.96 kB would be said as "1,000.0 kB": the next unit begins where rounding gets there.
  while (value >= 999.5 && step < units.length - 1) {
    value /= 1_000;
    step++;
  }
  return `${sayFixed(value, step === 0 || value >= 99.95 ? 0 : 1)} ${units[step] ?? ''}`;
}

/** A length of time in its two largest units: `41 s`, `13 min`, `1 h 5 min`. */
export function sayDuration(ms: number): string {
  const seconds = Math.round(ms / 1_000);
  if (seconds < 1) return 'under 1 s';
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return `${sayCount(Math.floor(minutes / 60))} h${rest === 0 ? '' : ` ${rest} min`}`;
}

/** Time left with its interval: `about 13 min left (10–18)`; the whole interval is in the unit of the value. */
export function sayLeft(left: Ranged): string {
  if (left.value < 59_500) return `about ${sayCount(Math.max(1, Math.round(left.value / 1_000)))} s left${leftInterval(left, 1_000)}`;
  if (left.value < 5_400_000) return `about ${sayCount(Math.round(left.value / 60_000))} min left${leftInterval(left, 60_000)}`;
  const hours = (ms: number) => sayFixed(ms / 3_600_000, 1);
  return `about ${hours(left.value)} h left (${hours(left.low)}${DASH}${hours(left.high)})`;
}

/** A moment by the clock of whoever reads it, 24 h: `14:52`. */
export function sayClock(at: number): string {
  const date = new Date(at);
  return `${String(date.getHours()).padStart(2, '0')}:${String(date.getMinutes()).padStart(2, '0')}`;
}

/** How long ago, under an hour (`20 s ago`); by the clock after that (`at 14:52`). */
export function sayAgo(at: number, now: number): string {
  const passed = Math.max(0, now - at);
  if (passed >= 3_600_000) return `at ${sayClock(at)}`;
  return passed < 5_000 ? 'just now' : `${sayDuration(passed)} ago`;
}

function leftInterval(left: Ranged, unit: number): string {
  const low = Math.round(left.low / unit);
  const high = Math.round(left.high / unit);
  return low === high ? '' : ` (${sayCount(low)}${DASH}${sayCount(high)})`;
}

function perUnit(ms: number): 1 | 1_000 {
  return Math.abs(ms) >= 999.5 ? 1_000 : 1;
}

function latencyDecimals(ms: number, interval: Ranged | undefined): number {
  const unit = perUnit(ms);
  const most = decimalsFor(ms / unit);
  if (!interval) return most;
  const half = halfWidth(interval) / unit;
  // Two digits of the half-width are all that a reader can use: 49.9 ±4.0 stays, 312.4 ±25 loses its decimal.
  const earned = half > 0 ? Math.max(0, 1 - Math.floor(Math.log10(half))) : most;
  // One digit is said whatever the interval: 0.504 ms is not "1 ms".
  return Math.min(most, Math.max(earned, most - 2));
}

function halfWidth(interval: Ranged): number {
  return Math.abs(interval.high - interval.low) / 2;
}

// Decimals that leave three significant digits after rounding: 9.996 has two as it stands, but is said as 10.0.
function decimalsFor(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || !Number.isFinite(size)) return 1;
  const exponent = Math.floor(Math.log10(Number(size.toPrecision(3))));
  return Math.min(6, Math.max(0, 2 - exponent));
}
