import { JsonText, jsonResponse } from '../../../api/json.ts';
import { LIMITS } from '../../../api/limits.ts';
import { DEFAULT_OPTIONS, evaluateInstant, evaluateRange, rangeTypeProblem } from '../../../promql/engine.ts';
import type { EvaluationOptions } from '../../../promql/evaluate/context.ts';
import type { Expr } from '../../../promql/parse/ast.ts';
import { ALL_FEATURES } from '../../../promql/parse/options.ts';
import { parsePromql } from '../../../promql/parse/parse.ts';
import type { Evaluated, QueryResult } from '../../../promql/result.ts';
import { nearestText } from '../../../request/nearest.ts';
import type { StoreSource } from '../../store-source.ts';
import { type PrometheusHandler, type PrometheusRequest, sourceOf } from '../context.ts';
import { createControl } from '../control.ts';
import { resultData } from '../format.ts';
import { matrixJson } from '../matrix-json.ts';
import { durationOf, limitOf, timeOf } from '../parameters.ts';
import { invalidParameter, PrometheusProblem } from '../problem.ts';

/** Maximum number of steps of a range query. */
export const MAX_STEPS = 11_000;
/** Maximum number of warnings and of infos in a response. */
const MAX_ANNOTATIONS = 10;
/** Maximum number of samples in memory of one query. */
const MAX_SAMPLES = 10_000_000;

/** `query`: evaluates an expression at one time. */
export const query: PrometheusHandler = async (request) => {
  const time = timeOf(request.parameters, 'time', request.nowMillis());
  const expr = exprOf(request);
  const source = sourceOf(request);
  const evaluated = await evaluateInstant(expr, time, source, optionsOf(request), controlOf(request));
  return respond(request, evaluated, source);
};

/** `query_range`: evaluates an expression at the steps of a range. */
export const queryRange: PrometheusHandler = async (request) => {
  const { parameters } = request;
  const start = timeOf(parameters, 'start');
  const end = timeOf(parameters, 'end');
  if (end < start) throw invalidParameter('end', 'end timestamp must not be before start time');
  const step = durationOf(parameters, 'step');
  if (step === undefined) throw invalidParameter('step', 'cannot parse "" to a valid duration');
  if (step < 1) {
    throw invalidParameter(
      'step',
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    );
  }
  if ((end - start) / step > MAX_STEPS) {
    throw new PrometheusProblem(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    );
  }
  const range = { start, end, step: Math.trunc(step) };
  const expr = exprOf(request);
  const problem = rangeTypeProblem(expr);
  if (problem !== undefined) throw invalidParameter('query', problem);
  const source = sourceOf(request);
  const evaluated = await evaluateRange(expr, range, source, optionsOf(request), controlOf(request));
  return respond(request, evaluated, source);
};

function exprOf({ parameters }: PrometheusRequest): Expr {
  return parsePromql(parameters.get('query') ?? '', ALL_FEATURES);
}

function optionsOf({ parameters }: PrometheusRequest): EvaluationOptions {
  const lookbackMillis = durationOf(parameters, 'lookback_delta');
  if (lookbackMillis !== undefined && lookbackMillis <= 0) {
    throw invalidParameter('lookback_delta', 'expected a positive duration');
  }
  return {
    ...DEFAULT_OPTIONS,
    maxSamples: MAX_SAMPLES,
    ...(lookbackMillis === undefined ? {} : { lookbackMillis }),
  };
}

function controlOf({ parameters, clock, request }: PrometheusRequest): ReturnType<typeof createControl> {
  const timeout = durationOf(parameters, 'timeout') ?? LIMITS.queryMillis;
  return createControl(clock, Math.min(LIMITS.queryMillis, Math.max(0, timeout)), request.signal);
}

async function respond(
  { parameters }: PrometheusRequest,
  { result, annotations }: Evaluated,
  source: StoreSource,
): Promise<object> {
  const text = parameters.get('query') ?? '';
  const limited = limitSeries(result, limitOf(parameters));
  const warnings = shortened(annotations.messages(text, 'warning'), 'warning');
  if (limited !== result) warnings.push('results truncated due to limit');
  const infos = [...shortened(annotations.messages(text, 'info'), 'info'), ...(await hintsOf(result, source))];
  if (limited.kind !== 'matrix') return new Envelope(resultData(limited), warnings, infos);
  const notes = { ...(warnings.length > 0 && { warnings }), ...(infos.length > 0 && { infos }) };
  return jsonResponse(new JsonText(matrixJson(limited.series, notes)));
}

/**
 * Says where the nearest metrics are, for a query without results whose range has none. A range with other metrics gets no
 * hint: that a series does not exist is what many queries of alerts and dashboards find.
 */
async function hintsOf(result: QueryResult, source: StoreSource): Promise<readonly string[]> {
  if (!('series' in result) || result.series.length > 0) return [];
  const nearest = await source.nearestData();
  if (nearest === undefined || nearest.inRange) return [];
  return nearest.before === undefined && nearest.after === undefined ? [] : [nearestText(nearest, 'data point')];
}

/** The data of a response with its warnings and infos. */
export class Envelope {
  readonly data: unknown;
  readonly warnings: readonly string[];
  readonly infos: readonly string[];

  constructor(data: unknown, warnings: readonly string[], infos: readonly string[] = []) {
    this.data = data;
    this.warnings = warnings;
    this.infos = infos;
  }
}

function limitSeries(result: QueryResult, limit: number): QueryResult {
  if (limit === 0 || result.kind === 'scalar' || result.kind === 'string' || result.series.length <= limit)
    return result;
  return { ...result, series: result.series.slice(0, limit) };
}

function shortened(messages: readonly string[], level: string): string[] {
  if (messages.length <= MAX_ANNOTATIONS) return [...messages];
  const omitted = messages.length - MAX_ANNOTATIONS;
  return [...messages.slice(0, MAX_ANNOTATIONS), `${omitted} more ${level} annotations omitted`];
}
