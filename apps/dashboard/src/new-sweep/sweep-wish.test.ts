import { sweepDefinition } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { changesOf, DEFAULTS, definitionOf, fileOf, type SweepWish } from './sweep-wish.ts';

const wish: SweepWish = {
  ...DEFAULTS,
  model: 'm',
  dataset: 'd',
  drop: '1.0',
  latency: { pi: '20', x86: '' },
  size: undefined,
  aim: 'latency',
  without: [],
  images: '1000',
};

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

  it('leaves a class out, narrows a knob and aims at size', () => {
    const definition = definitionOf({ ...wish, without: ['x86'], knobs: { bits: ['8'] }, aim: 'size', size: '2.5' }, ['pi', 'x86']);
    expect(sweepDefinition.safeParse(definition).success).toBe(true);
    expect(definition).toMatchObject({
      classes: ['pi'],
      knobs: { bits: ['8'] },
      objectives: ['accuracy', 'size', 'latency'],
      constraints: { sizeBytes: 2_500_000 },
    });
  });

  it('says in a sentence what is missing or wrong', () => {
    expect(definitionOf({ ...wish, model: '' })).toBe('Choose a model.');
    expect(definitionOf({ ...wish, latency: { pi: '0' } })).toMatch(/above 0/);
    expect(definitionOf({ ...wish, drop: 'some' })).toMatch(/number/);
    expect(definitionOf({ ...wish, candidates: '2.5' })).toMatch(/1 or more/);
    expect(definitionOf({ ...wish, without: ['pi'] }, ['pi'])).toBe('Choose a device class.');
  });

  it('counts what differs from the defaults', () => {
    expect(changesOf(wish)).toBe(0);
    expect(changesOf({ ...wish, sampler: 'grid', knobs: { bits: ['8'] } })).toBe(2);
  });

  it('is the same as a file', () => {
    const definition = definitionOf({ ...wish, knobs: { bits: ['8', '16'] } });
    if (typeof definition === 'string') throw new Error(definition);
    expect(fileOf(definition)).toBe(
      [
        'model: m',
        'dataset: d',
        'sampler: tpe',
        'candidates: 24',
        'images: 1000',
        'constraints:',
        '  accuracyDropPoints: 1',
        'classConstraints:',
        '  pi: {accuracyDropPoints: 1, latencyMs: 20}',
        'knobs:',
        '  bits: ["8", "16"]',
        '',
      ].join('\n'),
    );
  });
});
