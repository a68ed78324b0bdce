/** A gap this many times longer than the usual distance of two points is one. */
const MAX_DISTANCES = 2.5;

/**
 * Values of a metric that reports less often than a step: between two points of the usual distance there is no gap.
 * `undefined` says that a line may run across, `null` that it may not.
 */
export function bridged(values: readonly (number | null)[]): readonly (number | null | undefined)[] {
  const reach = usualDistance(values) * MAX_DISTANCES;
  const known = values.flatMap((value, index) => (value === null ? [] : [index]));
  const result: (number | null | undefined)[] = [...values];
  for (const [at, index] of known.entries()) {
    const next = known[at + 1];
    if (next === undefined || next - index > reach) continue;
    for (let gap = index + 1; gap < next; gap += 1) result[gap] = undefined;
  }
  return result;
}

/** The value that holds at each step: the latest point no further back than the usual distance allows. */
export function held(values: readonly (number | null)[]): readonly (number | null)[] {
  const reach = usualDistance(values) * MAX_DISTANCES;
  let last = Number.NEGATIVE_INFINITY;
  return values.map((value, index) => {
    if (value !== null) last = index;
    return value ?? (index - last <= reach ? (values[last] ?? null) : null);
  });
}

/** Median number of steps from one point to the next. */
function usualDistance(values: readonly (number | null)[]): number {
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
