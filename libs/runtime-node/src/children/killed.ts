import { runInside } from '../node-inside.ts';

runInside(async () => {
  process.kill(process.pid, 'SIGKILL');
});
