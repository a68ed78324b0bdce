import type { Condition, RangeQuery } from '../../contract.ts';
import { areScannable } from '../../scan/scan-filter.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { BUCKET_SQL } from '../../summaries/durations.ts';
import { SECTIONS } from '../../summaries/encode.ts';
import { versionOf } from '../../summaries/services.ts';
import type { PendingRequests } from '../../write/protocol.ts';
import { withDirect } from '../lookup/direct.ts';
import { sourcesOf } from '../scan/sources.ts';
import { compileConditions } from '../shared/conditions.ts';
import { asBigInt, asNumber, asText, type ReadContext, type Row, select, where, withRange } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { checkPatterns } from '../shared/patterns.ts';
import { requestCondition, SERVICE, SERVING_COLUMN, type SpansQuery, serviceConditions } from '../shared/requests.ts';
import { statementText } from '../shared/statements.ts';
import { stepsOf } from '../shared/steps.ts';
import { mergeFiles } from './merge-files.ts';
import { MergedRequests } from './merge-requests.ts';
import { partConditions, type RowPart } from './plan.ts';
import type { PackedRequests, RequestGrouping, ServiceItems } from './protocol.ts';

/** A query over requests. Conditions are evaluated on rows, because summaries do not have what they refer to. */
export type RequestsQuery = SpansQuery & {
  readonly steps: number;
  readonly conditions?: readonly Condition[];
};

/** The rows of a query: files, and what pending rows that no file contains contribute. */
export interface RequestSource {
  readonly files: Files;
  readonly pending?: { readonly services: readonly ServiceItems[]; readonly requests: PendingRequests };
  /** Whether the engine may read rows, for which the files have been checked. */
  readonly mayUseEngine: boolean;
}

/** Only the engine can read some rows. */
class EngineNeededError extends Error {
  override readonly name = 'EngineNeededError';
}

/**
 * Runs `work` over the spans of a query, whose pending rows are not written to a file if its conditions can be evaluated
 * without the engine. Returns `empty` if there are no spans.
 */
export async function withRequests<T>(
  context: ReadContext,
  query: RequestsQuery,
  by: RequestGrouping,
  empty: T,
  work: (source: RequestSource) => Promise<T>,
): Promise<T> {
  if (query.end <= query.start) return empty;
  const { conditions = [] } = query;
  try {
    // Without conditions, the summary of a snapshot is faster: it is extended by the rows since the last query.
    if (conditions.length === 0) {
      const mayUseEngine = false;
      return await withRange(context, query, 'traces', empty, (files) => work({ files, mayUseEngine }), 'summaries');
    }
    const found = areScannable(conditions) ? await directRequests(context, query, by, empty, work) : undefined;
    if (found !== undefined) return found.value;
  } catch (error) {
    if (!(error instanceof EngineNeededError)) throw error;
  }
  await checkPatterns(context, query);
  return withRange(context, query, 'traces', empty, (files) => work({ files, mayUseEngine: true }));
}

/** Runs `work` over files and what pending rows contribute; `undefined` if the engine must read those. */
async function directRequests<T>(
  context: ReadContext,
  query: RequestsQuery,
  by: RequestGrouping,
  empty: T,
  work: (source: RequestSource) => Promise<T>,
): Promise<{ readonly value: T } | undefined> {
  const { tenant, start, end, steps, service } = query;
  const question = {
    services: { start, end, service },
    requests: { range: { start, end, steps }, by, conditions: conditionsOf(query) },
  };
  return withDirect(context, tenant, 'traces', question, async ({ files: all, pending, reply }) => {
    const files = new Files(all).overlapping(start, end);
    const mayUseEngine = false;
    if (pending === undefined) return { value: files.isEmpty ? empty : await work({ files, mayUseEngine }) };
    const { services, requests: ofPending } = reply;
    if (services === undefined || ofPending === undefined) return undefined;
    return { value: await work({ files, pending: { services, requests: ofPending }, mayUseEngine }) };
  });
}

