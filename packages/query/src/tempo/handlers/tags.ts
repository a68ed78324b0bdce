import type { RecordedAttributes, SelectedSpan } from '@otelier/store';
import { sourceOf, type TraceHandler, type TraceRequest, tenantOf } from '../../traceql/request.ts';
import { numberParameter, rangeParameters } from '../parameters.ts';
import { TempoProblem } from '../problem.ts';
import { tagFilter } from './tag-filter.ts';
import { spansFor } from './tag-spans.ts';

const SCOPES = ['resource', 'span', 'event', 'link', 'instrumentation', 'intrinsic'] as const;
type Scope = (typeof SCOPES)[number];
const MAX_TAGS = 10_000;

/** Intrinsics that can be searched for. */
const INTRINSIC_TAGS = [
  ...['duration', 'event:name', 'event:timeSinceStart', 'instrumentation:name', 'instrumentation:version', 'kind'],
  ...['link:spanID', 'link:traceID', 'name', 'rootName', 'rootServiceName', 'span:childCount', 'span:duration'],
  ...['span:id', 'span:kind', 'span:name', 'span:parentID', 'span:status', 'span:statusMessage', 'status'],
  ...['statusMessage', 'trace:duration', 'trace:id', 'trace:rootName', 'trace:rootService', 'traceDuration'],
];

/** `search/tags`: the names of tags. */
export const tags: TraceHandler = async (request) => {
  const names = await tagNames(request);
  const own = scopeOf(request.parameters) === undefined ? SCOPES.filter((scope) => scope !== 'intrinsic') : SCOPES;
  const all = new Set(own.flatMap((scope) => [...(names.get(scope) ?? [])]));
  return { tagNames: limited(request, all), metrics: {} };
};

/** `v2/search/tags`: the names of tags by scope. */
export const tagsV2: TraceHandler = async (request) => {
  const names = await tagNames(request);
  const scopes = [...names].filter(([, found]) => found.size > 0);
  return { scopes: scopes.map(([name, found]) => ({ name, tags: limited(request, found) })), metrics: {} };
};

function limited({ parameters }: TraceRequest, names: ReadonlySet<string>): readonly string[] {
  const limit = numberParameter(parameters, 'limit') || MAX_TAGS;
  return [...names].toSorted().slice(0, Math.min(limit, MAX_TAGS));
}

function scopeOf(parameters: URLSearchParams): Scope | undefined {
  const text = parameters.get('scope') ?? '';
  if (text === '' || text === 'all' || text === 'none') return undefined;
  const scope = SCOPES.find((name) => name === text);
  if (scope !== undefined) return scope;
  throw new TempoProblem(400, `invalid scope: ${text}`);
}

async function tagNames(request: TraceRequest): Promise<ReadonlyMap<Scope, ReadonlySet<string>>> {
  const { parameters } = request;
  const range = rangeParameters(parameters);
  const scope = scopeOf(parameters);
  const wanted = scope === undefined ? SCOPES : [scope];
  const found = new Map<Scope, Set<string>>(wanted.map((name) => [name, new Set()]));
  found.get('intrinsic')?.clear();
  if (found.has('intrinsic')) found.set('intrinsic', new Set(INTRINSIC_TAGS));
  const parts = {
    attributes: found.has('span') && parameters.has('q') ? 'all' : [],
    resource: found.has('resource'),
    scope: found.has('instrumentation'),
    events: found.has('event'),
    links: found.has('link'),
  } as const;
  if (found.has('span') && !parameters.has('q')) {
    const query = { ...range, tenant: tenantOf(request), signal: 'traces', limit: MAX_TAGS } as const;
    for (const { value } of await request.store().attributeKeys(query)) found.get('span')?.add(value);
  }
  if (scope === 'intrinsic' || (scope === 'span' && !parameters.has('q'))) return found;
  const condition = tagFilter(parameters);
  for await (const spans of spansFor(sourceOf(request), range, condition, [], parts)) {
    for (const { span } of spans) collect(found, span);
  }
  return found;
}

function collect(found: ReadonlyMap<Scope, Set<string>>, span: SelectedSpan): void {
  const add = (scope: Scope, attributes: RecordedAttributes): void => {
    const names = found.get(scope);
    if (names === undefined || names.size >= MAX_TAGS) return;
    for (const name of attributes.keys()) names.add(name);
  };
  add('span', span.attributes);
  add('resource', span.resourceAttributes);
  add('instrumentation', span.scopeAttributes);
  for (const { attributes } of span.events) add('event', attributes);
  for (const { attributes } of span.links) add('link', attributes);
}
