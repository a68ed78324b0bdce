import type { RecordedValue } from '@otelier/store';
import { boolOf, type ElementType, floatOf, NIL, type Scalar, type Static, stringOf } from './static.ts';

/** Converts a recorded attribute value. Bytes, maps and lists of several types have no value in TraceQL, as in Tempo. */
export function staticOf(value: RecordedValue | undefined): Static {
  switch (typeof value) {
    case 'string':
      return stringOf(value);
    case 'bigint':
      return { type: 'int', value };
    case 'number':
      return floatOf(value);
    case 'boolean':
      return boolOf(value);
    default:
      return Array.isArray(value) ? listOf(value as readonly RecordedValue[]) : NIL;
  }
}

function listOf(values: readonly RecordedValue[]): Static {
  const elements = values.map(staticOf).filter(isScalar);
  const of: ElementType = elements[0]?.type ?? 'string';
  const isUniform = elements.length === values.length && elements.every(({ type }) => type === of);
  return isUniform ? { type: 'array', of, values: elements } : NIL;
}

function isScalar(value: Static): value is Scalar {
  return value.type === 'string' || value.type === 'int' || value.type === 'float' || value.type === 'bool';
}
