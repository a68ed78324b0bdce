import { defineFunction, type FunctionDefinition } from '../../compile/function.ts';
import { duration, integer, literalText, optional, text, time } from '../../compile/parameters.ts';
import { type CalendarTime, calendarOf, floorDivide, namedZone } from '../../values/time.ts';
import { Duration, EvaluationError, Time, UTC, type Zone } from '../../values/value.ts';
import { formatTime } from './format-time.ts';
import { ENGLISH, parseTime, timeNames } from './parse-time.ts';
import { parseTimeFormat } from './strptime.ts';

/** Converters for times and durations. */
export const TIMES: readonly FunctionDefinition[] = [
  defineFunction(
    'Now',
    {},
    () =>
      ({ environment }) =>
        new Time(BigInt(Math.floor(environment.now() * 1e3)) * 1000n),
  ),
  defineFunction(
    'Time',
    { time: text(), format: literalText(), location: optional(literalText()), locale: optional(literalText()) },
    ({ time: input, format, location, locale }) => {
      const parts = parseTimeFormat(format);
      const zone = zoneOf(location, format);
      const names = locale === undefined || locale === '' ? ENGLISH : timeNames(locale);
      return (subject) => {
        const value = input(subject);
        if (value === '') throw new EvaluationError('expected a time, got an empty string');
        return parseTime(value, parts, zone, names, subject.environment.now());
      };
    },
  ),
  defineFunction('FormatTime', { time: time(), format: literalText() }, ({ time: input, format }) => {
    const parts = parseTimeFormat(format);
    return (subject) => formatTime(input(subject), parts);
  }),
  defineFunction(
    'TruncateTime',
    { time: time(), duration: duration() },
    ({ time: input, duration: step }) =>
      (subject) => {
        const { nanos, zone } = input(subject);
        const { nanos: size } = step(subject);
        if (size <= 0n) return new Time(nanos, zone);
        // As in Go, counts from the start of year 1.
        const sinceZero = nanos - ZERO_TIME;
        return new Time(floorDivide(sinceZero, size) * size + ZERO_TIME, zone);
      },
  ),
  defineFunction(
    'Unix',
    { seconds: integer(), nanoseconds: optional(integer()) },
    ({ seconds, nanoseconds }) =>
      (subject) =>
        new Time(seconds(subject) * 1_000_000_000n + (nanoseconds?.(subject) ?? 0n), localZone()),
  ),
  defineFunction(
    'Duration',
    { duration: text() },
    ({ duration: input }) =>
      (subject) =>
        parseDuration(input(subject)),
  ),
  unix('UnixNano', 1n),
  unix('UnixMicro', 1000n),
  unix('UnixMilli', 1_000_000n),
  unix('UnixSeconds', 1_000_000_000n),
  field('Year', ({ year }) => year),
  field('Month', ({ month }) => month),
  field('Day', ({ day }) => day),
  field('Hour', ({ hour }) => hour),
  field('Minute', ({ minute }) => minute),
  field('Second', ({ second }) => second),
  field('Nanosecond', ({ nanosecond }) => nanosecond),
  field('Weekday', ({ weekday }) => weekday),
  count('Nanoseconds', 1n),
  count('Microseconds', 1000n),
  count('Milliseconds', 1_000_000n),
  fraction('Seconds', 1_000_000_000n),
  fraction('Minutes', 60_000_000_000n),
  fraction('Hours', 3_600_000_000_000n),
];

/** Go's zero time, the start of year 1. */
const ZERO_TIME = -62_135_596_800_000_000_000n;

function unix(name: string, nanos: bigint): FunctionDefinition {
  return defineFunction(
    name,
    { time: time() },
    ({ time: input }) =>
      (subject) =>
        BigInt.asIntN(64, floorDivide(input(subject).nanos, nanos)),
  );
}

function field(name: string, get: (fields: CalendarTime) => number): FunctionDefinition {
  return defineFunction(
    name,
    { time: time() },
    ({ time: input }) =>
      (subject) =>
        BigInt(get(calendarOf(input(subject)))),
  );
}

function count(name: string, nanos: bigint): FunctionDefinition {
  return defineFunction(
    name,
    { duration: duration() },
    ({ duration: input }) =>
      (subject) =>
        input(subject).nanos / nanos,
  );
}

/** Adds the whole units and the remainder, like Go, so that large durations stay exact. */
function fraction(name: string, nanos: bigint): FunctionDefinition {
  return defineFunction(name, { duration: duration() }, ({ duration: input }) => (subject) => {
    const { nanos: value } = input(subject);
    return Number(value / nanos) + Number(value % nanos) / Number(nanos);
  });
}

function zoneOf(location: string | undefined, format: string): Zone {
  if (location === undefined || location === '') return format.endsWith('Z') ? UTC : localZone();
  const zone = namedZone(location);
  if (zone === undefined)
    throw new EvaluationError(`expected a time zone such as "America/New_York", got "${location}"`);
  return zone;
}

let local: Zone | undefined;

function localZone(): Zone {
  local ??= namedZone(new Intl.DateTimeFormat().resolvedOptions().timeZone) ?? UTC;
  return local;
}

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const DURATION = /^[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;

/** Parses a duration as Go's `time.ParseDuration` does. */
function parseDuration(input: string): Duration {
  if (/^[+-]?0$/.test(input)) return new Duration(0n);
  if (!DURATION.test(input)) throw new EvaluationError(`expected a duration such as "1h30m", got "${input}"`);
  let total = 0n;
  for (const [, whole = '', decimals = '', unit = ''] of input.matchAll(/(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g)) {
    const nanos = UNITS[unit] ?? 0n;
    total += BigInt(whole || '0') * nanos;
    if (decimals !== '') total += (BigInt(decimals) * nanos) / 10n ** BigInt(decimals.length);
  }
  const signed = input.startsWith('-') ? -total : total;
  if (BigInt.asIntN(64, signed) !== signed)
    throw new EvaluationError(`expected a duration of less than 292 years, got "${input}"`);
  return new Duration(signed);
}
