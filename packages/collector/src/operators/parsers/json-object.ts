import { EvaluationError, type Value, type ValueMap } from '../../ottl/values/value.ts';
import { mapOfJson, valueOfJson } from '../entry/json-value.ts';

/** Parses a JSON object; `null` is an empty one. Throws an `EvaluationError`. */
export function parseJsonObject(text: string, parsesIntegers: boolean): ValueMap {
  let json: unknown;
  try {
    json = parsesIntegers ? parseFirst(text) : JSON.parse(text);
  } catch (error) {
    throw new EvaluationError(`expected JSON: ${error instanceof Error ? error.message : ''}`);
  }
  if (json === null) return new Map();
  if (typeof json !== 'object' || Array.isArray(json))
    throw new EvaluationError('expected a JSON object, got another value');
  return parsesIntegers ? mapWithIntegers(json) : mapOfJson(json);
}

/** Parses the first value of a text. Text after it is left out, as in the Collector. */
function parseFirst(text: string): unknown {
  try {
    return JSON.parse(text, keepIntegers);
  } catch (error) {
    const end = error instanceof Error ? /after JSON at position (\d+)/.exec(error.message)?.[1] : undefined;
    if (end === undefined) throw error;
    return JSON.parse(text.slice(0, Number(end)), keepIntegers);
  }
}

/** Parses a JSON value. Throws an `Error` for a wrong one. */
export function parseJsonValue(text: string, parsesIntegers: boolean): Value {
  return parsesIntegers ? withIntegers(JSON.parse(text, keepIntegers)) : valueOfJson(JSON.parse(text));
}

const INTEGER = /^-?\d+$/;
const MIN_INT64 = -(1n << 63n);
const MAX_INT64 = (1n << 63n) - 1n;

/** Replaces, for `JSON.parse`, numbers that are written as integers; larger ones than int64 are floating-point numbers. */
export function keepIntegers(_: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== 'number' || context?.source === undefined || !INTEGER.test(context.source)) return value;
  const integer = BigInt(context.source);
  return integer >= MIN_INT64 && integer <= MAX_INT64 ? integer : value;
}

function mapWithIntegers(json: object): ValueMap {
  return new Map(Object.entries(json).map(([key, value]) => [key, withIntegers(value)]));
}

function withIntegers(value: unknown): Value {
  if (typeof value === 'bigint') return value;
  if (Array.isArray(value)) return value.map(withIntegers);
  return typeof value === 'object' && value !== null ? mapWithIntegers(value) : valueOfJson(value);
}
