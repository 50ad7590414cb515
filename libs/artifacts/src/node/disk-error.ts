import { FleetError } from '@fleetfit/core';

// No space, over quota, larger than a file may be.
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** What went wrong on a disk, as one of our errors: a full disk can be cleared, the rest is for the machine's owner. */
export function diskError(doing: string, thrown: unknown): FleetError {
  if (thrown instanceof FleetError) return thrown;
  const code = codeOf(thrown);
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  if (FULL.has(code)) return new FleetError('exhausted', `Cannot ${doing}: the disk is full`, { cause: thrown, next: 'free some space' });
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
    return new FleetError('denied', `Cannot ${doing}: the folder is not ours to write`, { cause: thrown });
  return new FleetError('unavailable', `Cannot ${doing}: ${why}`, { cause: thrown });
}

export function isMissing(thrown: unknown): boolean {
  return codeOf(thrown) === 'ENOENT';
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}
