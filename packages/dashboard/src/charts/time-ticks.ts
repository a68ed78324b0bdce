import { formatClock, formatDay, formatMinute } from '../format/time.ts';

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

/** A place on the time axis; only some carry text. */
export interface TimeTick {
  readonly millis: number;
  readonly text: string | undefined;
}

/** The smallest round step of time that is at least `millis`. */
export function roundStep(millis: number): number {
  return STEPS.find((step) => step >= millis) ?? 28 * DAY;
}

/**
 * Ruler ticks of a time axis: long ones with text at round local times, short ones between. `room` is how many texts
 * fit; `zoneOffsetMinutes` is local time minus UTC and only given by tests.
 */
export function timeTicks(
  start: number,
  end: number,
  room: number,
  zoneOffsetMinutes = -new Date(start).getTimezoneOffset(),
): readonly TimeTick[] {
  const major = roundStep((end - start) / Math.max(1, room));
  const minor = minorStep(major, (end - start) / 60);
  const offset = zoneOffsetMinutes * MINUTE;
  const ticks: TimeTick[] = [];
  for (let at = Math.ceil((start + offset) / minor) * minor; at - offset <= end; at += minor) {
    const millis = at - offset;
    ticks.push({ millis, text: at % major === 0 ? tickText(millis, at, major) : undefined });
  }
  return ticks;
}

function tickText(millis: number, local: number, major: number): string {
  if (major >= DAY || local % DAY === 0) return formatDay(millis);
  if (major < SECOND) return `${formatClock(millis)}.${String(Math.floor(millis % 1000)).padStart(3, '0')}`;
  return major < MINUTE ? formatClock(millis) : formatMinute(millis);
}

/** A step that divides `major` and is not much finer than `floor`. */
function minorStep(major: number, floor: number): number {
  return STEPS.find((step) => step >= floor && major % step === 0) ?? major;
}
