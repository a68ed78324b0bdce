import { parseLogqlSelector } from '../../../logql/parse/parse.ts';
import type { LabelMap } from '../../../logql/pipeline/entry-labels.ts';
import type { Matcher } from '../../../promql/labels/matcher.ts';
import { countStreams, streamKey } from '../../count/count-streams.ts';
import { INDEX_ATTRIBUTES, labelName, STREAM_LABELS_HINT, UNKNOWN_SERVICE } from '../../model/names.ts';
import { type LokiHandler, type LokiRequest, tenantOf } from '../context.ts';
import { boundsOf } from '../parameters.ts';
import { LokiProblem } from '../problem.ts';

/** The range of requests for labels without one. */
const SIX_HOURS_NANOS = 21_600_000_000_000n;
/** Maximum number of values of a label. */
const MAX_VALUES = 1000;
const MAX_STREAMS = 10_000;

/** `labels`: the names of the labels of streams. */
export const labels: LokiHandler = async (request) => {
  const names = new Set<string>();
  for (const [name, values] of await labelsIn(request)) if (values.size > 0) names.add(name);
  return { status: 'success', data: [...names].sort() };
};

/** `label/{name}/values`: the values of a label of streams. */
export const labelValues: LokiHandler = async (request) => {
  const found = await labelsIn(request, request.argument);
  return { status: 'success', data: [...(found.get(request.argument) ?? [])].sort() };
};

/** `series`: the labels of streams. */
export const series: LokiHandler = async (request) => {
  const { parameters } = request;
  const selectors = [...parameters.getAll('match'), ...parameters.getAll('match[]')].map(parseLogqlSelector);
  const bounds = boundsOf(parameters, request.nowMillis(), SIX_HOURS_NANOS);
  const found = new Map<string, LabelMap>();
  for (const matchers of selectors.length === 0 ? [[]] : selectors) {
    for (const [key, stream] of await streamsOf(request, matchers, bounds)) found.set(key, stream);
  }
  return { status: 'success', data: [...found.values()].map((stream) => Object.fromEntries(stream)) };
};

interface Bounds {
  readonly start: bigint;
  readonly end: bigint;
}

/** Returns the values of the labels in the range of a request, of one label or of all. */
export async function labelsIn(request: LokiRequest, only?: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const bounds = boundsOf(request.parameters, request.nowMillis(), SIX_HOURS_NANOS);
  const query = request.parameters.get('query') ?? '';
  if (query !== '' && query.replaceAll(/\s/g, '') !== '{}') {
    const streams = await streamsOf(request, parseLogqlSelector(query), bounds);
    const found = new Map<string, Set<string>>();
    for (const stream of streams.values()) {
      for (const [name, value] of stream) found.set(name, (found.get(name) ?? new Set()).add(value));
    }
    return found;
  }
  return labelsInStore(request, bounds, only);
}

async function labelsInStore(
  request: LokiRequest,
  { start, end }: Bounds,
  only: string | undefined,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const store = request.store();
  const common = { tenant: tenantOf(request), start, end, conditions: [], order: 'newest', limit: MAX_VALUES } as const;
  const facet = async (field: string): Promise<string[]> =>
    (await store.logFacet({ ...common, field })).map(({ value }) => value);
  const hints = await facet(`resource.${STREAM_LABELS_HINT}`);
  const keys = new Set([...INDEX_ATTRIBUTES, ...hints.flatMap((hint) => hint.split(','))]);
  const wanted = [...keys].filter((key) => only === undefined || labelName(key) === only);
  const found = new Map<string, Set<string>>();
  for (const key of wanted) {
    const values = await facet(key === 'service.name' ? 'service' : `resource.${key}`);
    const named = values.map((value) => (key === 'service.name' && value === '' ? UNKNOWN_SERVICE : value));
    const name = labelName(key);
    found.set(name, new Set([...(found.get(name) ?? []), ...named.filter((value) => value !== '')]));
  }
  return found;
}

/** Returns the streams that a selector finds, by a key. Throws a `LokiProblem` if there are too many. */
async function streamsOf(
  request: LokiRequest,
  matchers: readonly Matcher[],
  bounds: Bounds,
): Promise<ReadonlyMap<string, LabelMap>> {
  const streams = new Map<string, LabelMap>();
  for (const { stream } of await countStreams(request, matchers, bounds)) {
    streams.set(streamKey(stream), stream);
    if (streams.size > MAX_STREAMS) {
      throw new LokiProblem(400, `expected at most ${MAX_STREAMS} streams; add matchers or ask for a shorter range`);
    }
  }
  return streams;
}
