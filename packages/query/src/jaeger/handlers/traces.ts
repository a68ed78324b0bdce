import { sourceOf, type TraceHandler, type TraceRequest } from '../../traceql/request.ts';
import { jaegerTrace } from '../model/trace.ts';
import { durationParameter, integerParameter, invalidParameter, parseTraceId, timeParameter } from '../parameters.ts';
import { JaegerProblem } from '../problem.ts';
import { findTraces, type TraceSearch, wholeTraces } from '../search/find-traces.ts';
import { envelope } from './envelope.ts';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1500;
const MICROSECOND = 1000n;
const TWO_DAYS = 172_800_000_000_000n;

/** `traces/{id}`: a trace. */
export const trace: TraceHandler = async (request) => {
  timeParameter(request.parameters, 'start', MICROSECOND);
  timeParameter(request.parameters, 'end', MICROSECOND);
  const traces = await wholeTraces(sourceOf(request), [parseTraceId(request.argument)]);
  if (traces.length === 0) throw new JaegerProblem(404, 'trace not found');
  return envelope(traces.map(jaegerTrace), 0);
};

/** `traces`: the traces with some IDs, or those that a search finds. */
export const traces: TraceHandler = async (request) => {
  const { parameters } = request;
  const source = sourceOf(request);
  const ids = parameters.getAll('traceID').map(parseTraceId);
  const wanted =
    ids.length > 0 ? ids : (await findTraces(source, searchOf(request))).map(({ trace: one }) => one.traceId);
  const found = await wholeTraces(source, wanted.slice(0, MAX_LIMIT));
  const missing = ids.filter((id) => !found.some(([first]) => first?.traceId === id));
  const errors = missing.map((traceID) => ({ code: 404, msg: 'trace not found', traceID }));
  return { ...envelope(found.map(jaegerTrace)), errors: errors.length === 0 ? null : errors };
};

function searchOf({ parameters, nowMillis }: TraceRequest): TraceSearch {
  const service = parameters.get('service') ?? '';
  if (service === '') throw new JaegerProblem(400, "parameter 'service' is required");
  const end = timeParameter(parameters, 'end', MICROSECOND) ?? BigInt(Math.trunc(nowMillis())) * 1_000_000n;
  const start = timeParameter(parameters, 'start', MICROSECOND) ?? end - lookbackOf(parameters);
  const minDuration = durationParameter(parameters, 'minDuration');
  const maxDuration = durationParameter(parameters, 'maxDuration');
  if (minDuration !== undefined && maxDuration !== undefined && minDuration > maxDuration) {
    throw new JaegerProblem(400, "'maxDuration' should be greater than 'minDuration'");
  }
  return {
    service,
    operation: parameters.get('operation') ?? '',
    tags: tagsOf(parameters),
    limit: Math.min(integerParameter(parameters, 'limit', DEFAULT_LIMIT) || DEFAULT_LIMIT, MAX_LIMIT),
    ...{ start, end: end + 1n, minDuration, maxDuration },
  };
}

/** How far to look back from the end if there is no start. The UI sends `custom` together with a start. */
function lookbackOf(parameters: URLSearchParams): bigint {
  const text = parameters.get('lookback') ?? '';
  if (text === '' || text === 'custom') return TWO_DAYS;
  const days = /^(\d{1,4})d$/.exec(text)?.[1];
  return days === undefined
    ? (durationParameter(parameters, 'lookback') ?? TWO_DAYS)
    : BigInt(days) * 86_400_000_000_000n;
}

/** Parses `tag=key:value`, which can be repeated, and `tags`, a JSON object of texts. */
function tagsOf(parameters: URLSearchParams): readonly (readonly [string, string])[] {
  const single = parameters.getAll('tag').map((text): readonly [string, string] => {
    const at = text.indexOf(':');
    if (at < 0) throw new JaegerProblem(400, `malformed 'tag' parameter, expecting key:value, received: ${text}`);
    return [text.slice(0, at), text.slice(at + 1)];
  });
  return [...single, ...parameters.getAll('tags').flatMap((text) => tagsFromJson('tags', text))];
}

/** Parses a JSON object of texts. */
export function tagsFromJson(name: string, text: string): readonly (readonly [string, string])[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw invalidParameter(name, `malformed parameter, cannot unmarshal JSON: ${text.slice(0, 100)}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw invalidParameter(name, `expected a JSON object of texts, got ${text.slice(0, 100)}`);
  }
  return Object.entries(parsed).map(([key, value]) => {
    if (typeof value === 'string') return [key, value];
    throw invalidParameter(name, `expected a text for ${JSON.stringify(key)}, got ${JSON.stringify(value)}`);
  });
}
