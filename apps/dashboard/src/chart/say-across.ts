import { sayBytes, sayThreeDigits } from '@fleetfit/sweep/say-numbers';
import type { Across } from './front-marks.ts';

/** A value of the axis that lies across, short, as ticks and pills say it: `20`, `0.5×`, `3.2 MB`. */
export function sayAcross(value: number, across: Across): string {
  if (across === 'size') return sayBytes(value).replace('.0 ', ' ');
  const text = sayThreeDigits(value);
  const short = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return across === 'ratio' ? `${short}×` : short;
}
