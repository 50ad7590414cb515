import { runInside } from '@fleetfit/runtime-node';

// Does nothing but die, the way the kernel ends a process that takes too much memory.
runInside(async (inside) => {
  await inside.next();
  process.kill(process.pid, 'SIGKILL');
});
