import { evaluateSteps } from '../../../logql/engine.ts';
import type { LogExpr, MetricExpr } from '../../../logql/parse/ast.ts';
import { parseLogql } from '../../../logql/parse/parse.ts';
import { compareBytes } from '../../../promql/labels/labels.ts';
import type { ResultSeries } from '../../../promql/result.ts';
import { countStreams, streamKey } from '../../count/count-streams.ts';
import { evaluationOf, type LokiHandler, type LokiRequest } from '../context.ts';
import { metricData } from '../format.ts';
import { boundsOf, durationOf, limitOf } from '../parameters.ts';
import { LokiProblem } from '../problem.ts';
import { MAX_STEPS } from './queries.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 5000;

/** `index/stats`: the number of streams, entries and bytes that a selector finds. */
export const stats: LokiHandler = async (request) => {
  const bounds = boundsOf(request.parameters, request.nowMillis());
  const { matchers } = selectorOf(request);
  const streams = new Set<string>();
  let [entries, bytes] = [0, 0];
  for (const one of await countStreams(request, matchers, bounds)) {
    streams.add(streamKey(one.stream));
    entries += one.entries;
    bytes += one.bytes;
  }
  return { streams: streams.size, chunks: streams.size, entries, bytes };
};

/** `index/volume`: the bytes of streams, as a vector. */
export const volume: LokiHandler = async (request) => {
  const { start, end } = boundsOf(request.parameters, request.nowMillis());
  const range = end - start;
  return respond(request, { start: end, step: 1n, count: 1 }, range, 'vector');
};

/** `index/volume_range`: the bytes of streams at steps of a range. */
export const volumeRange: LokiHandler = async (request) => {
  const { start, end } = boundsOf(request.parameters, request.nowMillis());
  const step = durationOf(request.parameters, 'step') ?? end - start;
  if (step <= 0n) throw new LokiProblem(400, 'zero or negative query resolution step widths are not accepted');
  const count = Number((end - start) / step) + 1;
  if (count > MAX_STEPS + 1) throw new LokiProblem(400, 'exceeded maximum resolution of 11,000 points per time series');
  return respond(request, { start, step, count }, step, 'matrix');
};

async function respond(
  request: LokiRequest,
  grid: { readonly start: bigint; readonly step: bigint; readonly count: number },
  range: bigint,
  kind: 'vector' | 'matrix',
): Promise<object> {
  const { parameters } = request;
  if (range <= 0n) throw new LokiProblem(400, 'end timestamp must not be before or equal to start time');
  const limit = limitOf(parameters, 'limit', DEFAULT_LIMIT, MAX_LIMIT);
  const targets = (parameters.get('targetLabels') ?? '').split(',').filter((name) => name !== '');
  const log = selectorOf(request);
  const byLabel = (parameters.get('aggregateBy') ?? 'series') === 'labels';
  const names = targets.length > 0 ? targets : log.matchers.map(({ name }) => name);
  const expr: MetricExpr = {
    kind: 'aggregate',
    operator: 'sum',
    parameter: undefined,
    grouping: { without: false, labels: [...new Set(names)] },
    expr: {
      kind: 'range',
      operator: 'bytes_over_time',
      parameter: undefined,
      log,
      unwrap: undefined,
      rangeNanos: Number(range),
      // A volume begins with its start and ends before its end.
      offsetNanos: 1,
      grouping: undefined,
    },
  };
  const result = await evaluateSteps(expr, grid, evaluationOf(request));
  const series = 'series' in result ? result.series : [];
  const largest = (byLabel ? sumByLabel(series, names) : series)
    .toSorted((a, b) => total(b) - total(a) || compareBytes(a.labels.key, b.labels.key))
    .slice(0, limit);
  return { status: 'success', data: metricData({ kind, series: largest }) };
}

function total({ samples }: ResultSeries): number {
  return samples.reduce<number>((sum, sample) => sum + Number(sample), 0);
}

/** Adds the series that have a label, for each label. */
function sumByLabel(series: readonly ResultSeries[], names: readonly string[]): ResultSeries[] {
  return names.flatMap((name) => {
    const own = series.filter(({ labels }) => labels.has(name));
    const [first] = own;
    if (first === undefined) return [];
    const byTime = new Map<number, number>();
    for (const { times, samples } of own) {
      for (const [index, time] of times.entries()) {
        byTime.set(time, (byTime.get(time) ?? 0) + Number(samples[index]));
      }
    }
    const times = [...byTime.keys()].sort((a, b) => a - b);
    const labels = first.labels.keep([name]).with(name, name);
    return [{ labels, times, samples: times.map((time) => byTime.get(time) ?? 0) }];
  });
}

function selectorOf({ parameters }: LokiRequest): LogExpr {
  const expr = parseLogql(parameters.get('query') ?? '');
  if (expr.kind !== 'log' || expr.stages.length > 0) {
    throw new LokiProblem(400, 'only label matchers are supported');
  }
  return expr;
}
