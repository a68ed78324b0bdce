/** A time with the zone in which it is shown. */
export interface GoTime {
  /** Nanoseconds since the epoch. */
  readonly nanos: bigint;
  /** An IANA name; UTC by default. */
  readonly zone: string;
}

const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October'],
  ...['November', 'December'],
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
/** The elements of Go's layouts, longest first. */
const ELEMENT =
  /January|Jan|Monday|Mon|MST|2006|Z07:00:00|Z070000|Z07:00|Z0700|Z07|-07:00:00|-070000|-07:00|-0700|-07|002|01|02|03|04|05|06|15|PM|pm|__2|_2|[.,]0+(?!\d)|[.,]9+(?!\d)|1|2|3|4|5/g;

/** The parts of a time in its zone. */
interface Parts {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanos: number;
  readonly offsetMinutes: number;
  readonly zone: string;
}

/** Formats a time by a layout such as `2006-01-02T15:04:05Z07:00`. */
export function formatTime(time: GoTime, layout: string): string {
  const parts = partsOf(time);
  return layout.replace(ELEMENT, (element) => formatElement(element, parts));
}

function formatElement(element: string, parts: Parts): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const { year, month, day, hour, minute, second, nanos } = parts;
  const weekday = DAYS[new Date(Date.UTC(year, month - 1, day)).getUTCDay()] ?? '';
  const hour12 = hour % 12 === 0 ? 12 : hour % 12;
  if (/^[.,]/.test(element)) return fraction(element, nanos);
  if (/^[Z-]0/.test(element)) return offset(element, parts.offsetMinutes);
  const texts: Readonly<Record<string, string>> = {
    January: MONTHS[month - 1] ?? '',
    Jan: (MONTHS[month - 1] ?? '').slice(0, 3),
    Monday: weekday,
    Mon: weekday.slice(0, 3),
    MST: parts.zone,
    2006: String(year).padStart(4, '0'),
    '06': two(year % 100),
    '01': two(month),
    1: String(month),
    '02': two(day),
    _2: String(day).padStart(2, ' '),
    2: String(day),
    '002': String(yearDay(parts)).padStart(3, '0'),
    __2: String(yearDay(parts)).padStart(3, ' '),
    15: two(hour),
    '03': two(hour12),
    3: String(hour12),
    '04': two(minute),
    4: String(minute),
    '05': two(second),
    5: String(second),
    PM: hour >= 12 ? 'PM' : 'AM',
    pm: hour >= 12 ? 'pm' : 'am',
  };
  return texts[element] ?? element;
}

function fraction(element: string, nanos: number): string {
  const digits = String(nanos)
    .padStart(9, '0')
    .slice(0, element.length - 1);
  if (element[1] === '0') return element[0] + digits;
  const trimmed = digits.replace(/0+$/, '');
  return trimmed === '' ? '' : element[0] + trimmed;
}

function offset(element: string, minutes: number): string {
  if (element.startsWith('Z') && minutes === 0) return 'Z';
  const sign = minutes < 0 ? '-' : '+';
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  const two = (value: number): string => String(value).padStart(2, '0');
  const colon = element.includes(':') ? ':' : '';
  const isShort = element.length === 3;
  const seconds = element.length > 6 ? `${colon}00` : '';
  return `${sign}${two(hours)}${isShort ? '' : `${colon}${two(rest)}`}${seconds}`;
}

function yearDay({ year, month, day }: Parts): number {
  return Math.round((Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 1)) / 86_400_000) + 1;
}

function partsOf({ nanos, zone }: GoTime): Parts {
  const millis = Number(nanos / 1_000_000n) - (nanos % 1_000_000n < 0n ? 1 : 0);
  const offsetMinutes = zoneOffset(millis, zone);
  const date = new Date(millis + offsetMinutes * 60_000);
  return {
    year: date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanos: Number(((nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n),
    offsetMinutes,
    zone: zone === 'UTC' ? 'UTC' : zoneName(millis, zone),
  };
}

/** Returns the offset of a zone at a time, in minutes. */
function zoneOffset(millis: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const name = namePart(millis, zone, 'longOffset');
  const match = /GMT([+-])(\d\d):(\d\d)/.exec(name);
  if (match === null) return 0;
  return (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3]));
}

function zoneName(millis: number, zone: string): string {
  return namePart(millis, zone, 'short');
}

