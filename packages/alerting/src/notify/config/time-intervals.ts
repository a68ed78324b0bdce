import { knownLocation, type Range, type TimeInterval } from '../routing/time-interval.ts';
import type { MappingReader } from './reader.ts';

const WEEKDAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const MONTHS = [
  ...['january', 'february', 'march', 'april', 'may', 'june', 'july', 'august', 'september', 'october'],
  ...['november', 'december'],
];

/** Reads one interval of `time_intervals`. */
export function readTimeInterval(reader: MappingReader): TimeInterval {
  const times = reader.has('times') ? reader.mappings('times').flatMap(readTimes) : undefined;
  reader.raw('times');
  const weekdays = ranges(
    reader,
    'weekdays',
    (text) => indexOf(WEEKDAYS, text),
    isOrdered,
    'a day such as "monday" or "monday:friday"',
  );
  const daysOfMonth = ranges(
    reader,
    'days_of_month',
    numberOf,
    isRangeOfDays,
    'days from 1 to 31 or from -31 to -1, such as "1:7" or "-1"',
  );
  const months = ranges(reader, 'months', monthOf, isOrdered, 'a month such as "june", "6" or "june:august"');
  const years = ranges(reader, 'years', numberOf, isOrdered, 'a year such as "2026" or "2026:2028"');
  const name = reader.text('location');
  const location = name === undefined ? undefined : knownLocation(name);
  if (name !== undefined && location === undefined) {
    reader.error('location', `expected a time zone such as "Europe/Berlin", got ${JSON.stringify(name)}`);
  }
  reader.finish();
  return {
    ...(times !== undefined && { times }),
    ...(weekdays !== undefined && { weekdays }),
    ...(daysOfMonth !== undefined && { daysOfMonth }),
    ...(months !== undefined && { months }),
    ...(years !== undefined && { years }),
    ...(location !== undefined && { location }),
  };
}

function readTimes(reader: MappingReader): readonly Range[] {
  const [begin, end] = ['start_time', 'end_time'].map((name) => {
    const text = reader.text(name);
    const match = /^(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))$/.exec(text ?? '');
    if (match === null) {
      reader.error(name, `expected a time such as "09:00" or "24:00", got ${JSON.stringify(text ?? '')}`);
      return undefined;
    }
    return Number(match[1] ?? match[3]) * 60 + Number(match[2] ?? match[4]);
  });
  reader.finish();
  if (begin === undefined || end === undefined) return [];
  if (begin >= end) reader.error('end_time', 'expected a time after start_time');
  return [{ begin, end }];
}

function ranges(
  reader: MappingReader,
  name: string,
  parse: (text: string) => number | undefined,
  isValid: (range: Range) => boolean,
  expected: string,
): readonly Range[] | undefined {
  return reader.texts(name)?.flatMap((text) => {
    const parts = text.toLowerCase().split(':');
    const [begin, end = begin] = parts.map(parse);
    if (parts.length > 2 || begin === undefined || end === undefined || !isValid({ begin, end })) {
      reader.error(name, `expected ${expected}, got ${JSON.stringify(text)}`);
      return [];
    }
    return [{ begin, end }];
  });
}

function indexOf(names: readonly string[], text: string): number | undefined {
  const index = names.indexOf(text);
  return index < 0 ? undefined : index;
}

function monthOf(text: string): number | undefined {
  const index = indexOf(MONTHS, text);
  const month = index === undefined ? numberOf(text) : index + 1;
  return month !== undefined && month >= 1 && month <= 12 ? month : undefined;
}

function numberOf(text: string): number | undefined {
  return /^[+-]?\d{1,6}$/.test(text) ? Number(text) : undefined;
}

function isOrdered({ begin, end }: Range): boolean {
  return begin <= end;
}

function isRangeOfDays({ begin, end }: Range): boolean {
  if ([begin, end].some((day) => day === 0 || Math.abs(day) > 31) || (begin < 0 && end > 0)) return false;
  // Counted from the end of the shortest month.
  const [from, to] = [begin, end].map((day) => (day < 0 ? 28 + day : day));
  return (from ?? 0) <= (to ?? 0);
}
