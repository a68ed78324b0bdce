import { calendarOf, daysOf, fixedZone, namedZone, nanosOfLocal } from '../../values/time.ts';
import { EvaluationError, Time, UTC, type Zone } from '../../values/value.ts';
import { MONTHS, WEEKDAYS } from './format-time.ts';
import type { FormatPart } from './strptime.ts';

/** The lowercase names of months and weekdays. Index 0 is January or Sunday. */
export interface TimeNames {
  readonly months: readonly string[];
  readonly shortMonths: readonly string[];
  readonly weekdays: readonly string[];
  readonly shortWeekdays: readonly string[];
}

/** The English names. */
export const ENGLISH: TimeNames = {
  months: MONTHS.map((name) => name.toLowerCase()),
  shortMonths: MONTHS.map((name) => name.slice(0, 3).toLowerCase()),
  weekdays: WEEKDAYS.map((name) => name.toLowerCase()),
  shortWeekdays: WEEKDAYS.map((name) => name.slice(0, 3).toLowerCase()),
};

/** Returns the names in a language; throws if the language is unknown. */
export function timeNames(locale: string): TimeNames {
  let isKnown = false;
  try {
    isKnown = Intl.DateTimeFormat.supportedLocalesOf(locale).length > 0;
  } catch {
    // The tag is malformed.
  }
  if (!isKnown) throw new EvaluationError(`expected a language tag such as "es-ES", got "${locale}"`);
  const namesOf = (options: Intl.DateTimeFormatOptions, days: readonly number[]): string[] => {
    const format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC' });
    return days.map((day) => simplify(format.format(day * 86_400_000)));
  };
  // The first of each month in 1970, and the first Sunday with the days that follow it.
  const months = MONTHS.map((_, month) => daysOf(1970, month + 1, 1));
  const weekdays = WEEKDAYS.map((_, day) => 3 + day);
  return {
    months: namesOf({ month: 'long' }, months),
    shortMonths: namesOf({ month: 'short' }, months),
    weekdays: namesOf({ weekday: 'long' }, weekdays),
    shortWeekdays: namesOf({ weekday: 'short' }, weekdays),
  };
}

function simplify(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

/** The fields found in a parsed string. */
interface ParsedFields {
  year: number | undefined;
  month: number;
  day: number;
  hour: number;
  isPm: boolean | undefined;
  minute: number;
  second: number;
  nanosecond: number;
  zone: Zone | undefined;
}

/**
 * Parses a time according to a parsed format. If the string has no zone, the time is in `location`; if it has no year,
 * the time is close to `nowMillis`.
 */
export function parseTime(
  text: string,
  parts: readonly FormatPart[],
  location: Zone,
  names: TimeNames,
  nowMillis: number,
): Time {
  const fields: ParsedFields = {
    year: undefined,
    month: 1,
    day: 1,
    hour: 0,
    isPm: undefined,
    minute: 0,
    second: 0,
    nanosecond: 0,
    zone: undefined,
  };
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const length = consume(part, text, at, fields, names, parts[index + 1]);
    if (length === undefined) throw new EvaluationError(`expected a time of the format, got "${text}"`);
    at += length;
  }
  if (at < text.length) throw new EvaluationError(`expected the end of the time, got "${text.slice(at)}"`);
  return timeOf(fields, location, nowMillis, text);
}

/** Returns the number of characters consumed by a format part, or `undefined` if the string does not match. */
function consume(
  part: FormatPart,
  text: string,
  at: number,
  fields: ParsedFields,
  names: TimeNames,
  next: FormatPart | undefined,
): number | undefined {
  if (part.kind === 'text') return text.startsWith(part.text, at) ? part.text.length : undefined;
  const rest = text.slice(at);
  if (part.kind === 'fraction') {
    const match = /^[.,](\d{1,9})\d*/.exec(rest);
    if (match !== null) fields.nanosecond = Number((match[1] ?? '').padEnd(9, '0'));
    return match?.[0].length ?? 0;
  }
  const length = DIRECTIVES[part.letter]?.(rest, fields, names);
  if (length === undefined || part.letter !== 'S' || next?.kind === 'fraction') return length;
  // Like Go, accepts a fraction after the seconds even if the format has none.
  const fraction = /^[.,](\d{1,9})\d*/.exec(rest.slice(length));
  if (fraction === null) return length;
  fields.nanosecond = Number((fraction[1] ?? '').padEnd(9, '0'));
  return length + fraction[0].length;
}

type Directive = (rest: string, fields: ParsedFields, names: TimeNames) => number | undefined;

/** Returns a parser for a number of up to two digits within a range, after optional spaces. */
function numberIn(min: number, max: number, set: (fields: ParsedFields, value: number) => void): Directive {
  return (rest, fields) => {
    const match = /^\s*(\d{1,2})/.exec(rest);
    const value = Number(match?.[1]);
    if (match === null || value < min || value > max) return undefined;
    set(fields, value);
    return match[0].length;
  };
}

