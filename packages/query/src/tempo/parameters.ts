import { parseGoDuration } from '../request/go-duration.ts';
import { invalidParameter, TempoProblem } from './problem.ts';

const MAX_UINT32 = 2 ** 32 - 1;

/** Parses a whole number. Returns `undefined` for a missing or empty parameter. */
export function numberParameter(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(number <= MAX_UINT32)) throw invalidParameter(name, `expected a whole number, got ${JSON.stringify(text)}`);
  return number;
}

/** Parses a duration such as `100ms`. Returns nanoseconds, or `undefined` for a missing or empty parameter. */
export function durationParameter(parameters: URLSearchParams, name: string): bigint | undefined {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const nanos = parseGoDuration(text);
  if (nanos === undefined) throw invalidParameter(name, `time: invalid duration ${JSON.stringify(text)}`);
  return nanos;
}

export interface TimeRange {
  readonly start: bigint;
  readonly end: bigint;
}

const EVERYTHING: TimeRange = { start: -(2n ** 63n), end: 2n ** 63n - 1n };
const SECOND = 1_000_000_000n;

/** Parses `start` and `end` in seconds since the epoch. Without them, the range is everything that is stored. */
export function rangeParameters(parameters: URLSearchParams): TimeRange {
  const start = numberParameter(parameters, 'start') ?? 0;
  const end = numberParameter(parameters, 'end') ?? 0;
  if (start === 0 && end === 0) return EVERYTHING;
  if (end <= start) {
    throw new TempoProblem(400, `http parameter start must be before end. received start=${start} end=${end}`);
  }
  return { start: BigInt(start) * SECOND, end: BigInt(end) * SECOND };
}
