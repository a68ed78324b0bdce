import type { Zone } from '../../ottl/values/value.ts';

/** Zones change their offset only at multiples of 15 minutes. */
const STEP_SECONDS = 900;
const MAX_CACHED = 10_000;

/** Returns a zone that remembers its offsets, because `Intl` takes microseconds for each. */
export function cachedZone(zone: Zone): Zone {
  const offsets = new Map<number, number>();
  return {
    name: zone.name,
    abbreviationAt: (seconds) => zone.abbreviationAt(seconds),
    offsetSecondsAt(seconds) {
      const step = Math.floor(seconds / STEP_SECONDS);
      const known = offsets.get(step);
      if (known !== undefined) return known;
      if (offsets.size >= MAX_CACHED) offsets.clear();
      const offset = zone.offsetSecondsAt(seconds);
      offsets.set(step, offset);
      return offset;
    },
  };
}
