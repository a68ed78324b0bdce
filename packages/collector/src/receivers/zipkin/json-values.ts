import { errorMessage } from '../../component/error-message.ts';
import { MalformedSpansError, quoted } from '../../spans/malformed-spans.ts';

/** A JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Parses a request, which is a JSON list. `null` is an empty one. Throws a `MalformedSpansError`. */
export function parseList(body: Uint8Array): readonly unknown[] {
  return listOf(parse(body), 'body');
}

/** Parses a request, which is a JSON object. Throws a `MalformedSpansError`. */
export function parseObject(body: Uint8Array): JsonObject {
  return recordOf(parse(body), 'body');
}

function parse(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'));
  } catch (error) {
    throw new MalformedSpansError(`body: expected JSON: ${errorMessage(error)}`, { cause: error });
  }
}

/** Returns a list. A missing one is empty. */
export function listOf(value: unknown, where: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new MalformedSpansError(`${where}: expected a list, got ${quoted(value)}`);
}

/** Returns an object, or `undefined` if it is missing. */
export function objectOf(value: unknown, where: string): JsonObject | undefined {
  if (value === undefined || value === null) return undefined;
  return recordOf(value, where);
}

/** Returns an object, which must not be missing. */
export function recordOf(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new MalformedSpansError(`${where}: expected an object, got ${quoted(value)}`);
}

/** Returns a string. A missing one is empty. */
export function textOf(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return '';
  throw new MalformedSpansError(`${where}: expected a string, got ${quoted(value)}`);
}

/** Returns an integer from `min` to `max`. A missing one is 0. */
export function numberOf(value: unknown, where: string, min: number, max: number): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  throw new MalformedSpansError(`${where}: expected an integer from ${min} to ${max}, got ${quoted(value)}`);
}

/** Returns a number of microseconds. A missing one is 0. */
export function microsOf(value: unknown, where: string, min = 0): bigint {
  return BigInt(numberOf(value, where, min, Number.MAX_SAFE_INTEGER));
}
