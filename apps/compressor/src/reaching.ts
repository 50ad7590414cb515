import { FleetError } from '@fleetfit/core';

/** Reads from the disk, saying in a sentence why it cannot. @throws FleetError `not-found`, `denied` */
export async function reaching<Result>(path: string, reach: () => Promise<Result>): Promise<Result> {
  try {
    return await reach();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ENOENT') throw new FleetError('not-found', `Cannot read "${path}": there is no such file or folder`, { cause });
    if (code === 'EACCES' || code === 'EPERM') throw new FleetError('denied', `Cannot read "${path}": this user may not`, { cause });
    if (code === 'EISDIR') throw new FleetError('invalid', `Cannot read "${path}": it is a folder, not a file`, { cause });
    throw cause;
  }
}
