import { FleetError } from '@fleetfit/core';
import type { FileTree } from '../file-tree.ts';

/** Files in memory, by path. */
export function memoryTree(files: Readonly<Record<string, Uint8Array | string>>): FileTree {
  return {
    name: 'memory',
    list: async () => Object.keys(files).sort(),
    read: async (path) => {
      const file = files[path];
      if (file === undefined) throw new FleetError('not-found', `Cannot read "${path}": there is no such file`);
      return typeof file === 'string' ? new TextEncoder().encode(file) : file;
    },
  };
}
