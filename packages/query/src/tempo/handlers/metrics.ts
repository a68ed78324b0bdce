import { parseDurationMillis } from '../../promql/parse/literals.ts';
import { parseGoDuration } from '../../request/go-duration.ts';
import { findNearest, nearestText } from '../../request/nearest.ts';
import { evaluateMetrics } from '../../traceql/metrics/evaluate.ts';
import { defaultStep, type Intervals, instantInterval, rangeIntervals } from '../../traceql/metrics/intervals.ts';
import type { SeriesSet } from '../../traceql/metrics/series.ts';
import type { Hints } from '../../traceql/parse/ast.ts';
import { parseTraceql } from '../../traceql/parse/parse.ts';
import { sourceOf, type TraceHandler, type TraceRequest, tenantOf } from '../../traceql/request.ts';
import { hasValue, instantResponse, rangeResponse, type SeriesResponse } from '../format/series.ts';
import { numberParameter, type TimeRange } from '../parameters.ts';
import { invalidParameter, TempoProblem } from '../problem.ts';

const MAX_POINTS = 11_000;
const DEFAULT_EXEMPLARS = 100;
const DEFAULT_SINCE = 3_600_000_000_000n;
const MAX_NANOS = 2n ** 63n - 1n;

/** `metrics/query_range`: returns series. */
export const queryRange: TraceHandler = async (request) => {
  const { start, end } = boundsOf(request);
  const step = stepOf(request.parameters, { start, end });
  const intervals = rangeIntervals(start, end, step);
  if (intervals.count > MAX_POINTS) {
    throw new TempoProblem(400, `step is too small: expected at most ${MAX_POINTS} points, got ${intervals.count}`);
  }
  return withHint(request, { start, end }, rangeResponse(await evaluate(request, intervals), intervals));
};

/** `metrics/query`: returns one value for each series. */
export const query: TraceHandler = async (request) => {
  const { start, end } = boundsOf(request);
  return withHint(request, { start, end }, instantResponse(await evaluate(request, instantInterval(start, end))));
};

/** Adds where the nearest spans are to a response without series, or with only the series of no spans. */
async function withHint(request: TraceRequest, range: TimeRange, response: SeriesResponse): Promise<object> {
  if (response.series.some(hasValue)) return response;
  const read = { tenant: tenantOf(request), start: range.start, end: range.end + 1n };
  return { ...response, message: nearestText(await findNearest(request.store(), read, 'traces'), 'span') };
}

async function evaluate(request: TraceRequest, intervals: Intervals): Promise<SeriesSet> {
  const text = request.parameters.get('q') || request.parameters.get('query') || '';
  const parsed = parseTraceql(text);
  if (parsed.kind !== 'metrics') {
    throw new TempoProblem(
      400,
      'invalid TraceQL query: not a metrics query: expected a function such as rate() after the pipeline',
    );
  }
  const requested = numberParameter(request.parameters, 'exemplars') ?? DEFAULT_EXEMPLARS;
  const exemplars = intervals.isInstant ? 0 : exemplarLimit(parsed.hints, requested);
  return evaluateMetrics(sourceOf(request), parsed.expression, intervals, exemplars);
}

/** The hint `exemplars` turns exemplars on or off, or limits them. */
function exemplarLimit(hints: Hints, requested: number): number {
  const limit = Math.min(requested, DEFAULT_EXEMPLARS);
  const hint = hints.get('exemplars');
  if (hint?.type === 'bool') return hint.value ? Math.max(1, limit) : 0;
  return hint?.type === 'int' ? Math.min(DEFAULT_EXEMPLARS, Math.max(0, Number(hint.value))) : limit;
}

/** The range of a query: `start` and `end`, or a time until now. */
function boundsOf({ parameters, nowMillis }: TraceRequest): TimeRange {
  const now = BigInt(Math.trunc(nowMillis())) * 1_000_000n;
  const end = timeParameter(parameters, 'end') ?? now;
  const start = timeParameter(parameters, 'start') ?? (end > now ? now : end) - sinceOf(parameters);
  if (start >= end)
    throw new TempoProblem(400, `http parameter start must be before end. received start=${start} end=${end}`);
  return { start, end };
}

function sinceOf(parameters: URLSearchParams): bigint {
  const text = parameters.get('since') ?? '';
  if (text === '') return DEFAULT_SINCE;
  const millis = parseDurationMillis(text);
  if (millis === undefined)
    throw new TempoProblem(
      400,
      `could not parse 'since' parameter: not a valid duration string: ${JSON.stringify(text)}`,
    );
  return BigInt(Math.trunc(millis)) * 1_000_000n;
}

/** Parses a time in seconds, in nanoseconds or in RFC 3339. */
function timeParameter(parameters: URLSearchParams, name: string): bigint | undefined {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const nanos = nanosOf(text);
  if (nanos === undefined || nanos > MAX_NANOS || nanos < -MAX_NANOS) {
    throw new TempoProblem(400, `could not parse '${name}' parameter: cannot parse ${JSON.stringify(text)} as a time`);
  }
  return nanos;
}

function nanosOf(text: string): bigint | undefined {
  if (/^\d{1,10}$/.test(text)) return BigInt(text) * 1_000_000_000n;
  if (/^\d{11,20}$/.test(text)) return BigInt(text);
  if (/^\d{1,10}\.\d+$/.test(text)) return BigInt(Math.round(Number(text) * 1000)) * 1_000_000n;
  const date = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  return Number.isNaN(date) ? undefined : BigInt(date) * 1_000_000n;
}

function stepOf(parameters: URLSearchParams, { start, end }: TimeRange): bigint {
  const text = parameters.get('step') ?? '';
  if (text === '') return defaultStep(start, end);
  const seconds = /^\d{1,12}(\.\d+)?$/.test(text) ? BigInt(Math.round(Number(text) * 1e9)) : parseGoDuration(text);
  if (seconds === undefined) throw invalidParameter('step', `cannot parse ${JSON.stringify(text)} to a valid duration`);
  if (seconds <= 0n) throw invalidParameter('step', `cannot parse ${JSON.stringify(text)}: step must be positive`);
  return seconds;
}
