import { z } from '../../component/schema.ts';
import { EvaluationError, typeName, type Value } from '../../ottl/values/value.ts';
import { defineParser } from '../definition/parser.ts';
import { keepIntegers } from './json-object.ts';

export const jsonArrayParser = defineParser({
  type: 'json_array_parser',
  summary: 'Parses a JSON array.',
  fields: {
    header: z.string().prefault('').describe('Names of the elements, such as `a,b`, which makes the result a map.'),
  },
  create({ header }) {
    const names = header === '' ? undefined : header.split(',');
    return (value) => {
      if (typeof value !== 'string') throw new EvaluationError(`expected a string with JSON, got ${typeName(value)}`);
      const elements = elementsOf(value);
      if (names === undefined) return elements;
      if (elements.length !== names.length)
        throw new EvaluationError(`expected ${names.length} elements, got ${elements.length}`);
      return new Map(names.map((name, index) => [name, elements[index]]));
    };
  },
});

function elementsOf(text: string): Value[] {
  let json: unknown;
  try {
    json = JSON.parse(text, keepIntegers);
  } catch {
    throw new EvaluationError('expected a JSON array');
  }
  // As in the Collector, another value is an empty array.
  return Array.isArray(json) ? json.map(elementOf) : [];
}

/** Converts an element: integers stay, other numbers become 0, and objects stay JSON, as in the Collector. */
function elementOf(element: unknown): Value {
  if (typeof element === 'number') return 0n;
  if (typeof element === 'bigint' || typeof element === 'string' || typeof element === 'boolean') return element;
  if (element === null) return undefined;
  if (Array.isArray(element)) throw new EvaluationError('expected no array in a JSON array');
  return JSON.stringify(element, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
}
