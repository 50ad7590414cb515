import type { Rng } from '@fleetfit/core';
import type { Rgb } from './colour.ts';
import { between } from './pick.ts';
import { type Profile, radiusAt } from './profile.ts';
import { handlePath } from './tube.ts';
import type { Part } from './vessel.ts';

/** A body with an ear: behind the body where it points away, before it where it points at the viewer. */
export function withHandle(
  rng: Rng,
  body: Part,
  ear: {
    readonly outline: Profile;
    readonly low: number;
    readonly high: number;
    readonly out: number;
    readonly radius: number;
    readonly colour: Rgb;
    readonly gloss: number;
    readonly opacity?: number;
    /** Height the body stands above the table. */
    readonly lift?: number;
  },
): readonly Part[] {
  const side = rng.next() < 0.5 ? -1 : 1;
  // Around the axis from the viewer: mostly to the side, sometimes well towards or away.
  const angle = side * between(rng, 0.75, 2.25);
  const lift = ear.lift ?? 0;
  const path = handlePath({
    angle,
    low: [ear.low + lift, radiusAt(ear.outline, ear.low) * 0.96],
    high: [ear.high + lift, radiusAt(ear.outline, ear.high) * 0.96],
    out: ear.out,
    square: between(rng, 0.55, 1),
  });
  const handle: Part = {
    kind: 'tube',
    tube: {
      path,
      radius: ear.radius,
      colour: ear.colour,
      gloss: ear.gloss,
      ...(ear.opacity === undefined ? {} : { opacity: ear.opacity }),
    },
  };
  return Math.cos(angle) < 0 ? [handle, body] : [body, handle];
}
