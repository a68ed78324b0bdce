import type { ItemCount, ItemFilter, SelectedSpan } from '@otelier/store';
import type { Step } from '../evaluate/pipeline.ts';
import { compilePipeline } from '../evaluate/pipeline.ts';
import type { QuerySpan } from '../evaluate/span.ts';
import type { Attribute, FieldExpression, MetricsFunction, Pipeline } from '../parse/ast.ts';
import { fieldFilter } from '../plan/push-down.ts';
import { fieldAttributes, metricsAttributes } from '../plan/referenced.ts';
import type { SpanSource } from '../source.ts';
import type { Intervals } from './intervals.ts';

/** Maximum number of counts that are read; a query with more reads the spans. */
const MAX_COUNTS = 20_000;
/** Maximum number of intervals that a store counts. */
const MAX_INTERVALS = 10_000;

/** A span that stands for several with the same properties in an interval. */
export interface CountedSpan {
  readonly span: QuerySpan;
  readonly count: number;
}

/**
 * Counts the spans of a pipeline's result without reading them. Returns `undefined` if the query depends on more than
 * the service, name, kind, status and duration of spans.
 */
export async function countSpans(
  source: SpanSource,
  pipeline: Pipeline,
  metrics: MetricsFunction,
  intervals: Intervals,
): Promise<readonly CountedSpan[] | undefined> {
  const plan = planCounting(pipeline, metrics);
  if (plan === undefined || intervals.count > MAX_INTERVALS) return undefined;
  const { start, end, isInstant, count: steps } = intervals;
  // The start of a range does not belong to it.
  const range = { start: isInstant ? start : start + 1n, end: end + 1n };
  const by = (['service', 'name', 'kind', 'status'] as const).filter((key) => plan.keys.has(key));
  const counts = await source.count?.({ ...range, filter: plan.filter, by, steps, limit: MAX_COUNTS });
  // Spans without a service can have an attribute of another type as their service.
  if (counts === undefined || (plan.keys.has('service') && counts.some(({ service }) => service === ''))) {
    return undefined;
  }
  return counts.flatMap((count) => {
    const span = { span: spanOf(count, intervals), trace: undefined, position: undefined };
    const kept = plan.evaluate([{ spans: [span], attributes: new Map() }]).some(({ spans }) => spans.length > 0);
    return kept ? [{ span, count: count.items }] : [];
  });
}

type Key = 'service' | 'name' | 'kind' | 'status';

interface CountingPlan {
  readonly filter: ItemFilter;
  readonly keys: ReadonlySet<Key>;
  /** Evaluates the conditions that the store does not evaluate exactly. */
  readonly evaluate: Step;
}

function planCounting(pipeline: Pipeline, metrics: MetricsFunction): CountingPlan | undefined {
  if (metrics.kind !== 'rate' && metrics.kind !== 'count_over_time') return undefined;
  const conditions = pipeline.flatMap((element) => (element.kind === 'filter' ? conjuncts(element.condition) : []));
  if (pipeline.some(({ kind }) => kind !== 'filter')) return undefined;
  const others = conditions.filter((condition) => !isDuration(condition));
  const keys = [...others.flatMap(fieldAttributes), ...metricsAttributes(metrics)].map(keyOf);
  const known = keys.filter((key) => key !== undefined);
  if (known.length < keys.length) return undefined;
  return {
    filter: { kind: 'all', filters: conditions.map(fieldFilter) },
    keys: new Set(known),
    evaluate: compilePipeline(others.map((condition) => ({ kind: 'filter', condition }))),
  };
}

function conjuncts(condition: FieldExpression): readonly FieldExpression[] {
  if (condition.kind !== 'binary' || condition.operator !== '&&') return [condition];
  return [...conjuncts(condition.left), ...conjuncts(condition.right)];
}

/** Reports whether a condition compares the duration of spans with a number, which a store does exactly. */
function isDuration(condition: FieldExpression): boolean {
  if (condition.kind !== 'binary' || !COMPARISONS.has(condition.operator)) return false;
  const { left, right } = condition;
  const isOwn = left.kind === 'attribute' && left.intrinsic === 'duration' && !left.parent;
  if (!isOwn || right.kind !== 'static') return false;
  return right.value.type === 'duration' && Number.isSafeInteger(Number(right.value.value));
}

const COMPARISONS: ReadonlySet<string> = new Set(['=', '!=', '>', '>=', '<', '<=']);

function keyOf({ scope, name, intrinsic, parent }: Attribute): Key | undefined {
  if (parent) return undefined;
  if (intrinsic === 'name' || intrinsic === 'kind' || intrinsic === 'status') return intrinsic;
  return intrinsic === undefined && scope === 'resource' && name === 'service.name' ? 'service' : undefined;
}

function spanOf({ step, service, name, kind, statusCode }: ItemCount, intervals: Intervals): SelectedSpan {
  const { start, stepNanos, isInstant } = intervals;
  return {
    ...EMPTY,
    ...{ name, kind, statusCode, service },
    start: isInstant ? start : start + BigInt(step) * stepNanos + 1n,
    resourceAttributes: new Map([['service.name', service]]),
  };
}

const EMPTY = {
  ...{ traceId: '', spanId: '', parentSpanId: '', traceState: '', statusMessage: '', durationNanos: 0n },
  ...{ scopeName: '', scopeVersion: '', attributes: new Map(), scopeAttributes: new Map(), events: [], links: [] },
} as const;
