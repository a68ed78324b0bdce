import { type Time, UTC, type Zone } from './value.ts';

/** The calendar fields of a time in its time zone, like those of Go's `time.Time`. */
export interface CalendarTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** UTC offset in seconds. */
  readonly offsetSeconds: number;
  readonly abbreviation: string;
}

const NANOS = 1_000_000_000n;
const DAY_SECONDS = 86_400;

/** Returns whole seconds since the epoch, rounded down. */
export function epochSeconds(nanos: bigint): number {
  return Number(floorDivide(nanos, NANOS));
}

/** Divides, rounding toward negative infinity. */
export function floorDivide(value: bigint, divisor: bigint): bigint {
  const quotient = value / divisor;
  return quotient * divisor > value ? quotient - 1n : quotient;
}

/** Returns the calendar fields of a time in its time zone. */
export function calendarOf({ nanos, zone }: Time): CalendarTime {
  const seconds = epochSeconds(nanos);
  const offsetSeconds = zone.offsetSecondsAt(seconds);
  const local = seconds + offsetSeconds;
  const days = Math.floor(local / DAY_SECONDS);
  const inDay = local - days * DAY_SECONDS;
  return {
    ...dateOf(days),
    hour: Math.floor(inDay / 3600),
    minute: Math.floor(inDay / 60) % 60,
    second: inDay % 60,
    nanosecond: Number(nanos - BigInt(seconds) * NANOS),
    weekday: (((days + 4) % 7) + 7) % 7,
    offsetSeconds,
    abbreviation: zone.abbreviationAt(seconds),
  };
}

/** Converts days since the epoch to a date in the proleptic Gregorian calendar. */
function dateOf(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1,
  };
}

/** Converts a date to days since the epoch. */
export function daysOf(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Converts a local time in a zone to nanoseconds since the epoch. Ambiguous times use the offset before the transition. */
export function nanosOfLocal(localSeconds: number, nanosecond: number, zone: Zone): bigint {
  const guess = localSeconds - zone.offsetSecondsAt(localSeconds);
  const offset = zone.offsetSecondsAt(guess);
  return BigInt(localSeconds - offset) * NANOS + BigInt(nanosecond);
}

/** Formats a time in the layout of Go's `time.RFC3339Nano`. */
export function formatTimeRfc3339(time: Time): string {
  const { year, month, day, hour, minute, second, nanosecond, offsetSeconds } = calendarOf(time);
  const fraction = nanosecond === 0 ? '' : `.${String(nanosecond).padStart(9, '0').replace(/0+$/, '')}`;
  const offset = offsetSeconds === 0 ? 'Z' : offsetText(offsetSeconds, ':');
  return `${pad(year, 4)}-${pad(month)}-${pad(day)}T${pad(hour)}:${pad(minute)}:${pad(second)}${fraction}${offset}`;
}

/** Formats a UTC offset such as `+02:00`, with the given separator between hours and minutes. */
export function offsetText(offsetSeconds: number, separator: string): string {
  const minutes = Math.floor(Math.abs(offsetSeconds) / 60);
  return `${offsetSeconds < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}${separator}${pad(minutes % 60)}`;
}

/** Formats a number with leading zeros. */
export function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}

/** Returns a zone with a constant offset. */
export function fixedZone(name: string, offsetSeconds: number): Zone {
  if (offsetSeconds === 0 && (name === '' || name === 'UTC')) return UTC;
  return { name, offsetSecondsAt: () => offsetSeconds, abbreviationAt: () => name };
}

/** Returns the IANA time zone with this name, or `undefined` if there is none. */
export function namedZone(name: string): Zone | undefined {
  if (name === '' || name === 'UTC') return UTC;
  let offsets: Intl.DateTimeFormat;
  let names: Intl.DateTimeFormat;
  try {
    offsets = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'longOffset' });
    names = new Intl.DateTimeFormat('en-US', { timeZone: name, timeZoneName: 'short' });
  } catch {
    return undefined;
  }
  const nameAt = (format: Intl.DateTimeFormat, seconds: number) =>
    format.formatToParts(seconds * 1000).find(({ type }) => type === 'timeZoneName')?.value ?? '';
  return {
    name,
    offsetSecondsAt(seconds) {
      const match = /GMT([+-])(\d+):(\d+)(?::(\d+))?/.exec(nameAt(offsets, seconds));
      if (match === null) return 0;
      const [, sign, hours, minutes, rest = '0'] = match;
      return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60 + Number(rest));
    },
    abbreviationAt: (seconds) => nameAt(names, seconds),
  };
}
