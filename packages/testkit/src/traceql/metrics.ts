import type { Random } from '../otlp/random.ts';
import { generateCondition } from './conditions.ts';
import { type ModelSpan, type ModelTrace, pick } from './traces.ts';

/** A generated metrics query, and its result: values by labels and by the end of their step. */
export interface GeneratedMetricsQuery {
  readonly text: string;
  /** `ends` are the ends of steps in milliseconds since the start of the range; a step excludes its start. */
  evaluate(
    traces: readonly ModelTrace[],
    ends: readonly number[],
    stepMillis: number,
  ): Record<string, Record<number, number>>;
}

const GROUPS: readonly (readonly [string, (span: ModelSpan) => string | number | undefined])[] = [
  ['name', ({ name }) => name],
  ['resource.service.name', ({ resource }) => resource['service.name'] as string],
  ['span.route', ({ attributes }) => attributes['route'] as string | undefined],
  ['span.code', ({ attributes }) => attributes['code'] as number | undefined],
];
const MEASURES: readonly (readonly [string, (span: ModelSpan) => number | undefined])[] = [
  ['duration', ({ millis }) => millis / 1000],
  ['span.code', ({ attributes }) => attributes['code'] as number | undefined],
];
const FOLDS: Readonly<Record<string, (values: readonly number[]) => number>> = {
  min_over_time: (values) => Math.min(...values),
  max_over_time: (values) => Math.max(...values),
  sum_over_time: (values) => values.reduce((sum, value) => sum + value, 0),
  avg_over_time: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
};

/** Generates a metrics query. */
export function generateMetricsQuery(random: Random): GeneratedMetricsQuery {
  const filter = generateCondition(random, 1);
  const name = pick(random, ['count_over_time', 'rate', ...Object.keys(FOLDS)]);
  const fold = FOLDS[name];
  const [measure, read] = pick(random, MEASURES);
  const groups = GROUPS.filter(() => random(3) === 0);
  const by = groups.length === 0 ? '' : ` by (${groups.map(([field]) => field).join(', ')})`;
  const limit = random(3) === 0 ? pick(random, [0.1, 1, 200]) : undefined;
  const labelsOf = (span: ModelSpan): string => {
    if (groups.length === 0) return `__name__=${name}`;
    const present = groups.flatMap(([field, value]) => (value(span) === undefined ? [] : [`${field}=${value(span)}`]));
    return present.length > 0 ? present.join() : `${groups[0]?.[0]}=nil`;
  };
  return {
    text: `{ ${filter.text} } | ${name}(${fold === undefined ? '' : measure})${by}${limit === undefined ? '' : ` > ${limit}`}`,
    evaluate(traces, ends, stepMillis) {
      const spans = traces.flatMap((trace) => trace.filter((span) => filter.test(span, trace)));
      const within = (span: ModelSpan, end: number): boolean => span.start > end - stepMillis && span.start <= end;
      const counted = spans.filter(
        (span) => ends.some((end) => within(span, end)) && (fold === undefined || read(span) !== undefined),
      );
      const bySeries = Map.groupBy(counted, labelsOf);
      if (groups.length === 0 && bySeries.size === 0) bySeries.set(`__name__=${name}`, []);
      const valueAt = (own: readonly ModelSpan[], end: number): number | undefined => {
        const inStep = own.filter((span) => within(span, end));
        if (fold === undefined) return inStep.length / (name === 'rate' ? stepMillis / 1000 : 1);
        const values = inStep.map(read).filter((value) => value !== undefined);
        return values.length === 0 ? undefined : fold(values);
      };
      const result: Record<string, Record<number, number>> = {};
      for (const [labels, own] of bySeries) {
        const points = ends.flatMap((end): (readonly [number, number])[] => {
          const value = valueAt(own, end);
          if (value === undefined || (limit !== undefined && !(value > limit))) return [];
          return [[end, Number(value.toPrecision(9))]];
        });
        if (points.length > 0) result[labels] = Object.fromEntries(points);
      }
      return result;
    },
  };
}
