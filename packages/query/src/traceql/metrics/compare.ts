import { attributeReader, firstOf } from '../evaluate/attributes.ts';
import { compileCondition } from '../evaluate/field.ts';
import type { QuerySpan } from '../evaluate/span.ts';
import type { Attribute, MetricsFunction } from '../parse/ast.ts';
import { intrinsicAttribute, scopedAttribute } from '../parse/attributes.ts';
import { attributeText } from '../parse/print.ts';
import { staticOf } from '../values/recorded.ts';
import { keyOf, NIL, type Static, stringOf } from '../values/static.ts';
import { type SpanAggregator, seriesSet } from './aggregate.ts';
import { type Intervals, intervalOf } from './intervals.ts';
import type { Label, TimeSeries } from './series.ts';

type CompareFunction = Extract<MetricsFunction, { kind: 'compare' }>;

/** Intrinsics that are compared besides attributes. */
const INTRINSICS: readonly Attribute[] = (['name', 'status', 'statusMessage', 'kind'] as const).map(intrinsicAttribute);
/** Maximum number of values of an attribute that are counted. */
const MAX_VALUES = 10_000;

/** Counts of an attribute's values. */
interface AttributeCounts {
  readonly name: string;
  readonly totals: Float64Array;
  readonly values: Map<string, { readonly value: Static; readonly counts: Float64Array }>;
}

/** Counts the values of all attributes in a selection of spans and in the others. */
export function createCompare(metrics: CompareFunction, intervals: Intervals): SpanAggregator {
  const isSelected = compileCondition(metrics.filter);
  const sides = { baseline: new Map<string, AttributeCounts>(), selection: new Map<string, AttributeCounts>() };
  const inWindow = ({ span }: QuerySpan): boolean =>
    metrics.start === 0n || metrics.end === 0n || (span.start > metrics.start && span.start <= metrics.end);
  return {
    observe(span) {
      const interval = intervalOf(intervals, span.span.start);
      if (interval < 0) return;
      const side = inWindow(span) && isSelected(span) ? sides.selection : sides.baseline;
      for (const [attribute, value] of attributesOf(span)) count(side, attribute, value, interval, intervals.count);
    },
    series: () => seriesSet(Object.entries(sides).flatMap(([type, side]) => sideSeries(type, side, metrics.top))),
  };
}

function* attributesOf(span: QuerySpan): Generator<readonly [Attribute, Static]> {
  for (const attribute of INTRINSICS) yield [attribute, firstOf(attributeReader(attribute)(span))];
  for (const [key, value] of span.span.attributes) yield [scopedAttribute('span', key), staticOf(value)];
  for (const [key, value] of span.span.resourceAttributes) yield [scopedAttribute('resource', key), staticOf(value)];
}

function count(
  side: Map<string, AttributeCounts>,
  attribute: Attribute,
  value: Static,
  interval: number,
  length: number,
): void {
  if (value.type === 'nil' || value.type === 'duration') return;
  const name = attributeText(attribute);
  const counts = side.get(name) ?? { name, totals: new Float64Array(length), values: new Map() };
  side.set(name, counts);
  counts.totals[interval] = (counts.totals[interval] ?? 0) + 1;
  const key = keyOf(value);
  const known = counts.values.get(key);
  if (known === undefined && counts.values.size >= MAX_VALUES) return;
  const own = known ?? { value, counts: new Float64Array(length) };
  counts.values.set(key, own);
  own.counts[interval] = (own.counts[interval] ?? 0) + 1;
}

function sideSeries(type: string, side: ReadonlyMap<string, AttributeCounts>, top: number): readonly TimeSeries[] {
  return [...side.values()].flatMap(({ name, totals, values }) => {
    const frequent = [...values.values()].toSorted((a, b) => sum(b.counts) - sum(a.counts)).slice(0, top);
    const series = frequent.map(({ value, counts }) => seriesOf(type, { name, value }, counts));
    const total = seriesOf(`${type}_total`, { name, value: NIL }, totals);
    if (values.size <= top) return [...series, total];
    const error: Label = { name: '__meta_error', value: stringOf('__too_many_values__') };
    return [
      ...series,
      total,
      { labels: [error, { name, value: NIL }], values: new Float64Array(totals.length), exemplars: [] },
    ];
  });
}

function seriesOf(type: string, label: Label, values: Float64Array): TimeSeries {
  return { labels: [{ name: '__meta_type', value: stringOf(type) }, label], values, exemplars: [] };
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}
