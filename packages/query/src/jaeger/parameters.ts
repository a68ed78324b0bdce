import { parseGoDuration } from '../request/go-duration.ts';
import { JaegerProblem } from './problem.ts';

/** Returns the problem for an invalid parameter. */
export function invalidParameter(name: string, reason: string): JaegerProblem {
  return new JaegerProblem(400, `unable to parse param '${name}': ${reason}`);
}

const MAX_NANOS = 2n ** 63n - 1n;

/** Parses a time in units of nanoseconds since the epoch. Returns nanoseconds, or `undefined` if it is missing. */
export function timeParameter(parameters: URLSearchParams, name: string, unitNanos: bigint): bigint | undefined {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const nanos = /^-?\d{1,19}$/.test(text) ? BigInt(text) * unitNanos : MAX_NANOS + 1n;
  if (nanos > MAX_NANOS || nanos < -MAX_NANOS)
    throw invalidParameter(name, `expected a time, got ${JSON.stringify(text)}`);
  return nanos;
}

/** Parses a duration such as `1.2s`. Returns nanoseconds, or `undefined` if it is missing. */
export function durationParameter(parameters: URLSearchParams, name: string): bigint | undefined {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const nanos = parseGoDuration(text);
  if (nanos === undefined || nanos < 0n) throw invalidParameter(name, `time: invalid duration ${JSON.stringify(text)}`);
  return nanos;
}

/** Parses a whole number, or returns a default. */
export function integerParameter(parameters: URLSearchParams, name: string, fallback: number): number {
  const text = parameters.get(name) ?? '';
  if (text === '') return fallback;
  if (!/^\d{1,12}$/.test(text)) throw invalidParameter(name, `expected a whole number, got ${JSON.stringify(text)}`);
  return Number(text);
}

/** Parses a boolean as Go does; false if it is missing. */
export function booleanParameter(parameters: URLSearchParams, name: string): boolean {
  const text = parameters.get(name) ?? '';
  if (['', '0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text)) return false;
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text)) return true;
  throw invalidParameter(name, `expected true or false, got ${JSON.stringify(text)}`);
}

/** Parses a trace ID in hexadecimal, which can be written without leading zeros, or in base64. */
export function parseTraceId(text: string): string {
  if (/^[\da-f]{1,32}$/i.test(text)) return text.toLowerCase().padStart(32, '0');
  const bytes = /^[\w+/-]{22}(==)?$/.test(text) ? Buffer.from(text, 'base64') : undefined;
  if (bytes?.length === 16) return bytes.toString('hex');
  throw new JaegerProblem(400, `malformed trace ID: expected up to 32 hexadecimal digits, got ${JSON.stringify(text)}`);
}
