import type { AggregateName, PipelineElement } from '../parse/ast.ts';
import { scalarText } from '../parse/print.ts';
import { compare, durationOf, floatOf, intOf, type Static } from '../values/static.ts';
import { compileField } from './field.ts';
import { holds } from './operate.ts';
import type { QuerySpan, Spanset } from './span.ts';

/** Compiles a comparison of an aggregate with a constant. */
export function compileAggregateFilter(
  filter: Extract<PipelineElement, { kind: 'scalar-filter' }>,
): (sets: readonly Spanset[]) => readonly Spanset[] {
  const { operator, left, right } = filter;
  // Other combinations are rejected when the query is validated.
  if (left.kind !== 'aggregate' || right.kind !== 'static') throw new Error('expected an aggregate and a constant');
  const name = scalarText(left);
  const wanted = right.value;
  const readValue = left.operand === undefined ? undefined : compileField(left.operand);
  return (sets) =>
    sets.flatMap((set) => {
      const value = aggregate(left.name, set.spans, readValue);
      if (value === undefined || !holds(operator, value, wanted)) return [];
      return [{ spans: set.spans, attributes: new Map([...set.attributes, [name, value]]) }];
    });
}

/** Calculates an aggregate. Returns `undefined` if no span has the value. */
function aggregate(
  name: AggregateName,
  spans: readonly QuerySpan[],
  readValue: ((span: QuerySpan) => Static) | undefined,
): Static | undefined {
  if (readValue === undefined) return intOf(BigInt(spans.length));
  const values = spans.map(readValue).filter(({ type }) => type !== 'nil');
  switch (name) {
    case 'count':
      return intOf(BigInt(spans.length));
    case 'min':
      return values.length === 0 ? undefined : values.reduce((a, b) => (compare(b, a) < 0 ? b : a));
    case 'max':
      return values.length === 0 ? undefined : values.reduce((a, b) => (compare(b, a) > 0 ? b : a));
    case 'sum':
      return values.length === 0 ? undefined : values.reduce(add);
    case 'avg':
      return values.length === 0 ? undefined : divide(values.reduce(add), values.length);
  }
}

/** Adds a value. As in Tempo, one of another type than the first does not count. */
function add(sum: Static, value: Static): Static {
  if (sum.type === 'int' && value.type === 'int') return intOf(sum.value + value.value);
  if (sum.type === 'duration' && value.type === 'duration') return durationOf(sum.value + value.value);
  return sum.type === 'float' && value.type === 'float' ? floatOf(sum.value + value.value) : sum;
}

function divide(sum: Static, count: number): Static {
  switch (sum.type) {
    case 'int':
    case 'float':
      return floatOf(Number(sum.value) / count);
    case 'duration':
      return durationOf(sum.value / BigInt(count));
    default:
      return sum;
  }
}