function nameIn(kind: keyof TimeNames, set: (fields: ParsedFields, index: number) => void): Directive {
  return (rest, fields, names) => {
    const lower = rest.toLowerCase();
    const index = names[kind].findIndex((name) => lower.startsWith(name));
    const name = names[kind][index];
    if (name === undefined) return undefined;
    set(fields, index);
    return name.length + (kind.startsWith('short') && rest[name.length] === '.' ? 1 : 0);
  };
}

function offset(pattern: RegExp): Directive {
  return (rest, fields) => {
    const match = pattern.exec(rest);
    if (match === null) return undefined;
    const [whole, sign, hours = '0', minutes = '0', seconds = '0'] = match;
    const total = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    fields.zone = whole === 'Z' ? UTC : fixedZone('', sign === '-' ? -total : total);
    return whole.length;
  };
}

const month = numberIn(1, 12, (fields, value) => {
  fields.month = value;
});
const day = numberIn(1, 31, (fields, value) => {
  fields.day = value;
});
const setMonth = (fields: ParsedFields, index: number): void => {
  fields.month = index + 1;
};
const hour12 = numberIn(1, 12, (fields, value) => {
  fields.hour = value;
});
const ignore = (): void => {};
const halfOfDay: Directive = (rest, fields) => {
  const match = /^(?:a\.?m\.?|p\.?m\.?)/i.exec(rest);
  if (match === null) return undefined;
  fields.isPm = /^p/i.test(match[0]);
  return match[0].length;
};

const DIRECTIVES: Readonly<Record<string, Directive>> = {
  Y: (rest, fields) => {
    const match = /^\s*(\d{4})/.exec(rest);
    if (match === null) return undefined;
    fields.year = Number(match[1]);
    return match[0].length;
  },
  y: (rest, fields) => {
    const match = /^\s*(\d{2})/.exec(rest);
    if (match === null) return undefined;
    const value = Number(match[1]);
    fields.year = value >= 69 ? 1900 + value : 2000 + value;
    return match[0].length;
  },
  m: month,
  o: month,
  q: month,
  b: nameIn('shortMonths', setMonth),
  B: nameIn('months', setMonth),
  d: day,
  e: day,
  g: day,
  a: nameIn('shortWeekdays', ignore),
  A: nameIn('weekdays', ignore),
  H: numberIn(0, 23, (fields, value) => {
    fields.hour = value;
  }),
  l: hour12,
  I: hour12,
  p: halfOfDay,
  P: halfOfDay,
  M: numberIn(0, 59, (fields, value) => {
    fields.minute = value;
  }),
  S: numberIn(0, 59, (fields, value) => {
    fields.second = value;
  }),
  Z: (rest, fields) => {
    const match = /^(?:GMT[+-]\d{1,2}|[A-Z]{3,5}|[+-]\d{2,4})/.exec(rest);
    if (match === null) return undefined;
    // A numeric offset takes precedence over the abbreviation that follows it.
    fields.zone ??= zoneOfAbbreviation(match[0]);
    return match[0].length;
  },
  z: offset(/^(?:Z|([+-])(\d{2}):?(\d{2})?)/),
  i: offset(/^([+-])(\d{2})/),
  j: offset(/^([+-])(\d{2}):(\d{2})/),
  k: offset(/^([+-])(\d{2}):(\d{2}):(\d{2})/),
  w: offset(/^([+-])(\d{2})(\d{2})(\d{2})/),
};

function zoneOfAbbreviation(text: string): Zone {
  const known = text === 'UTC' || text === 'GMT' ? UTC : namedZone(text);
  if (known === undefined) throw new EvaluationError(`expected a time zone, got "${text}"`);
  return known;
}

const WEEK_MILLIS = 7 * 86_400_000;

function timeOf(fields: ParsedFields, location: Zone, nowMillis: number, text: string): Time {
  const { month: monthNumber, day: dayNumber, isPm } = fields;
  const zone = fields.zone ?? location;
  const hour = isPm === undefined ? fields.hour : (fields.hour % 12) + (isPm ? 12 : 0);
  const nanosIn = (year: number): bigint => {
    const days = daysOf(year, monthNumber, dayNumber);
    const seconds = days * 86_400 + hour * 3600 + fields.minute * 60 + fields.second;
    return nanosOfLocal(seconds, fields.nanosecond, zone);
  };
  const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const daysInMonth = [31, isLeap(fields.year ?? 0) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][monthNumber - 1];
  if (daysInMonth === undefined || dayNumber > daysInMonth)
    throw new EvaluationError(`expected a day of the month, got "${text}"`);
  if (fields.year !== undefined && fields.year > 0) return new Time(nanosIn(fields.year), zone);
  const { year } = calendarOf(new Time(BigInt(Math.floor(nowMillis)) * 1_000_000n, zone));
  const inYear = nanosIn(year);
  const isFuture = inYear > BigInt(Math.floor(nowMillis) + WEEK_MILLIS) * 1_000_000n;
  return new Time(isFuture ? nanosIn(year - 1) : inYear, zone);
}
