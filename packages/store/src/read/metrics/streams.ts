import { type MetricKind, QueryLimitError } from '../../contract.ts';
import type { MetricStream, MetricStreamsQuery } from '../../samples.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { attributeColumns, jsonAttributes, rowAttributes } from '../shared/attributes.ts';
import { asNumber, asText, type ReadContext, type Row, select, where, withRange } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { rangeConditions } from '../shared/steps.ts';
import { TEMPORALITIES } from './labels.ts';

/** Maximum number of names whose streams are kept for each file. */
const MAX_KEPT_NAMES = 50;

/**
 * Returns the streams that have points in the range, by name. The streams of files that are completely in the range are
 * kept, because files do not change: a query that is repeated over a growing range reads only the new ones.
 */
export async function metricStreams(context: ReadContext, query: MetricStreamsQuery): Promise<readonly MetricStream[]> {
  return withRange(context, query, 'metrics', [], async (files) => {
    const { names } = query;
    const isKept = names !== undefined && names.length <= MAX_KEPT_NAMES;
    const within = isKept ? files.all.filter((file) => new Files([file]).lieWithin(query.start, query.end)) : [];
    const others = files.all.filter((file) => !within.includes(file));
    const found = [
      ...(isKept ? await keptStreams(context, query, new Files(within), names) : []),
      ...(others.length === 0 ? [] : await readStreams(context, query, new Files(others))),
    ];
    const merged = merge(found);
    if (merged.length > query.limit) throw tooMany(query);
    return merged.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
  });
}

function tooMany({ limit }: MetricStreamsQuery): QueryLimitError {
  return new QueryLimitError(`the query selects more than ${limit} series; add matchers or a shorter range`);
}

function merge(streams: readonly MetricStream[]): MetricStream[] {
  const byId = new Map<string, MetricStream>();
  for (const stream of streams) {
    const before = byId.get(stream.id);
    if (before === undefined) byId.set(stream.id, stream);
    else if (stream.first < before.first || stream.last > before.last) {
      const [first, last] = [Math.min(before.first, stream.first), Math.max(before.last, stream.last)];
      byId.set(stream.id, { ...before, first, last });
    }
  }
  return [...byId.values()];
}

/** Returns the streams with the given names of whole files, of which only unknown ones are read. */
async function keptStreams(
  context: ReadContext,
  query: MetricStreamsQuery,
  files: Files,
  names: readonly string[],
): Promise<readonly MetricStream[]> {
  const found: MetricStream[] = [];
  const missing = files.all.filter(({ path }) => {
    const kept = names.map((name) => context.streams.get(path, name));
    if (kept.includes(undefined)) return true;
    found.push(...kept.flatMap((streams) => streams ?? []));
    return false;
  });
  if (missing.length === 0) return found;
  const read = await readStreams(context, query, new Files(missing), FILE);
  const byFile = Map.groupBy(read, ({ file }) => file);
  for (const { path } of missing) {
    const byName = Map.groupBy(byFile.get(path) ?? [], ({ name }) => name);
    for (const name of names) context.streams.set(path, name, byName.get(name) ?? []);
  }
  return [...found, ...read];
}

/** The column with the path of a row's file. */
const FILE = 'filename';

/** A stream of one file, if streams are read by file. */
interface FileStream extends MetricStream {
  readonly file: string;
}

async function readStreams(
  context: ReadContext,
  query: MetricStreamsQuery,
  files: Files,
  file?: typeof FILE,
): Promise<readonly FileStream[]> {
  const parameters = new ParameterBag();
  const conditions = [...rangeConditions(TIME_COLUMN.metrics, query, files), ...nameConditions(query, parameters)];
  const columns = [...FIXED, ...attributeColumns(files)].map((column) => `any_value(${column}) AS ${column}`);
  const groups = file === undefined ? 'series' : `series, ${file}`;
  const limit = file === undefined ? query.limit + 1 : (query.limit + 1) * files.all.length;
  const text =
    `SELECT series::VARCHAR AS id, min(epoch_ms(time))::DOUBLE AS first, max(epoch_ms(time))::DOUBLE AS last, ` +
    `${file ?? "''"} AS file, ${columns.join(', ')} FROM ${files.relation} ${where(conditions)} GROUP BY ${groups} ` +
    `LIMIT ${parameters.add(BigInt(limit))}`;
  const rows = await select(context, query.tenant, text, parameters);
  if (rows.length >= limit) throw tooMany(query);
  return rows.map(streamOf);
}

function streamOf(row: Row): FileStream {
  return {
    id: asText(row['id']),
    name: asText(row['name']),
    description: asText(row['description']),
    unit: asText(row['unit']),
    kind: asText(row['kind']) as MetricKind,
    monotonic: row['is_monotonic'] === true,
    temporality: TEMPORALITIES[asText(row['temporality'])] ?? 'unspecified',
    scopeName: asText(row['scope_name']),
    attributes: rowAttributes(row),
    resourceAttributes: jsonAttributes(row['resource_attributes']),
    first: asNumber(row['first']),
    last: asNumber(row['last']),
    file: asText(row['file']),
  };
}

const FIXED = [
  ...['name', 'description', 'unit', 'kind', 'is_monotonic', 'temporality'],
  ...['scope_name', 'resource_attributes'],
];

function nameConditions({ names }: MetricStreamsQuery, parameters: ParameterBag): readonly string[] {
  if (names === undefined) return [];
  if (names.length === 0) return ['false'];
  return [`name IN (${names.map((name) => parameters.add(name)).join(', ')})`];
}
