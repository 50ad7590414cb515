import type { Rng } from '@fleetfit/core';
import { paintRevolved } from './paint-revolved.ts';
import { type Face, paintFaces } from './prism.ts';
import type { Revolved } from './revolved.ts';
import type { Stage } from './stage.ts';
import type { Style } from './style.ts';
import { paintTube, type Tube } from './tube.ts';
import { project } from './view.ts';

/** What a thing is made of, each piece painted over those before it. */
export type Part =
  | { readonly kind: 'revolved'; readonly solid: Revolved /** Height it stands above the table. */; readonly lift?: number }
  | { readonly kind: 'tube'; readonly tube: Tube }
  | { readonly kind: 'faces'; readonly faces: readonly Face[] };

/** A thing that stands on the table. Lengths are its own: `height` is usually 1. */
export interface Vessel {
  readonly parts: readonly Part[];
  readonly height: number;
  /** Radius of what touches the table, for its shadow. */
  readonly foot: number;
  /** Half of its width, for its place in the picture. */
  readonly reach: number;
}

/** Makes a random thing of one class. */
export type MakeVessel = (rng: Rng, style: Style) => Vessel;

export function paintVessel(stage: Stage, vessel: Vessel): void {
  for (const part of vessel.parts) {
    if (part.kind === 'tube') paintTube(stage, part.tube);
    else if (part.kind === 'faces') paintFaces(stage, part.faces);
    else {
      const [footX, footY] = project(stage.view, [0, part.lift ?? 0, 0]);
      paintRevolved({ ...stage, view: { ...stage.view, footX, footY } }, part.solid);
    }
  }
}
