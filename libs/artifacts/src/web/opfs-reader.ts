import { FleetError, type Sha256, sha256 } from '@fleetfit/core';
import { digestOf } from './digest.ts';

/** Reads blobs that the keeper has brought, from any page or worker of this origin. It writes nothing. */
export function opfsReader(folder: FileSystemDirectoryHandle) {
  const fileOf = async (name: string): Promise<File> => {
    const hash: Sha256 = sha256(name);
    try {
      const blobs = await folder.getDirectoryHandle('blobs');
      return await (await blobs.getFileHandle(hash)).getFile();
    } catch (cause) {
      throw new FleetError('not-found', `Cannot read blob ${name.slice(0, 8)}: it is not in the cache`, { cause });
    }
  };
  return {
    /** All bytes, checked against the hash. @throws FleetError `not-found`, `corrupt` */
    async read(name: string): Promise<Uint8Array> {
      const bytes = new Uint8Array(await (await fileOf(name)).arrayBuffer());
      const found = await digestOf(bytes);
      // onnxruntime would load a tensor with a flipped bit without a word.
      if (found !== name) throw new FleetError('corrupt', `Cannot use blob ${name.slice(0, 8)}: its bytes hash to ${found.slice(0, 8)}`);
      return bytes;
    },
    /** Bytes from `start` to before `end`, unchecked. @throws FleetError `not-found`, `corrupt` */
    async readPart(name: string, start: number, end: number): Promise<Uint8Array> {
      const part = new Uint8Array(await (await fileOf(name)).slice(start, end).arrayBuffer());
      if (part.length !== end - start) throw new FleetError('corrupt', `Cannot use blob ${name.slice(0, 8)}: it ends before byte ${end}`);
      return part;
    },
  };
}
