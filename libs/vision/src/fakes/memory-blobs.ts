import { FleetError, type Sha256, sha256 } from '@fleetfit/core';

/** Blobs in memory, named by their real hash. */
export function memoryBlobs() {
  const blobs = new Map<Sha256, Uint8Array>();
  return {
    blobs,
    put: async (bytes: Uint8Array) => {
      const copy = Uint8Array.from(bytes);
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', copy));
      const name = sha256([...digest].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
      blobs.set(name, copy);
      return { sha256: name, bytes: copy.length };
    },
    get: async (name: Sha256) => {
      const blob = blobs.get(name);
      if (!blob) throw new FleetError('not-found', `Cannot find blob ${name}`);
      return blob;
    },
  };
}
