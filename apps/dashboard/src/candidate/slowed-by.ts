/** Why a candidate may be slower than it looks, as its compressor wrote it into its conditions; empty where nothing was found or recorded. */
export function slowedBy(conditions: unknown): readonly string[] {
  if (typeof conditions !== 'object' || conditions === null || !('slowedBy' in conditions)) return [];
  const found: unknown = conditions.slowedBy;
  return Array.isArray(found) ? found.filter((each) => typeof each === 'string') : [];
}
