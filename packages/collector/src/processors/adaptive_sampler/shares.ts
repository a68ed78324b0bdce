/** A claimant of a share of a capacity. */
export interface Claim {
  /** What it can use. */
  readonly demand: number;
  /** What it gets in any case. */
  readonly guaranteed: number;
}

/**
 * Returns the level up to which claims are satisfied if a capacity is divided fairly: all get the same unless they need
 * less, and what they do not need is divided among the others. If the capacity satisfies all, the level includes the rest.
 */
export function fairLevel(claims: readonly Claim[], capacity: number): number {
  const total = claims.reduce((sum, { demand }) => sum + demand, 0);
  const max = claims.reduce((largest, { demand }) => Math.max(largest, demand), 0);
  if (total <= capacity) return max + capacity - total;
  let low = 0;
  let high = max;
  for (let step = 0; step < STEPS; step++) {
    const level = (low + high) / 2;
    if (usedAt(level, claims) > capacity) high = level;
    else low = level;
  }
  return low;
}

/** Halves the interval to a millionth. */
const STEPS = 20;

function usedAt(level: number, claims: readonly Claim[]): number {
  return claims.reduce((sum, { demand, guaranteed }) => sum + Math.min(demand, Math.max(level, guaranteed)), 0);
}
