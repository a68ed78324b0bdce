import { type FoundTrace, searchTraces } from '../../traceql/evaluate/search.ts';
import type { TraceFacts } from '../../traceql/evaluate/span.ts';
import type { Attribute, Hints } from '../../traceql/parse/ast.ts';
import { parseTraceql } from '../../traceql/parse/parse.ts';
import { type Plan, planPipeline } from '../../traceql/plan/plan.ts';
import { sourceOf, type TraceHandler, type TraceRequest } from '../../traceql/request.ts';
import { traceMetadata } from '../format/search.ts';
import { durationParameter, numberParameter, rangeParameters } from '../parameters.ts';
import { invalidParameter, TempoProblem } from '../problem.ts';
import { tagsQuery } from './tags-query.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1000;
const DEFAULT_SPANS = 3;
const MAX_SPANS = 1000;

/** `search`: finds traces by a query or by tags. */
export const search: TraceHandler = async (request) => {
  const { parameters } = request;
  const range = rangeParameters(parameters);
  const limit = numberParameter(parameters, 'limit') ?? DEFAULT_LIMIT;
  if (limit === 0) throw invalidParameter('limit', 'must be a positive number');
  if (limit > MAX_LIMIT) throw new TempoProblem(400, `limit ${limit} exceeds max limit ${MAX_LIMIT}`);
  const spansPerSet = numberParameter(parameters, 'spss') ?? DEFAULT_SPANS;
  if (spansPerSet > MAX_SPANS) throw new TempoProblem(400, `spss ${spansPerSet} exceeds max spss ${MAX_SPANS}`);
  const { plan, isQuery } = queryOf(request);
  const source = sourceOf(request);
  const found = await searchTraces(source, plan, { ...range, limit, accepts: durationLimits(request) });
  return {
    traces: found.traces.map((trace) =>
      responseOf(trace, plan.attributes, spansPerSet === 0 ? DEFAULT_SPANS : spansPerSet, isQuery),
    ),
    metrics: { inspectedTraces: found.inspected, completedJobs: 1, totalJobs: 1 },
  };
};

function responseOf(
  trace: FoundTrace,
  attributes: readonly Attribute[],
  spansPerSet: number,
  withSpans: boolean,
): object {
  return traceMetadata(trace, { attributes, spansPerSet, withSpans });
}

function queryOf({ parameters }: TraceRequest): { readonly plan: Plan; readonly isQuery: boolean } {
  const query = parameters.get('q') ?? '';
  const tags = parameters.get('tags') ?? '';
  if (query !== '' && tags !== '') {
    throw new TempoProblem(400, "invalid request: can't specify tags and q in the same query");
  }
  if (query === '') return { plan: planPipeline([tagsQuery(parameters)]), isQuery: false };
  const parsed = parseTraceql(query);
  if (parsed.kind === 'metrics') {
    throw new TempoProblem(
      400,
      'invalid TraceQL query: expected a search; /api/metrics/query_range runs metrics queries',
    );
  }
  checkHints(parsed.hints);
  return { plan: planPipeline(parsed.pipeline), isQuery: true };
}

/** The newest traces are always returned, so that `most_recent` has no effect. */
function checkHints(hints: Hints): void {
  const newest = hints.get('most_recent');
  if (newest !== undefined && newest.type !== 'bool') {
    throw new TempoProblem(400, `invalid TraceQL query: hint most_recent: expected true or false, got ${newest.type}`);
  }
}

function durationLimits({ parameters }: TraceRequest): ((trace: TraceFacts) => boolean) | undefined {
  const min = durationParameter(parameters, 'minDuration');
  const max = durationParameter(parameters, 'maxDuration');
  if (min === undefined && max === undefined) return undefined;
  if (min !== undefined && max !== undefined && min > max) {
    throw invalidParameter('maxDuration', 'must be greater than minDuration');
  }
  return ({ durationNanos }) =>
    (min === undefined || durationNanos >= min) && (max === undefined || durationNanos <= max);
}
