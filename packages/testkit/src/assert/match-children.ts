import type { Limits } from './value-pattern.ts';

/** Which expected child each child was assigned to. */
export interface Assignment {
  /** For each child, the index of an expected one, or `undefined`. */
  readonly shapeOf: readonly (number | undefined)[];
  /** Whether every expected child occurs as often as it must. */
  readonly isComplete: boolean;
}

/**
 * Assigns children to expected ones in any order, as many as possible (augmenting paths: H. W. Kuhn, "The Hungarian
 * method for the assignment problem", 1955). `matches(child, shape)` tells whether they may be assigned.
 */
export function assignInAnyOrder(
  childCount: number,
  limits: readonly Limits[],
  matches: (child: number, shape: number) => boolean,
): Assignment {
  const slots = [
    ...limits.flatMap(({ min }, shape) => Array.from({ length: Math.min(min, childCount + 1) }, () => shape)),
    ...limits.flatMap(({ min, max }, shape) =>
      Array.from({ length: Math.max(0, Math.min(max, childCount) - min) }, () => shape),
    ),
  ];
  const required = limits.reduce((sum, { min }) => sum + Math.min(min, childCount + 1), 0);
  const slotOf: (number | undefined)[] = Array.from({ length: childCount });
  const occupy = (slot: number, seen: Set<number>): boolean => {
    for (let child = 0; child < childCount; child++) {
      if (seen.has(child) || !matches(child, slots[slot] as number)) continue;
      seen.add(child);
      const other = slotOf[child];
      if (other !== undefined && !occupy(other, seen)) continue;
      slotOf[child] = slot;
      return true;
    }
    return false;
  };
  let isComplete = true;
  for (let slot = 0; slot < slots.length; slot++) {
    const isOccupied = occupy(slot, new Set());
    if (!isOccupied && slot < required) isComplete = false;
  }
  return { shapeOf: slotOf.map((slot) => (slot === undefined ? undefined : slots[slot])), isComplete };
}

/** Tells whether children can be assigned to expected ones in their order, skipping others only if allowed. */
export function isInOrder(
  childCount: number,
  limits: readonly Limits[],
  mayBeSkipped: (child: number) => boolean,
  matches: (child: number, shape: number) => boolean,
): boolean {
  const failed = new Set<string>();
  const fits = (child: number, shape: number, taken: number): boolean => {
    const limit = limits[shape];
    if (limit === undefined) return restMayBeSkipped(child, childCount, mayBeSkipped);
    const key = `${child} ${shape} ${taken}`;
    if (failed.has(key)) return false;
    const result =
      (child < childCount && taken < limit.max && matches(child, shape) && fits(child + 1, shape, taken + 1)) ||
      (taken >= limit.min && fits(child, shape + 1, 0)) ||
      (child < childCount && mayBeSkipped(child) && fits(child + 1, shape, taken));
    if (!result) failed.add(key);
    return result;
  };
  return fits(0, 0, 0);
}

function restMayBeSkipped(from: number, count: number, mayBeSkipped: (child: number) => boolean): boolean {
  for (let child = from; child < count; child++) if (!mayBeSkipped(child)) return false;
  return true;
}
