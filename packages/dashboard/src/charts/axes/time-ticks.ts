import { formatClock, formatDay, formatMinute } from '../../format/time.ts';
import { zoneOffsetMillis } from '../../locale/zone.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  15 * SECOND,
  30 * SECOND,
  MINUTE,
  2 * MINUTE,
  5 * MINUTE,
  10 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  2 * HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  2 * DAY,
  7 * DAY,
  14 * DAY,
  28 * DAY,
];
const LAST_STEP = 28 * DAY;
/** The latest time that a `Date` can represent. */
const LONGEST = 8.64e15;

/** A tick on the time axis. Only major ticks have a label. */
export interface TimeTick {
  readonly millis: number;
  readonly text: string | undefined;
}

/** Returns the smallest round step of at least `millis`, or a multiple of the longest one if none is long enough. */
export function roundStep(millis: number): number {
  if (!(millis > 1)) return 1;
  return STEPS.find((step) => step >= millis) ?? Math.ceil(Math.min(millis, LONGEST) / LAST_STEP) * LAST_STEP;
}

/**
 * Returns ruler ticks for a time axis: labeled major ticks at round local times, with minor ticks between them.
 * `maxLabels` is the number of labels that fit. `zoneOffsetMinutes` is the shown time minus UTC; only tests set it.
 */
export function timeTicks(
  start: number,
  end: number,
  maxLabels: number,
  zoneOffsetMinutes = zoneOffsetMillis(start) / MINUTE,
): readonly TimeTick[] {
  if (!(end > start && start >= -LONGEST && end <= LONGEST)) return [];
  const major = roundStep((end - start) / Math.max(1, maxLabels));
  const minor = minorStep(major, (end - start) / 60);
  const offset = zoneOffsetMinutes * MINUTE;
  const ticks: TimeTick[] = [];
  for (let at = Math.ceil((start + offset) / minor) * minor; at - offset <= end; at += minor) {
    const millis = at - offset;
    // Rounding can place a tick slightly outside the range.
    if (millis < start) continue;
    ticks.push({ millis, text: at % major === 0 ? tickText(millis, at, major) : undefined });
  }
  return ticks;
}

function tickText(millis: number, local: number, major: number): string {
  if (major >= DAY || local % DAY === 0) return formatDay(millis);
  if (major < SECOND) return `${formatClock(millis)}.${String(Math.floor(millis % 1000)).padStart(3, '0')}`;
  return major < MINUTE ? formatClock(millis) : formatMinute(millis);
}

/** Returns a step that divides `major` and is not much smaller than `floor`. */
function minorStep(major: number, floor: number): number {
  return STEPS.find((step) => step >= floor && major % step === 0) ?? major;
}
