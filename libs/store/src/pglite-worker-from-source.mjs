// The worker for whoever runs our sources instead of a bundle: tsx does not reach into worker threads by --import on Node 20.
import { register } from 'tsx/esm/api';

register();
await import('./pglite-worker.ts');
