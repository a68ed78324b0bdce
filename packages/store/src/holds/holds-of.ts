import type { LegalHold } from './contract.ts';

const MILLION = 1_000_000n;

/** Returns the holds that may keep items of a tenant in a range of times, both ends inclusive, in nanoseconds. */
export function holdsOf(
  holds: readonly LegalHold[],
  { tenant, minTime, maxTime }: { readonly tenant: string; readonly minTime: bigint; readonly maxTime: bigint },
): readonly LegalHold[] {
  return holds.filter(({ tenant: held, startMillis, endMillis }) => {
    const [start, end] = [nanosOf(startMillis), nanosOf(endMillis)];
    return held === tenant && (start === undefined || maxTime >= start) && (end === undefined || minTime < end);
  });
}

/** Returns milliseconds as nanoseconds. */
export function nanosOf(millis: number | undefined): bigint | undefined {
  return millis === undefined ? undefined : BigInt(millis) * MILLION;
}
