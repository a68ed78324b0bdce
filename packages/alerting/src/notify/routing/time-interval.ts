/** Ranges of times of the week, month and year in a time zone. A part that is missing allows every value. */
export interface TimeInterval {
  /** Minutes of the day, without the end. */
  readonly times?: readonly Range[];
  /** Days of the week; Sunday is 0. */
  readonly weekdays?: readonly Range[];
  /** Days of the month; negative ones count from the end of the month. */
  readonly daysOfMonth?: readonly Range[];
  /** Months; January is 1. */
  readonly months?: readonly Range[];
  readonly years?: readonly Range[];
  /** An IANA time zone; UTC by default. */
  readonly location?: string;
}

/** A range with both ends. */
export interface Range {
  readonly begin: number;
  readonly end: number;
}

/** Reports whether an interval contains a time, in milliseconds since the epoch. */
export function containsTime(interval: TimeInterval, timeMillis: number): boolean {
  const { year, month, day, weekday, minute } = partsOf(timeMillis, interval.location ?? 'UTC');
  const { times, daysOfMonth, months, weekdays, years } = interval;
  if (times !== undefined && !times.some(({ begin, end }) => minute >= begin && minute < end)) return false;
  if (daysOfMonth !== undefined && !daysOfMonth.some((range) => containsDay(range, day, daysIn(year, month)))) {
    return false;
  }
  return [
    [months, month],
    [weekdays, weekday],
    [years, year],
  ].every(([ranges, value]) => contains(ranges as readonly Range[] | undefined, value as number));
}

function contains(ranges: readonly Range[] | undefined, value: number): boolean {
  return ranges === undefined || ranges.some(({ begin, end }) => value >= begin && value <= end);
}

function containsDay({ begin, end }: Range, day: number, days: number): boolean {
  const from = begin < 0 ? days + begin + 1 : begin;
  const to = end < 0 ? days + end + 1 : end;
  // A range after the end of a short month is not moved into it.
  return from <= days && day >= from && day <= Math.min(to, days);
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly minute: number;
}

function partsOf(timeMillis: number, zone: string): Parts {
  const local = new Date(timeMillis + offsetMillis(timeMillis, zone));
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    weekday: local.getUTCDay(),
    minute: local.getUTCHours() * 60 + local.getUTCMinutes(),
  };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function offsetMillis(timeMillis: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const format = formats.get(zone) ?? new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
  formats.set(zone, format);
  const name = format.formatToParts(timeMillis).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  const match = /GMT([+-])(\d\d):(\d\d)(?::(\d\d))?/.exec(name);
  if (match === null) return 0;
  const [, sign, hours, minutes, seconds = '0'] = match;
  const millis = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000;
  return sign === '-' ? -millis : millis;
}

/** Returns a time zone if it is known. `Local` is the zone of this machine. */
export function knownLocation(name: string): string | undefined {
  if (name === '' || name === 'UTC') return 'UTC';
  if (name === 'Local') return Intl.DateTimeFormat().resolvedOptions().timeZone;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return name;
  } catch {
    return undefined;
  }
}
