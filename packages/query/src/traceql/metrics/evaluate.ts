import { candidateTraces } from '../evaluate/candidates.ts';
import type { QuerySpan } from '../evaluate/span.ts';
import type { MetricsExpression, MetricsFunction, Pipeline } from '../parse/ast.ts';
import { metricsText, pipelineText } from '../parse/print.ts';
import { type Plan, planPipeline } from '../plan/plan.ts';
import { fieldAttributes, metricsAttributes } from '../plan/referenced.ts';
import type { SpanSource } from '../source.ts';
import { createAggregator, type SpanAggregator } from './aggregate.ts';
import { createCompare } from './compare.ts';
import { countSpans } from './counted.ts';
import { ExemplarSampler } from './exemplars.ts';
import type { Intervals } from './intervals.ts';
import type { SeriesSet } from './series.ts';
import { applyStage, combineSets } from './stages.ts';

/** Evaluates a metrics query. `exemplars` is the maximum number of exemplars. */
export async function evaluateMetrics(
  source: SpanSource,
  expression: MetricsExpression,
  intervals: Intervals,
  exemplars: number,
): Promise<SeriesSet> {
  // Equal parts of an expression are evaluated once.
  const results = new Map<string, Promise<SeriesSet>>();
  const evaluate = async (part: MetricsExpression): Promise<SeriesSet> => {
    const set =
      part.kind === 'query'
        ? await once(part)
        : combineSets(part.operator, await evaluate(part.left), await evaluate(part.right));
    return part.stages.reduce(applyStage, set);
  };
  const once = ({ pipeline, metrics }: Extract<MetricsExpression, { kind: 'query' }>): Promise<SeriesSet> => {
    const key = `${pipelineText(pipeline)} | ${metricsText(metrics)}`;
    const result = results.get(key) ?? aggregate(source, pipeline, metrics, intervals, exemplars);
    results.set(key, result);
    return result;
  };
  return evaluate(expression);
}

async function aggregate(
  source: SpanSource,
  pipeline: Pipeline,
  metrics: MetricsFunction,
  intervals: Intervals,
  exemplars: number,
): Promise<SeriesSet> {
  const plan = planOf(pipeline, metrics);
  const aggregator: SpanAggregator =
    metrics.kind === 'compare'
      ? createCompare(metrics, intervals)
      : createAggregator(metrics, intervals, new ExemplarSampler(intervals, exemplars));
  const counted = await countSpans(source, pipeline, metrics, intervals);
  if (counted !== undefined) {
    for (const { span, count } of counted) aggregator.count?.(span, count);
    if (exemplars > 0 && counted.length > 0) await illustrate(aggregator, source, plan, intervals);
    return aggregator.series();
  }
  for await (const spans of spansOf(source, pipeline, plan, intervals)) {
    for (const span of spans) aggregator.observe(span);
  }
  return aggregator.series();
}

/** Number of parts of a range from which exemplars are taken. */
const EXEMPLAR_PARTS = 8n;

/** Reads a few spans of every part of the range as exemplars of spans that are already counted. */
async function illustrate(
  aggregator: SpanAggregator,
  source: SpanSource,
  plan: Plan,
  { start, end }: Intervals,
): Promise<void> {
  const length = end + 1n - start;
  for (let part = 0n; part < EXEMPLAR_PARTS; part++) {
    const range = {
      start: start + (length * part) / EXEMPLAR_PARTS,
      end: start + (length * (part + 1n)) / EXEMPLAR_PARTS,
    };
    if (range.start === range.end) continue;
    for await (const found of source.select({ ...range, filter: plan.spans, parts: plan.parts })) {
      await source.check();
      const spans = found.map((span): QuerySpan => ({ span, trace: undefined, position: undefined }));
      for (const set of plan.evaluate([{ spans, attributes: new Map() }])) {
        for (const span of set.spans) aggregator.illustrate?.(span);
      }
      break;
    }
  }
}

function planOf(pipeline: Pipeline, metrics: MetricsFunction): Plan {
  if (metrics.kind !== 'compare') return planPipeline(pipeline, metricsAttributes(metrics));
  const plan = planPipeline(pipeline, fieldAttributes(metrics.filter));
  return { ...plan, parts: { ...plan.parts, attributes: 'all', resource: true } };
}

/** Yields the spans in a pipeline's result. Those before or after the range have no interval. */
async function* spansOf(
  source: SpanSource,
  pipeline: Pipeline,
  plan: Plan,
  intervals: Intervals,
): AsyncGenerator<readonly QuerySpan[]> {
  const range = { start: intervals.start, end: intervals.end + 1n };
  const isOfSpans = pipeline.every(({ kind }) => kind === 'filter' || kind === 'select');
  if (!plan.wholeTraces && isOfSpans) {
    for await (const part of source.select({ ...range, filter: plan.spans, parts: plan.parts })) {
      await source.check();
      const spans = part.map((span): QuerySpan => ({ span, trace: undefined, position: undefined }));
      for (const set of plan.evaluate([{ spans, attributes: new Map() }])) yield set.spans;
    }
    return;
  }
  for await (const spans of candidateTraces(source, plan, range)) {
    const sets = plan.evaluate([{ spans, attributes: new Map() }]);
    yield [...new Set(sets.flatMap((set) => set.spans))];
  }
}
