import { keepIntegers } from '../../operators/parsers/json-object.ts';
import { isMap, type Value, type ValueMap } from '../../ottl/values/value.ts';

const MAX_DEPTH = 25;
/** Numbers whose text matters: doubles without a fraction, and integers that doubles do not hold. */
const EXACT = /\d\.0*[,}\]eE\s]|\d{16}/;

/** Parses a document, with integers and doubles told apart by their text. Returns why it is none. */
export function parseDocument(text: string): ValueMap | string {
  let value: Value;
  try {
    value = convert(EXACT.test(text) ? JSON.parse(text, exactNumber) : JSON.parse(text), 0);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return isMap(value) ? value : 'expected an object';
}

function exactNumber(key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const exact = keepIntegers(key, value, context);
  return typeof exact === 'number' ? new Double(exact) : exact;
}

/** A number that is no integer, although its value is one. */
class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

function convert(json: unknown, depth: number): Value {
  switch (typeof json) {
    case 'number':
      return Number.isSafeInteger(json) ? BigInt(json) : json;
    case 'string':
    case 'boolean':
    case 'bigint':
      return json;
  }
  if (json === null || typeof json !== 'object') return undefined;
  if (json instanceof Double) return json.value;
  if (depth >= MAX_DEPTH) throw new Error(`expected at most ${MAX_DEPTH} levels of nesting, got more`);
  if (Array.isArray(json)) return json.map((element) => convert(element, depth + 1));
  const map: ValueMap = new Map();
  for (const key of Object.keys(json)) map.set(key, convert((json as Record<string, unknown>)[key], depth + 1));
  return map;
}
