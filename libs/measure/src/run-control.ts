import type { MeasureTask } from './measure.ts';
import { openSubject } from './subject.ts';

/**
 * Opens the control and runs it once: after a candidate has crashed, this tells a bad candidate from a bad device.
 * @throws FleetError where the control does not run either
 */
export async function runControl(task: Pick<MeasureTask, 'runtime' | 'open' | 'input' | 'signal' | 'control' | 'images'>): Promise<void> {
  const subject = await openSubject('control', await task.control(), task);
  try {
    await subject.run(await task.images.at(0));
  } finally {
    await subject.close();
  }
}
