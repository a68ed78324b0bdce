import { formatDuration } from '../format/quantity.ts';
import { t } from '../locale/t.ts';

/** How far back an earlier period is: the length of the range, or a fixed time. */
export const SHIFTS = ['range', '1h', '1d', '7d'] as const;

const MILLIS: Readonly<Record<string, number>> = { '1h': 3_600_000, '1d': 86_400_000, '7d': 604_800_000 };

/** Returns how many milliseconds an earlier period is back, or 0 without one. */
export function shiftMillis(shift: string | undefined, rangeMillis: number): number {
  if (shift === 'range') return rangeMillis;
  return shift !== undefined && Object.hasOwn(MILLIS, shift) ? (MILLIS[shift] ?? 0) : 0;
}

/** Describes an earlier period: `previous 30 min`, `1 d before`. */
export function describeShift(shift: (typeof SHIFTS)[number], rangeMillis: number): string {
  if (shift === 'range') return t('previous {length}', { length: formatDuration(rangeMillis * 1e6) });
  return { '1h': t('1 hour before'), '1d': t('1 day before'), '7d': t('1 week before') }[shift];
}
