import { expect, it } from 'vitest';
import { narrowSpace } from './narrow-space.ts';
import { pointsOf, type Space } from './space.ts';

const level = (name: string) => ({ name, label: name, adds: { kind: 'steps' as const, steps: [] } });
const space: Space = {
  knobs: [
    { name: 'bits', label: 'Bits', order: 'ordinal', levels: [level('32'), level('16'), level('8')] },
    { name: 'prune', label: 'Prune', order: 'ordinal', levels: [level('0'), level('25')], when: { knob: 'bits', levels: ['8'] } },
  ],
};

it('keeps the levels that are named, and all of the knobs that are not', () => {
  expect([...pointsOf(narrowSpace(space, { bits: ['32', '8'] }))]).toEqual([
    { bits: '32' },
    { bits: '8', prune: '0' },
    { bits: '8', prune: '25' },
  ]);
});

it('says which knob or level there is not', () => {
  expect(() => narrowSpace(space, { rank: ['1'] })).toThrow('it has no knob "rank"');
  expect(() => narrowSpace(space, { bits: ['4'] })).toThrow('knob "bits" has no level "4"');
});
