import { FleetError } from '@fleetfit/core';
import { sweepDefinition } from '@fleetfit/space';
import { describe, expect, it } from 'vitest';
import { definitionOf } from './commands-sweep.ts';

describe('the definition of a sweep', () => {
  it('comes from flags alone, every other field with its default', () => {
    const definition = sweepDefinition.parse(definitionOf({ model: 'net', dataset: 'cups', maxDrop: 2, blocks: 4 }));
    expect(definition).toMatchObject({
      model: 'net',
      constraints: { accuracyDropPoints: 2 },
      measure: { blocks: 4, blockMs: 150 },
      sampler: 'grid',
    });
  });

  it('lets a flag win over the file and keeps what the flag does not say', () => {
    const file = { model: 'net', dataset: 'cups', candidates: 9, constraints: { latencyMs: 20, accuracyDropPoints: 1 } };
    expect(definitionOf({ candidates: 3, maxDrop: 0.5 }, file)).toMatchObject({
      candidates: 3,
      dataset: 'cups',
      constraints: { latencyMs: 20, accuracyDropPoints: 0.5 },
    });
  });

  it('says what is missing and what to type', () => {
    expect(() => definitionOf({ model: 'net' })).toThrow(FleetError);
    expect(() => definitionOf({ model: 'net' })).toThrow('it needs a dataset');
  });
});
