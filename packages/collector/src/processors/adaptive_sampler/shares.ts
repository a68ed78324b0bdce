/** A claim to a share of the capacity. */
export interface Claim {
  /** The capacity that the claimant can use. */
  readonly demand: number;
  /** The minimum capacity that the claimant gets. */
  readonly guaranteed: number;
}

/**
 * Returns the level up to which claims are satisfied when a capacity is divided fairly: all claimants get the same
 * share unless they need less, and unused capacity is divided among the others. If the capacity satisfies all claims,
 * the level includes the remainder.
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

/** Bisects the interval to a millionth of its width. */
const STEPS = 20;

function usedAt(level: number, claims: readonly Claim[]): number {
  return claims.reduce((sum, { demand, guaranteed }) => sum + Math.min(demand, Math.max(level, guaranteed)), 0);
}
