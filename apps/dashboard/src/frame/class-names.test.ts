import { describe, expect, it } from 'vitest';
import { classNames } from './class-names.ts';

describe('names of classes', () => {
  it('are the chip alone where that tells them apart', () => {
    const names = classNames([
      { id: 'a', label: 'Intel(R) Xeon(R) Processor @ 2.90GHz, node cpu, 1 thread' },
      { id: 'b', label: 'Cortex-A76, node cpu, 1 thread' },
    ]);
    expect(names.get('a')).toEqual({ name: 'Intel Xeon', rest: 'node cpu · 1 thread' });
    expect(names.get('b')?.name).toBe('Cortex-A76');
  });

  it('say what differs where two have the same chip', () => {
    const names = classNames([
      { id: 'a', label: 'AMD EPYC 9B14, node cpu, 1 thread' },
      { id: 'b', label: 'AMD EPYC 9B14, node cpu, 2 threads' },
    ]);
    expect([...names.values()]).toEqual([
      { name: 'AMD EPYC 9B14, 1 thread', rest: 'node cpu' },
      { name: 'AMD EPYC 9B14, 2 threads', rest: 'node cpu' },
    ]);
  });
});
