import { sweepDefinition } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { definitionOf, type SweepWish } from './sweep-wish.ts';

const wish: SweepWish = { model: 'm', dataset: 'd', drop: '1.0', latency: { pi: '20', x86: '' }, candidates: '24', images: '1000' };

describe('a wish', () => {
  it('becomes a definition that the coordinator takes', () => {
    const definition = definitionOf(wish);
    expect(sweepDefinition.safeParse(definition).success).toBe(true);
    expect(definition).toMatchObject({
      constraints: { accuracyDropPoints: 1 },
      classConstraints: { pi: { accuracyDropPoints: 1, latencyMs: 20 } },
    });
  });

  it('sets no limit where none is typed', () => {
    expect(definitionOf({ ...wish, drop: '', latency: { pi: ' ' } })).toMatchObject({ constraints: {}, classConstraints: {} });
  });

  it('says in a sentence what is missing or wrong', () => {
    expect(definitionOf({ ...wish, model: '' })).toBe('Choose a model.');
    expect(definitionOf({ ...wish, latency: { pi: '0' } })).toMatch(/above 0/);
    expect(definitionOf({ ...wish, drop: 'some' })).toMatch(/number/);
    expect(definitionOf({ ...wish, candidates: '2.5' })).toMatch(/1 or more/);
  });
});
