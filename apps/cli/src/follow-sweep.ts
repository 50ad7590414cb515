import { setTimeout as sleep } from 'node:timers/promises';
import { FleetError, type SweepId } from '@fleetfit/core';
import type { SweepView } from '@fleetfit/sweep';
import { type Api, asked } from './api-client.ts';
import { openLiveScreen } from './live-screen.ts';
import { type Paint, showsColour } from './paint.ts';
import { renderSweep } from './render-sweep.ts';

const EVERY_MS = 300;
const AWAY_MS = 60_000;

/**
 * Shows a sweep until it is over and returns its last view: redrawn in place on a terminal, else one line an event.
 * A coordinator that is away for a moment (it may be starting again) is waited for.
 */
export async function followSweep(
  api: Api,
  id: SweepId,
  { paint, quiet, signal }: { paint: Paint; quiet: boolean; signal: AbortSignal },
): Promise<SweepView> {
  const stream = process.stderr;
  const screen = !quiet && showsColour(stream, { ...process.env, NO_COLOR: '' }) ? openLiveScreen(stream) : undefined;
  let said = 0;
  for (;;) {
    const view = await patiently(() => asked(api.sweeps.show.query({ id })), signal);
    if (screen) screen.draw(renderSweep(view, await asked(api.devices.list.query()), { paint, width: stream.columns || 80 }));
    else if (!quiet) {
      for (const line of view.log.slice(said)) stream.write(`${line.text}\n`);
      said = view.log.length;
    }
    if (['done', 'cancelled', 'failed'].includes(view.state)) {
      screen?.end();
      return view;
    }
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
    if (signal.aborted)
      throw new FleetError('cancelled', `Stopped watching; sweep ${id} goes on`, {
        next: `watch it again with: fleetfit sweep show ${id} --watch`,
      });
  }
}

async function patiently<Answer>(ask: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  const until = Date.now() + AWAY_MS;
  for (;;) {
    try {
      return await ask();
    } catch (thrown) {
      const away = thrown instanceof FleetError && thrown.code === 'unavailable';
      if (!away || Date.now() > until || signal.aborted) throw thrown;
      await sleep(1_000);
    }
  }
}
