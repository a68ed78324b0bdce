import type { NanosText } from '@otelier/query';
import { active } from '../locale/active.ts';
import { t } from '../locale/t.ts';
import { shownDate } from '../locale/zone.ts';
import { formatCount, NO_VALUE } from './number.ts';

/** Number of days from which ages are formatted in years. */
const YEARS_FROM_DAYS = 730;
const SUB_MILLI = 1_000_000n;

/** Converts nanoseconds since the epoch to fractional milliseconds. */
export function millisOf(nanos: NanosText): number {
  const whole = BigInt(nanos);
  return Number(whole / 1_000_000n) + Number(whole % 1_000_000n) / 1e6;
}

/** Returns the exact number of nanoseconds between two times. */
export function nanosBetween(from: NanosText, to: NanosText): number {
  return Number(BigInt(to) - BigInt(from));
}

/** Formats the time to the second, in the page's time zone: `14:21:45`. */
export function formatClock(millis: number): string {
  const date = shownDate(millis);
  if (Number.isNaN(date.getTime())) return NO_VALUE;
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
}

/** Formats the time to the minute: `14:21`. */
export function formatMinute(millis: number): string {
  return formatClock(millis).replace(/:\d\d$/, '');
}

/** Formats the time to the millisecond: `14:31:07.412`. */
export function formatMillis(millis: number): string {
  const clock = formatClock(millis);
  return clock === NO_VALUE ? clock : `${clock}.${String(modulo(Math.floor(millis), 1000)).padStart(3, '0')}`;
}

/** Formats the time to the nanosecond, with grouped digits: `14:31:06.587 214 903`. */
export function formatNanos(nanos: NanosText): string {
  const rest = ((BigInt(nanos) % SUB_MILLI) + SUB_MILLI) % SUB_MILLI;
  const digits = String(rest).padStart(6, '0');
  return `${formatMillis(millisOf(nanos))} ${digits.slice(0, 3)} ${digits.slice(3)}`;
}

/** Formats the day: `24 Nov`, `24. Nov.`, `11月24日`. */
export function formatDay(millis: number): string {
  const date = shownDate(millis);
  if (Number.isNaN(date.getTime())) return NO_VALUE;
  const { code, locale } = active().language;
  // English pages have the day first, as in the rest of the page, whereas American dates have the month first.
  if (code === 'en') return `${date.getUTCDate()} ${date.toLocaleString(locale, { month: 'short', timeZone: 'UTC' })}`;
  return date.toLocaleString(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
}

/** Formats how long ago a time was, in the largest unit that fits: `1 s ago`, `4 min ago`. */
export function formatAgo(millis: number, now: number): string {
  const seconds = Math.max(0, Math.round((now - millis) / 1000));
  if (Number.isNaN(seconds)) return NO_VALUE;
  if (seconds === 0) return t('now');
  return t('{age} ago', { age: formatAge(seconds * 1000) });
}

/** Formats an age in one unit, or in two for days: `12 s`, `4 min`, `6 d 4 h`. */
export function formatAge(millis: number): string {
  if (!Number.isFinite(millis)) return NO_VALUE;
  const seconds = Math.max(0, Math.floor(millis / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${t('min')}`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} ${t('h')}`;
  const days = Math.floor(seconds / 86_400);
  if (days >= YEARS_FROM_DAYS) return `${formatCount(Math.floor(days / 365.25))} ${t('y')}`;
  const hours = Math.floor((seconds % 86_400) / 3600);
  return `${days} ${t('d')}${hours > 0 && days < 30 ? ` ${hours} ${t('h')}` : ''}`;
}

/** Formats minutes and seconds: `1:12`. */
export function formatWait(millis: number): string {
  if (!Number.isFinite(millis)) return NO_VALUE;
  const seconds = Math.max(0, Math.floor(millis / 1000));
  return `${formatCount(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}

/** Returns the day of a time, such as `2026-12-01`, to compare days. */
export function dayOf(millis: number): string {
  const date = shownDate(millis);
  return Number.isNaN(date.getTime()) ? NO_VALUE : date.toISOString().slice(0, 10);
}

/** Returns the nonnegative remainder, even for times before 1970. */
function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
