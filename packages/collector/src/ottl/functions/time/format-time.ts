import { type CalendarTime, calendarOf, offsetText, pad } from '../../values/time.ts';
import type { Time } from '../../values/value.ts';
import type { FormatPart } from './strptime.ts';

export const MONTHS: readonly string[] = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
export const WEEKDAYS: readonly string[] = [
  'Sunday',
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
];

/** Formats a time according to a parsed format. */
export function formatTime(time: Time, parts: readonly FormatPart[]): string {
  const fields = calendarOf(time);
  return parts.map((part) => formatPart(part, fields)).join('');
}

function formatPart(part: FormatPart, fields: CalendarTime): string {
  switch (part.kind) {
    case 'text':
      return part.text;
    case 'fraction': {
      const digits = pad(fields.nanosecond, 9).slice(0, part.digits).replace(/0+$/, '');
      return digits === '' ? '' : part.separator + digits;
    }
    case 'directive':
      return FORMATS[part.letter]?.(fields) ?? '';
  }
}

const hour12 = ({ hour }: CalendarTime): number => hour % 12 || 12;
const space = (value: number): string => String(value).padStart(2, ' ');

const FORMATS: Readonly<Record<string, (fields: CalendarTime) => string>> = {
  Y: ({ year }) => pad(year, 4),
  y: ({ year }) => pad(((year % 100) + 100) % 100),
  m: ({ month }) => pad(month),
  o: ({ month }) => space(month),
  q: ({ month }) => String(month),
  b: ({ month }) => (MONTHS[month - 1] ?? '').slice(0, 3),
  B: ({ month }) => MONTHS[month - 1] ?? '',
  d: ({ day }) => pad(day),
  e: ({ day }) => space(day),
  g: ({ day }) => String(day),
  a: ({ weekday }) => (WEEKDAYS[weekday] ?? '').slice(0, 3),
  A: ({ weekday }) => WEEKDAYS[weekday] ?? '',
  H: ({ hour }) => pad(hour),
  l: (fields) => String(hour12(fields)),
  I: (fields) => pad(hour12(fields)),
  p: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  P: ({ hour }) => (hour < 12 ? 'am' : 'pm'),
  M: ({ minute }) => pad(minute),
  S: ({ second }) => pad(second),
  Z: ({ abbreviation, offsetSeconds }) => (abbreviation === '' ? offsetText(offsetSeconds, '') : abbreviation),
  z: ({ offsetSeconds }) => (offsetSeconds === 0 ? 'Z' : offsetText(offsetSeconds, '')),
  i: ({ offsetSeconds }) => offsetText(offsetSeconds, '').slice(0, 3),
  j: ({ offsetSeconds }) => offsetText(offsetSeconds, ':'),
  k: ({ offsetSeconds }) => `${offsetText(offsetSeconds, ':')}:${pad(Math.abs(offsetSeconds) % 60)}`,
  w: ({ offsetSeconds }) => `${offsetText(offsetSeconds, '')}${pad(Math.abs(offsetSeconds) % 60)}`,
};