/** Returns the conditions of a query with that on its service. */
function conditionsOf({
  service,
  conditions = [],
}: Pick<RequestsQuery, 'service' | 'conditions'>): readonly Condition[] {
  return service === undefined ? conditions : [{ field: 'service', op: '=', value: service }, ...conditions];
}

/** Returns the services in a query's range with their items, from summaries and from the rows that these do not cover. */
export async function serviceItems(
  context: ReadContext,
  query: RangeQuery & { readonly service?: string },
  signal: 'traces' | 'logs',
  files: Files,
): Promise<readonly ServiceItems[]> {
  const wanted = { kind: 'services', ...rangeOf(query, 1), service: query.service } as const;
  const { parts, rows } = await mergeFiles(context, files, wanted, 0);
  const found = await Promise.all(
    rows.map(async (part) => {
      const scanned = await scanServices(context, query, signal, part);
      return scanned ?? (await serviceRows(context, query, signal, part));
    }),
  );
  return [...parts.flatMap(({ services = [] }) => services), ...found.flat()];
}

/** Counts the items among rows without the engine; `undefined` if it must do it. */
async function scanServices(
  { duck, limits, caller }: ReadContext,
  query: RangeQuery & { readonly service?: string },
  signal: 'traces' | 'logs',
  part: RowPart,
): Promise<readonly ServiceItems[] | undefined> {
  const request = { kind: 'services', signal, range: rangeOf(query, 1) } as const;
  const found = await duck.scan(
    { ...request, ...scannedRows(part, conditionsOf(query)), timeoutMillis: limits.timeoutMillis },
    caller,
  );
  return found?.kind === 'services' ? found.services : undefined;
}

function scannedRows({ files, ranges }: RowPart, conditions: readonly Condition[]) {
  return {
    sources: sourcesOf(files, conditions),
    conditions,
    ranges: ranges.map(({ start, end }) => ({ start, end })),
  };
}

/**
 * Returns the requests in a query's range by group and step. Requests are server and consumer spans, and the root spans
 * of services that have neither.
 */
export async function requests(
  context: ReadContext,
  query: RequestsQuery,
  by: RequestGrouping,
  source: RequestSource,
): Promise<MergedRequests> {
  const { files, pending } = source;
  const rootOnly = await rootOnlyServices(context, query, source);
  const merged = new MergedRequests();
  const isFiltered = query.conditions !== undefined && query.conditions.length > 0;
  const sections = SECTIONS.operations | (by === 'route' || by === 'operation' ? SECTIONS.names : 0);
  const wanted = { kind: 'requests', ...rangeOf(query, query.steps), service: query.service, by, rootOnly } as const;
  const { parts, rows } = isFiltered
    ? { parts: [], rows: files.isEmpty ? [] : [{ files, ranges: [query] }] }
    : await mergeFiles(context, files, wanted, sections);
  for (const part of parts) if (part.requests !== undefined) merged.addPacked(part.requests);
  if (pending !== undefined) {
    const roots = new Set(rootOnly);
    merged.addPacked(pending.requests.serving);
    merged.addPacked(pending.requests.roots, ([service, name]) =>
      roots.has(service) ? [by === 'service' || by === 'operation' ? service : '', name] : undefined,
    );
  }
  for (const part of rows) {
    const scanned = await scanPart(context, query, { by, rootOnly, part });
    if (scanned !== undefined) merged.addPacked(scanned);
    else if (source.mayUseEngine) await addRows(merged, context, query, { by, rootOnly, part });
    else throw new EngineNeededError('expected rows that can be read without the engine');
  }
  return merged;
}

interface RequestRows {
  readonly by: RequestGrouping;
  readonly rootOnly: readonly string[];
  readonly part: RowPart;
}

