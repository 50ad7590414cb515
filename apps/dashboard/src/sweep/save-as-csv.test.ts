import { expect, it } from 'vitest';
import { classNames } from '../frame/class-names.ts';
import { smallCandidate, smallClass, smallOn, smallSweep } from '../testing/small-sweep.ts';
import { csvOf } from './save-as-csv.ts';

it('writes one line per candidate and class, quoted where needed, and no text that a spreadsheet would run', () => {
  const candidate = smallCandidate('c001', {
    recipe: 'prune{layer=a,keep=4} | "x"',
    classes: [smallOn('pi', { ms: 10, points: -0.5 }, { why: '=HYPERLINK("http://x")' })],
  });
  const view = smallSweep([candidate], [smallClass('pi')]);
  const [head, line, end] = csvOf(view.shown, classNames(view.classes)).split('\n');
  expect(head?.split(',').length).toBe(19);
  expect(line).toBe(
    `c001,"prune{layer=a,keep=4} | ""x""",measured,pi,measured,10,9.9,10.1,,,,,,-0.5,-0.6,-0.4,,,"'=HYPERLINK(""http://x"")"`,
  );
  expect(end).toBe('');
});
