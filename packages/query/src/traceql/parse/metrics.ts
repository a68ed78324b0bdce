import type { Attribute, FieldExpression, MetricsFunction } from './ast.ts';
import { parseAttribute, parseAttributeList } from './attributes.ts';
import type { Cursor } from './cursor.ts';
import { parseField } from './field.ts';

const COUNTS = ['rate', 'count_over_time'] as const;
const OF_ATTRIBUTE = [
  ...(['min_over_time', 'max_over_time', 'sum_over_time', 'avg_over_time', 'histogram_over_time'] as const),
] as const;
const DEFAULT_TOP = 10;

/** Reports whether the current token starts a metrics function. */
export function isMetricsFunction(cursor: Cursor): boolean {
  return [...COUNTS, ...OF_ATTRIBUTE, 'quantile_over_time', 'compare'].some((name) => cursor.is(name));
}

/** Parses a metrics function with its groups. */
export function parseMetricsFunction(cursor: Cursor): MetricsFunction {
  const { text } = cursor.take();
  cursor.expect('(');
  if (text === 'compare') return parseCompare(cursor);
  const count = COUNTS.find((name) => name === text);
  if (count !== undefined) {
    cursor.expect(')');
    return { kind: count, by: parseBy(cursor) };
  }
  const attribute = parseAttribute(cursor);
  if (attribute === undefined) throw cursor.unexpected();
  const overTime = OF_ATTRIBUTE.find((name) => name === text);
  if (overTime !== undefined) {
    cursor.expect(')');
    return { kind: overTime, attribute, by: parseBy(cursor) };
  }
  cursor.expect(',');
  const quantiles = parseNumbers(cursor);
  cursor.expect(')');
  return { kind: 'quantile_over_time', attribute, quantiles, by: parseBy(cursor) };
}

function parseBy(cursor: Cursor): readonly Attribute[] {
  if (!cursor.skip('by')) return [];
  cursor.expect('(');
  const attributes = parseAttributeList(cursor);
  cursor.expect(')');
  return attributes;
}

function parseNumbers(cursor: Cursor): readonly number[] {
  const numbers: number[] = [];
  do {
    const { token } = cursor;
    if (token.kind !== 'integer' && token.kind !== 'float') throw cursor.unexpected('FLOAT or INTEGER');
    numbers.push(Number(token.value));
    cursor.take();
  } while (cursor.skip(','));
  return numbers;
}

function parseCompare(cursor: Cursor): MetricsFunction {
  cursor.expect('{');
  const filter: FieldExpression = cursor.is('}')
    ? { kind: 'static', value: { type: 'bool', value: true } }
    : parseField(cursor);
  cursor.expect('}');
  const numbers: bigint[] = [];
  while (numbers.length < 3 && cursor.skip(',')) numbers.push(parseInteger(cursor));
  if (numbers.length === 2) throw cursor.unexpected(',');
  cursor.expect(')');
  const [top = BigInt(DEFAULT_TOP), start = 0n, end = 0n] = numbers;
  return { kind: 'compare', filter, top: Number(top), start, end };
}

/** Parses an integer without a sign. */
export function parseInteger(cursor: Cursor): bigint {
  const { token } = cursor;
  if (token.kind !== 'integer') throw cursor.unexpected('INTEGER');
  cursor.take();
  return token.value;
}
