import { evaluateInstant, evaluateSteps } from '../../../logql/engine.ts';
import { evaluateLog } from '../../../logql/evaluate/log-query.ts';
import type { Evaluation } from '../../../logql/evaluate/read-entries.ts';
import { parseLogql } from '../../../logql/parse/parse.ts';
import type { QueryResult } from '../../../promql/result.ts';
import { findNearest, nearestText } from '../../../request/nearest.ts';
import { evaluationOf, type LokiHandler, type LokiRequest, tenantOf } from '../context.ts';
import { metricData, type ResultData, statisticsOf, streamData } from '../format.ts';
import { boundsOf, directionOf, durationOf, limitOf, parseTime } from '../parameters.ts';
import { LokiProblem } from '../problem.ts';

/** Number of entries that a query returns by default, and at most. */
const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 5000;
/** Maximum number of steps of a range query. */
export const MAX_STEPS = 11_000;
const NANOS_PER_SECOND = 1_000_000_000n;

/** `query`: evaluates a metric query at one time. */
export const query: LokiHandler = async (request) => {
  const { parameters } = request;
  const text = parameters.get('time') ?? '';
  const time = text === '' ? BigInt(Math.trunc(request.nowMillis())) * 1_000_000n : parseTime(text, 'time');
  limitOf(parameters, 'limit', DEFAULT_LIMIT, MAX_LIMIT);
  directionOf(parameters);
  const expr = parseLogql(parameters.get('query') ?? '');
  if (expr.kind === 'log') {
    throw new LokiProblem(
      400,
      'log queries are not supported as an instant query type, please change your query to a range query type',
    );
  }
  const range = { start: time, end: time };
  return respond(request, range, async (evaluation) => ofMetric(await evaluateInstant(expr, time, evaluation)));
};

/** `query_range`: evaluates a query over a range of time. */
export const queryRange: LokiHandler = async (request) => {
  const { parameters } = request;
  const { start, end } = boundsOf(parameters, request.nowMillis());
  if (end < start) {
    throw new LokiProblem(400, 'end timestamp must not be before or equal to start time');
  }
  const limit = limitOf(parameters, 'limit', DEFAULT_LIMIT, MAX_LIMIT);
  const direction = directionOf(parameters);
  const step = durationOf(parameters, 'step') ?? defaultStep(start, end);
  if (step <= 0n) {
    throw new LokiProblem(
      400,
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  const interval = durationOf(parameters, 'interval') ?? 0n;
  if (interval < 0n) throw new LokiProblem(400, 'interval must be >= 0');
  const expr = parseLogql(parameters.get('query') ?? '');
  if (expr.kind === 'log') {
    const options = { start, end, limit, direction, interval };
    return respond(request, { start, end }, async (evaluation) => {
      const entries = await evaluateLog(expr, options, evaluation);
      return { data: streamData(entries, isCategorized(request)), count: entries.length };
    });
  }
  const count = Number((end - start) / step) + 1;
  if (count > MAX_STEPS + 1) {
    throw new LokiProblem(
      400,
      'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter',
    );
  }
  return respond(request, { start, end }, async (evaluation) =>
    ofMetric(await evaluateSteps(expr, { start, step, count }, evaluation)),
  );
};

function defaultStep(start: bigint, end: bigint): bigint {
  const seconds = (end - start) / NANOS_PER_SECOND / 250n;
  return (seconds < 1n ? 1n : seconds) * NANOS_PER_SECOND;
}

/** Reports whether a client asks for labels by category. */
export function isCategorized({ request }: Pick<LokiRequest, 'request'>): boolean {
  const flags = request.headers.get('x-loki-response-encoding-flags') ?? '';
  return flags.split(',').some((flag) => flag.trim() === 'categorize-labels');
}

interface Found {
  readonly data: ResultData;
  readonly count: number;
}

function ofMetric(result: QueryResult): Found {
  return { data: metricData(result), count: 'series' in result ? result.series.length : 1 };
}

async function respond(
  request: LokiRequest,
  range: { readonly start: bigint; readonly end: bigint },
  evaluate: (evaluation: Evaluation) => Promise<Found>,
): Promise<object> {
  const evaluation = evaluationOf(request);
  const started = request.clock.monotonic();
  const { data, count } = await evaluate(evaluation);
  const stats = statisticsOf(evaluation.statistics, request.clock.monotonic() - started, count);
  const response = { status: 'success', data: { ...data, stats } };
  if (count > 0) return response;
  const read = { tenant: tenantOf(request), start: range.start, end: range.end + 1n };
  return { ...response, warnings: [nearestText(await findNearest(request.store(), read, 'logs'), 'log record')] };
}
