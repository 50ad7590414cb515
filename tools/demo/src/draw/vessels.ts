import type { MakeVessel } from './vessel.ts';
import { bottle } from './vessels/bottle.ts';
import { can } from './vessels/can.ts';
import { carton } from './vessels/carton.ts';
import { flute } from './vessels/flute.ts';
import { glass } from './vessels/glass.ts';
import { mug } from './vessels/mug.ts';
import { paperCup } from './vessels/paper-cup.ts';
import { pitcher } from './vessels/pitcher.ts';
import { teacup } from './vessels/teacup.ts';
import { wineGlass } from './vessels/wine-glass.ts';

/** The classes in the order of their labels: sorted by name, as folders of an image dataset are. */
export const CLASSES: readonly [DrinkClass, ...DrinkClass[]] = [
  { name: 'bottle', make: bottle },
  { name: 'can', make: can },
  { name: 'carton', make: carton },
  { name: 'flute', make: flute },
  { name: 'glass', make: glass },
  { name: 'mug', make: mug },
  { name: 'paper-cup', make: paperCup },
  { name: 'pitcher', make: pitcher },
  { name: 'teacup', make: teacup },
  { name: 'wine-glass', make: wineGlass },
];

export interface DrinkClass {
  readonly name: string;
  readonly make: MakeVessel;
}