/** Counts the requests among rows without the engine; `undefined` if it must do it. */
async function scanPart(
  { duck, limits, caller }: ReadContext,
  query: RequestsQuery,
  { by, rootOnly, part }: RequestRows,
): Promise<PackedRequests | undefined> {
  const conditions = conditionsOf(query);
  if (!areScannable(conditions)) return undefined;
  const request = { kind: 'requests', range: rangeOf(query, query.steps), by, rootOnly } as const;
  const found = await duck.scan(
    { ...request, ...scannedRows(part, conditions), timeoutMillis: limits.timeoutMillis },
    caller,
  );
  return found?.kind === 'requests' ? found.requests : undefined;
}

function rangeOf({ start, end }: RangeQuery, steps: number) {
  return { start, end, steps };
}

/** Returns the services in a query's range that have neither server nor consumer spans. */
async function rootOnlyServices(
  context: ReadContext,
  query: SpansQuery,
  { files, pending }: RequestSource,
): Promise<readonly string[]> {
  const items = [...(await serviceItems(context, query, 'traces', files)), ...(pending?.services ?? [])];
  const serving = new Set(items.filter((one) => one.serving).map(({ service }) => service));
  return [...new Set(items.map(({ service }) => service))].filter((service) => !serving.has(service));
}

async function serviceRows(
  context: ReadContext,
  query: SpansQuery,
  signal: 'traces' | 'logs',
  part: RowPart,
): Promise<readonly ServiceItems[]> {
  const parameters = new ParameterBag();
  const time = `${TIME_COLUMN[signal]} AS time`;
  const columns = [SERVICE, 'resource_attributes', time, signal === 'traces' ? SERVING_COLUMN : 'false AS serving'];
  const conditions = [...serviceConditions(query, parameters), ...partConditions(part, signal)];
  const rows = `SELECT ${columns.join(', ')} FROM ${part.files.relation} ${where(conditions)}`;
  const found = await select(context, query.tenant, `WITH rows AS (${rows}) ${statementText('services')}`, parameters);
  return found.map((row) => ({
    service: asText(row['service']),
    version: versionOf(row['resource_attributes']),
    items: asNumber(row['items']),
    serving: row['serving'] === true,
    lastSeen: asBigInt(row['last_seen']),
  }));
}

const KEYS: Readonly<Record<RequestGrouping, string>> = {
  service: "coalesce(service_name, '') AS service, '' AS name",
  route: "'' AS service, name",
  operation: "coalesce(service_name, '') AS service, name",
  none: "'' AS service, '' AS name",
};

async function addRows(
  merged: MergedRequests,
  context: ReadContext,
  query: RequestsQuery,
  { by, rootOnly, part }: RequestRows,
): Promise<void> {
  const { files } = part;
  const parameters = new ParameterBag();
  const conditions = [
    ...serviceConditions(query, parameters),
    ...partConditions(part, 'traces'),
    requestCondition(rootOnly, parameters),
    ...compileConditions(query.conditions ?? [], { signal: 'traces', files, parameters }),
  ];
  const step = `${stepsOf(query).indexOf(TIME_COLUMN.traces)} AS step`;
  const columns = `${KEYS[by]}, ${step}, status_code = 'ERROR' AS failed, duration_ns AS duration`;
  const rows = `SELECT ${columns} FROM ${files.relation} ${where(conditions)}`;
  const text = `WITH rows AS (${rows}), cells AS (SELECT *, ${BUCKET_SQL} AS bucket FROM rows) ${statementText('requests')}`;
  for (const row of await select(context, query.tenant, text, parameters)) addRow(merged, row);
}

function addRow(merged: MergedRequests, row: Row): void {
  const stats = merged.stats(merged.group(asText(row['service']), asText(row['name'])), asNumber(row['step']));
  const [count, errors, sum, min, max] = ['requests', 'errors', 'total', 'shortest', 'longest'].map((name) =>
    asNumber(row[name]),
  );
  stats.add(count ?? 0, errors ?? 0, sum ?? 0, min ?? 0, max ?? 0);
  const pairs = asText(row['buckets']).split(' ');
  for (let i = 0; i + 1 < pairs.length; i += 2) stats.addBucket(Number(pairs[i]), Number(pairs[i + 1]));
}
