import type { Canvas } from './canvas.ts';
import type { Light } from './light.ts';
import type { View } from './view.ts';

/** What it takes to paint a thing: on what, in which light, and where it stands. */
export interface Stage {
  readonly canvas: Canvas;
  readonly light: Light;
  readonly view: View;
}
