import { sayFixed, sayPercent } from '@fleetfit/sweep/say-numbers';
import type { DeviceView } from '../client/views.ts';

type Health = NonNullable<DeviceView['health']>;

/** Beyond this the device is slower than its own usual: held back or hot. */
const SLOWER = 0.05;

/** What a device says of its heat: undefined for one that cannot tell. */
export function sayHeat({ thermal }: Pick<Health, 'thermal'>): { readonly words: string; readonly warns: boolean } | undefined {
  switch (thermal) {
    case 'nominal':
      return { words: 'not hot', warns: false };
    case 'fair':
      return { words: 'warm', warns: false };
    case 'serious':
      return { words: 'hot', warns: true };
    case 'critical':
      return { words: 'too hot', warns: true };
    default:
      return undefined;
  }
}

/** `84 %, charging`, or `mains` for one without a battery. */
export function sayPower({ battery, charging }: Pick<Health, 'battery' | 'charging'>): {
  readonly words: string;
  readonly icon: 'battery' | 'plug';
} {
  if (battery === undefined) return { words: 'mains', icon: 'plug' };
  return { words: `${sayPercent(battery, 0)}${charging ? ', charging' : ''}`, icon: 'battery' };
}

/** How much slower or faster the original runs than it usually does here: `+0.4 %`. */
export function sayDrift({ drift }: Pick<Health, 'drift'>): { readonly words: string; readonly warns: boolean } | undefined {
  if (drift === undefined) return undefined;
  const words = sayFixed(100 * drift, 1);
  return { words: `${drift > 0 && words !== '0.0' ? '+' : ''}${words} %`, warns: drift > SLOWER };
}
