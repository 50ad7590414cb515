import { type ErrorCode, FleetError } from '@fleetfit/core';

/** Runs a call of the database; whatever it throws becomes a FleetError that says what could not be done. */
export async function saying<Result>(doing: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (thrown) {
    throw storeError(thrown, doing);
  }
}

/** `Cannot <doing>: <why>`, with the code that PostgreSQL's SQLSTATE or the driver's error stands for. Values of rows never appear. */
export function storeError(thrown: unknown, doing: string): FleetError {
  const chain = causesOf(thrown);
  const ours = chain.find((one) => one instanceof FleetError);
  if (ours) return ours;
  const source = chain.find((one) => codeOf(one) !== undefined) ?? chain.at(-1);
  const sqlState = codeOf(source) ?? '';
  const said = source instanceof Error ? source.message : String(source);
  const [code, why, next] = meaningOf(sqlState, said);
  return new FleetError(code, `Cannot ${doing}: ${why}`, {
    cause: source,
    ...(sqlState ? { details: { sqlState } } : {}),
    ...(next ? { next } : {}),
  });
}

// PostgreSQL 15, appendix A: the first two characters are the class.
function meaningOf(sqlState: string, said: string): readonly [ErrorCode, string, string?] {
  if (sqlState === '23505') return ['conflict', said];
  if (sqlState === '23503') return ['not-found', said];
  if (sqlState.startsWith('22')) return ['invalid', said];
  // 53: insufficient resources; ENOSPC and EDQUOT: from the file system under PGlite.
  if (sqlState.startsWith('53') || /^(ENOSPC|EDQUOT)$/.test(sqlState) || /no space left on device/i.test(said))
    return ['exhausted', said, 'free some disk space; nothing of this call was kept'];
  if (sqlState.startsWith('28') || sqlState === '3D000') return ['denied', said, 'check the user, password and database in the URL'];
  // 40: deadlock or serialization failure; 08: connection; 57P: shut down; E...: sockets.
  if (/^(40|08|57|E[A-Z]+$)/.test(sqlState) || /terminated|timeout|closed|not queryable/i.test(said)) return ['unavailable', said];
  return ['bug', said];
}

function causesOf(thrown: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let one = thrown; one !== undefined && chain.length < 10; one = one instanceof Error ? one.cause : undefined) chain.push(one);
  return chain;
}

const codeOf = (thrown: unknown): string | undefined =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined;