function namePart(millis: number, zone: string, style: 'short' | 'longOffset'): string {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: style });
  return format.formatToParts(millis).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** Returns a zone if it is known, or UTC. */
export function knownZone(zone: string): string {
  if (zone === '' || zone === 'Local') return 'UTC';
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: zone }).resolvedOptions().timeZone === 'UTC' ? 'UTC' : zone;
  } catch {
    return 'UTC';
  }
}

const GROUPS: Readonly<Record<string, string>> = {
  January: '([A-Za-z]+)',
  Jan: '([A-Za-z]{3})',
  Monday: '([A-Za-z]+)',
  Mon: '([A-Za-z]{3})',
  MST: '([A-Z]{3,4})',
  2006: '(\\d{4})',
  PM: '([AP]M)',
  pm: '([ap]m)',
  '002': '(\\d{3})',
};

/** Parses a time by a layout. Returns `undefined` if the text does not fit. */
export function parseTime(layout: string, text: string, zone: string): GoTime | undefined {
  const elements: string[] = [];
  const source = layout
    .split(ELEMENT)
    .map((literal) => literal.replace(/[\\.+*?()|[\]{}^$/]/g, '\\$&'))
    .map((literal, index) => {
      const element = layout.match(ELEMENT)?.[index];
      if (element === undefined) return literal;
      elements.push(element);
      return literal + groupOf(element);
    })
    .join('');
  const match = new RegExp(`^${source}$`).exec(text);
  if (match === null) return undefined;
  return timeOf(new Map(elements.map((element, index) => [element, match[index + 1] ?? ''])), zone);
}

function groupOf(element: string): string {
  if (/^[.,]/.test(element)) return `((?:[.,]\\d{1,9})${element[1] === '9' ? '?' : ''})`;
  if (/^[Z-]0/.test(element))
    return element.startsWith('Z') ? '(Z|[+-]\\d\\d:?(?:\\d\\d)?)' : '([+-]\\d\\d:?(?:\\d\\d)?)';
  // After the seconds, a fraction is accepted without being in the layout.
  if (element === '05' || element === '5') return '(\\d{1,2}(?:[.,]\\d{1,9})?)';
  return GROUPS[element] ?? '([ \\d]?\\d)';
}

function timeOf(found: ReadonlyMap<string, string>, zone: string): GoTime | undefined {
  const number = (...names: readonly string[]): number | undefined => {
    const text = names.map((name) => found.get(name)).find((value) => value !== undefined);
    return text === undefined ? undefined : Number.parseInt(text, 10);
  };
  const monthName = (found.get('January') ?? found.get('Jan') ?? '').slice(0, 3).toLowerCase();
  const named = MONTHS.findIndex((month) => month.slice(0, 3).toLowerCase() === monthName);
  const short = number('06');
  const year = number('2006') ?? (short === undefined ? 0 : short + (short >= 69 ? 1900 : 2000));
  const month = named >= 0 ? named : (number('01', '1') ?? 1) - 1;
  const day = number('02', '_2', '2') ?? 1;
  const isAfternoon = /pm/i.test(found.get('PM') ?? found.get('pm') ?? '');
  const clock = number('15') ?? ((number('03', '3') ?? 0) % 12) + (isAfternoon ? 12 : 0);
  const [minute, second] = [number('04', '4') ?? 0, number('05', '5') ?? 0];
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  date.setUTCHours(clock, minute, second);
  if (date.getUTCDate() !== day || clock > 23 || minute > 59 || second > 59) return undefined;
  const shift = offsetOf(found) ?? zoneOffset(date.getTime() - zoneOffset(date.getTime(), zone) * 60_000, zone);
  const digits = [...found].map(([, text]) => /[.,](\d+)$/.exec(text)?.[1]).find((text) => text !== undefined) ?? '';
  const nanos = BigInt(digits.padEnd(9, '0').slice(0, 9));
  return { nanos: BigInt(date.getTime() - shift * 60_000) * 1_000_000n + nanos, zone };
}

function offsetOf(found: ReadonlyMap<string, string>): number | undefined {
  for (const [element, text] of found) {
    if (!/^[Z-]0/.test(element)) continue;
    const match = /^([+-])(\d\d):?(\d\d)?$/.exec(text);
    return match === null ? 0 : (match[1] === '-' ? -1 : 1) * (Number(match[2]) * 60 + Number(match[3] ?? 0));
  }
  return undefined;
}
