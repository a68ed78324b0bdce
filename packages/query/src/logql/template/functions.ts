import { TemplateError } from '../../go-template/ast.ts';
import { countArgument, textArgument, timeArgument, toFloat, toInt } from '../../go-template/convert.ts';
import { formatTime, type GoTime, knownZone, parseTime } from '../../go-template/go-time.ts';
import { bounded, type FunctionEntry, Int, type TemplateFunction, type Value } from '../../go-template/values.ts';
import { parseBytes, parseGoDuration } from '../parse/units.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';

const int = (value: bigint): Int => new Int(value);
const integers =
  (f: (a: bigint, b: bigint) => bigint): TemplateFunction =>
  (...args) =>
    int(args.map(toInt).reduce(f));
const floats =
  (f: (a: number, b: number) => number): TemplateFunction =>
  (...args) => {
    // Decimal arithmetic, so that 0.1 + 0.2 is 0.3.
    const result = args.map(toFloat).reduce(f);
    return Number.isFinite(result) ? Number(result.toPrecision(15)) : result;
  };
const seconds = (value: Value): number => {
  const parsed = parseGoDuration(textArgument(value));
  if ('error' in parsed) throw new TemplateError(parsed.error);
  return parsed.value / 1e9;
};
const time = (value: GoTime): Value => ({ kind: 'time', time: value });

/** The functions on numbers and times of Loki's templates. */
const NUMBER_FUNCTIONS: Readonly<Record<string, FunctionEntry>> = {
  int: [1, (value) => int(toInt(value))],
  float64: [1, toFloat],
  add: [-1, integers((a, b) => a + b)],
  sub: [2, integers((a, b) => a - b)],
  mul: [-1, integers((a, b) => a * b)],
  div: [2, integers((a, b) => divide(a, b, 'div'))],
  mod: [2, integers((a, b) => a - divide(a, b, 'mod') * b)],
  addf: [-1, floats((a, b) => a + b)],
  subf: [-1, floats((a, b) => a - b)],
  mulf: [-1, floats((a, b) => a * b)],
  divf: [-1, floats((a, b) => a / b)],
  max: [-1, integers(larger)],
  min: [-1, integers((a, b) => -larger(-a, -b))],
  maxf: [-1, (...args) => Math.max(...args.map(toFloat))],
  minf: [-1, (...args) => Math.min(...args.map(toFloat))],
  ceil: [1, (value) => Math.ceil(toFloat(value))],
  floor: [1, (value) => Math.floor(toFloat(value))],
  round: [-1, (value, places, half = 0.5) => round(toFloat(value), countArgument(places), toFloat(half))],
  bytes: [1, (value) => bytesOf(value)],
  duration: [1, seconds],
  duration_seconds: [1, seconds],
  fromJson: [1, (value) => fromJson(textArgument(value))],
  unixEpoch: [1, (value) => (timeArgument(value).nanos / 1_000_000_000n).toString()],
  unixEpochMillis: [1, (value) => (timeArgument(value).nanos / 1_000_000n).toString()],
  unixEpochNanos: [1, (value) => timeArgument(value).nanos.toString()],
  unixToTime: [1, (value) => unixToTime(textArgument(value))],
  date: [2, (layout, value) => bounded(formatTime(timeArgument(value), textArgument(layout)))],
  toDate: [2, (layout, text) => dateOf(textArgument(layout), textArgument(text), 'UTC')],
  toDateInZone: [
    3,
    (layout, zone, text) => dateOf(textArgument(layout), textArgument(text), knownZone(textArgument(zone))),
  ],
};

function larger(a: bigint, b: bigint): bigint {
  if (a > b) return a;
  return b;
}

function divide(a: bigint, b: bigint, name: string): bigint {
  if (b === 0n) throw new TemplateError(`error calling ${name}: runtime error: integer divide by zero`);
  return a / b;
}

function round(value: number, places: number, half: number): number {
  const scale = 10 ** places;
  const digit = scale * value;
  const rest = digit - Math.trunc(digit);
  if (!Number.isFinite(digit)) return value;
  return (Math.abs(rest) >= half ? Math.trunc(digit) + Math.sign(digit) : Math.trunc(digit)) / scale;
}

function bytesOf(value: Value): number {
  const parsed = parseBytes(textArgument(value));
  if ('error' in parsed) throw new TemplateError(parsed.error);
  return parsed.value;
}

/** Like Sprig's function, returns nothing for invalid JSON. */
function fromJson(text: string): Value {
  try {
    return fromPlain(JSON.parse(text), 0);
  } catch {
    return undefined;
  }
}

function fromPlain(value: unknown, depth: number): Value {
  if (depth > 100) return undefined;
  if (Array.isArray(value)) return value.map((one: unknown) => fromPlain(one, depth + 1));
  if (typeof value === 'object' && value !== null) {
    return new Map(Object.entries(value).map(([key, one]) => [key, fromPlain(one, depth + 1)]));
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return undefined;
}

const EPOCH_SCALES: Readonly<Record<number, bigint>> = {
  5: 86_400_000_000_000n,
  10: 1_000_000_000n,
  13: 1_000_000n,
  16: 1000n,
  19: 1n,
};

function unixToTime(text: string): Value {
  const scale = EPOCH_SCALES[text.length];
  if (scale === undefined || !/^-?\d+$/.test(text)) throw new TemplateError(`unable to parse time '${text}'`);
  return time({ nanos: BigInt(text) * scale, zone: 'UTC' });
}

/** A text that does not fit the layout is the first moment of the year 1, as in Go. */
function dateOf(layout: string, text: string, zone: string): Value {
  return time(parseTime(layout, text, zone) ?? { nanos: -62_135_596_800_000_000_000n, zone: 'UTC' });
}

/** Loki's functions by name, beside those that every template has. */
export const FUNCTIONS: ReadonlyMap<string, FunctionEntry> = new Map(
  Object.entries({ ...NUMBER_FUNCTIONS, ...TEXT_FUNCTIONS }),
);
