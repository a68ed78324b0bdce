/** Number of typical intervals beyond which a gap is drawn as such. */
const MAX_DISTANCES = 2.5;

/**
 * Bridges the gaps of a metric that reports less often than once per step. The line continues across `undefined` and
 * breaks at `null`.
 */
export function bridged(values: readonly (number | null)[]): readonly (number | null | undefined)[] {
  const reach = medianDistance(values) * MAX_DISTANCES;
  const known = values.flatMap((value, index) => (value === null ? [] : [index]));
  const result: (number | null | undefined)[] = [...values];
  for (const [at, index] of known.entries()) {
    const next = known[at + 1];
    if (next === undefined || next - index > reach) continue;
    for (let gap = index + 1; gap < next; gap += 1) result[gap] = undefined;
  }
  return result;
}

/** Returns the value in effect at each step: that of the latest point, unless it is too old. */
export function held(values: readonly (number | null)[]): readonly (number | null)[] {
  const reach = medianDistance(values) * MAX_DISTANCES;
  let last = Number.NEGATIVE_INFINITY;
  return values.map((value, index) => {
    if (value !== null) last = index;
    return value ?? (index - last <= reach ? (values[last] ?? null) : null);
  });
}

/** Returns the median number of steps between points. */
function medianDistance(values: readonly (number | null)[]): number {
  const distances: number[] = [];
  let before: number | undefined;
  values.forEach((value, index) => {
    if (value === null) return;
    if (before !== undefined) distances.push(index - before);
    before = index;
  });
  distances.sort((a, b) => a - b);
  return distances[Math.floor(distances.length / 2)] ?? 1;
}
