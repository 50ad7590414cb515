export { type Api, apiAt, asked } from './api-client.ts';
export { type Exported, exportSweep } from './commands-export.ts';
export { type Fleet, type FleetOptions, type Supervised, startFleet } from './fleet-processes.ts';
export { followSweep } from './follow-sweep.ts';
export { makePaint, type Paint, showsColour } from './paint.ts';
export { renderFront, renderResult, renderSweep } from './render-sweep.ts';
