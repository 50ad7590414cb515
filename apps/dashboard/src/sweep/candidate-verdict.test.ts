import { describe, expect, it } from 'vitest';
import type { CandidateRow } from '../client/views.ts';
import { classNames } from '../frame/class-names.ts';
import { smallCandidate, smallClass, smallOn, smallSweep } from '../testing/small-sweep.ts';
import { joinNames, verdictOf } from './candidate-verdict.ts';

const classes = [smallClass('pi'), smallClass('x86', { position: 1 })];
const say = (candidate: CandidateRow, best?: string) => {
  const [first, ...others] = classes;
  const view = smallSweep(
    [candidate],
    first && best ? [{ ...first, best: { candidate: candidate.id, sentence: best } }, ...others] : classes,
  );
  return verdictOf(candidate, view, classNames(view.classes)).text;
};
const on = (withinLimits: 'yes' | 'no' | 'unclear', onFront = false) => [
  smallOn('pi', { ms: 1, points: -1.1 }, { withinLimits, onFront }),
  smallOn('x86', { ms: 1, points: -1.1 }, { withinLimits: 'no' }),
];

describe('a verdict', () => {
  it('says what stopped a candidate', () => {
    expect(say(smallCandidate('c001', { state: 'refused', why: 'nothing to factorize' }))).toBe('Refused: nothing to factorize');
    expect(say(smallCandidate('c001', { state: 'failed', why: 'ended the process twice' }))).toBe('Failed: ended the process twice');
  });

  it('says how many classes are still missing', () => {
    const waiting = smallOn('x86', { ms: 1, points: 0 }, { state: 'waiting' });
    expect(say(smallCandidate('c001', { state: 'measuring', classes: [smallOn('pi', { ms: 1, points: 0 }), waiting] }))).toBe(
      'Measuring, 1 class left',
    );
  });

  it('puts being the best before everything else that is known', () => {
    expect(say(smallCandidate('c001', { classes: on('yes', true) }), 'Ship c001')).toBe('Best for pi');
  });

  it('names the classes on which it keeps the limits', () => {
    expect(say(smallCandidate('c001', { classes: on('yes') }))).toBe('Inside limits on pi');
  });

  it('says how much may be lost where that is unclear', () => {
    expect(say(smallCandidate('c001', { classes: on('unclear') }))).toBe('Unclear: may lose up to 1.2 points');
  });

  it('does not call a candidate inside that failed on a class', () => {
    const failed = smallOn('x86', { ms: 1, points: 0 }, { state: 'failed', why: 'out of memory' });
    expect(say(smallCandidate('c001', { classes: [smallOn('pi', { ms: 1, points: 0 }, { withinLimits: 'yes' }), failed] }))).toBe(
      'Failed on x86: out of memory',
    );
  });
});

it('joins names as people do', () => {
  expect([joinNames(['a']), joinNames(['a', 'b']), joinNames(['a', 'b', 'c'])]).toEqual(['a', 'a and b', 'a, b and c']);
});
