import { DataPointView, EXEMPLAR_FIELDS } from '@otelier/otlp';
import { type MetricKind, QueryLimitError } from '../../contract.ts';
import { parseJson } from '../../read/shared/json.ts';
import type {
  Distribution,
  MetricSamples,
  MetricSamplesQuery,
  MetricStream,
  MetricStreamsQuery,
} from '../../samples.ts';
import type { Attributes, AttributeValue } from '../../values.ts';
import { attributesIn } from '../decode/attributes.ts';
import { bytesOf } from '../decode/groups.ts';
import { RESOURCE_VALUES, SERIES, START_NS, TIME_NS, VALUES } from '../schema/layout.ts';
import {
  asDouble,
  asNumber,
  asText,
  type ClickHouseContext,
  type Row,
  select,
  stream,
  tableOf,
  where,
} from '../shared/context.ts';
import { itemRows } from '../shared/item-rows.ts';
import { quoteList } from '../shared/quote.ts';
import { temporalityOf } from './names.ts';
import { pointsFrom, pointsRange, tableOfKind } from './points.ts';

/** Returns the streams that have points in the range, by name. */
export async function metricStreams(
  context: ClickHouseContext,
  query: MetricStreamsQuery,
): Promise<readonly MetricStream[]> {
  const { names, limit } = query;
  if (query.end <= query.start || names?.length === 0) return [];
  const conditions = [...pointsRange(query), ...(names === undefined ? [] : [`MetricName IN ${quoteList(names)}`])];
  const parts = ['MetricName', 'MetricUnit', 'monotonic', 'temporality', SERIES];
  const columns = [
    ...parts,
    ...['MetricDescription', 'ScopeName', 'Attributes', VALUES, 'ResourceAttributes', RESOURCE_VALUES, TIME_NS],
  ];
  const groups = ['kind', ...parts].join(', ');
  const text =
    `SELECT ${groups}, intDiv(min(${TIME_NS}), 1000000) AS first, intDiv(max(${TIME_NS}), 1000000) AS last, ` +
    `any(MetricDescription) AS description, any(ScopeName) AS scope, any(Attributes) AS texts, any(${VALUES}) AS others, ` +
    `any(ResourceAttributes) AS resource, any(${RESOURCE_VALUES}) AS other_resource ` +
    `FROM ${pointsFrom(context, columns, conditions)} GROUP BY ${groups} LIMIT ${limit + 1}`;
  const rows = await select(context, text);
  if (rows.length > limit) {
    throw new QueryLimitError(`the query selects more than ${limit} series; add matchers or a shorter range`);
  }
  return rows.map(streamOf).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1));
}

function streamOf(row: Row): MetricStream {
  return {
    id: JSON.stringify([row[SERIES], row['MetricUnit'], row['temporality'], row['monotonic'], row['kind']]),
    name: asText(row['MetricName']),
    description: asText(row['description']),
    unit: asText(row['MetricUnit']),
    kind: asText(row['kind']) as MetricKind,
    monotonic: row['monotonic'] === true,
    temporality: temporalityOf(row['temporality']),
    scopeName: asText(row['scope']),
    attributes: mapAttributes(row['texts'], row['others']),
    resourceAttributes: mapAttributes(row['resource'], row['other_resource']),
    first: asNumber(row['first']),
    last: asNumber(row['last']),
  };
}

/** Returns the attributes in the map of texts, and in the map of those that are not strings. */
function mapAttributes(texts: unknown, others: unknown): Attributes {
  const typed = new Map(Object.entries((others ?? {}) as Readonly<Record<string, string>>));
  return Object.fromEntries(
    Object.entries((texts ?? {}) as Readonly<Record<string, string>>).map(([key, text]) => {
      const other = typed.get(key);
      return [key, other === undefined ? text : parsedValue(other)];
    }),
  );
}

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function parsedValue(text: string): AttributeValue {
  return NUMBERS.get(text) ?? (parseJson(text, BigInt) as AttributeValue);
}

/** Returns the points of streams as columns. */
export async function metricSamples(
  context: ClickHouseContext,
  query: MetricSamplesQuery,
): Promise<readonly MetricSamples[]> {
  const { streams, end, start } = query;
  if (streams.length === 0 || end <= start) return [];
  const budget = { points: query.limit };
  const found = new Map<MetricStream, MetricSamples>();
  for (const [kind, own] of Map.groupBy(streams, (one) => one.kind)) {
    await readKind(context, query, { kind, streams: own, budget, found });
  }
  return streams.flatMap((one) => found.get(one) ?? []);
}

/** The streams of a kind of metrics, and what was read so far. */
interface KindRead {
  readonly kind: MetricKind;
  readonly streams: readonly MetricStream[];
  readonly budget: { points: number };
  readonly found: Map<MetricStream, MetricSamples>;
}

async function readKind(context: ClickHouseContext, query: MetricSamplesQuery, read: KindRead): Promise<void> {
  const table = tableOfKind(read.kind);
  const isNumber = read.kind === 'gauge' || read.kind === 'sum';
  const needsItem = !isNumber || query.exemplars === true;
  const identity = [
    ...[SERIES, 'MetricUnit'],
    table === 'gauge' || table === 'summary' ? '0' : 'AggregationTemporality',
    table === 'sum' ? 'IsMonotonic' : 'false',
  ];
  const columns = [
    ...identity,
    `intDiv(${TIME_NS}, 1000000)`,
    query.withoutStartTimes === true && isNumber ? '0' : `intDiv(${START_NS}, 1000000)`,
    'bitAnd(Flags, 1)',
    isNumber ? 'Value' : '0',
  ];
  const names = [...new Set(read.streams.map(({ name }) => name))];
  const series = read.streams.map(({ id }) => (JSON.parse(id) as readonly string[])[0] ?? '');
  const conditions = [
    ...pointsRange(query),
    `MetricName IN ${quoteList(names)}`,
    `${SERIES} IN (${[...new Set(series)].join(', ')})`,
  ];
  const named = [...columns.map((sql, index) => `${sql} AS c${index}`), `${TIME_NS} AS nanos`];
  const from = needsItem
    ? itemRows(context, table, [...named, 'item'], conditions)
    : `(SELECT ${named.join(', ')}, '' AS item FROM ${tableOf(context, table)} ${where(conditions)})`;
  const text = `SELECT ${columns.map((_, index) => `c${index}`).join(', ')}, item FROM ${from} ORDER BY c0, c1, nanos`;
  const byId = new Map(read.streams.map((one) => [one.id, new Points(one, query.exemplars === true)]));
  for await (const row of stream(context, text)) {
    const points = byId.get(JSON.stringify([...row.slice(0, 4), read.kind]));
    if (points === undefined) continue;
    if (--read.budget.points < 0) {
      throw new QueryLimitError(
        `the query reads more than ${query.limit} points; add matchers, a longer step or a shorter range`,
      );
    }
    points.add(row.slice(4), table);
  }
  for (const [id, points] of byId) {
    const one = read.streams.find((wanted) => wanted.id === id);
    const samples = points.finish();
    if (one !== undefined && samples !== undefined) read.found.set(one, samples);
  }
}

/** The points of a stream as they are read. */
class Points {
  readonly #stream: MetricStream;
  readonly #withExemplars: boolean;
  readonly #times: number[] = [];
  readonly #startTimes: number[] = [];
  readonly #values: number[] = [];
  readonly #stale: number[] = [];
  readonly #distributions: Distribution[] = [];
  readonly #exemplars: MetricSamples['exemplars'][number][] = [];
  readonly #point = new DataPointView();

  constructor(of: MetricStream, withExemplars: boolean) {
    this.#stream = of;
    this.#withExemplars = withExemplars;
  }

  add([time, start, stale, value, item]: readonly unknown[], table: ReturnType<typeof tableOfKind>): void {
    const isNumber = table === 'gauge' || table === 'sum';
    this.#times.push(Number(time));
    this.#startTimes.push(Number(start));
    this.#stale.push(Number(stale));
    this.#values.push(isNumber ? asDouble(value) : Number.NaN);
    if (item === '') return;
    const point = this.#point.ofKind(table).reset(bytesOf(item));
    if (!isNumber) this.#distributions.push(distributionOf(point));
    if (this.#withExemplars) this.#exemplars.push(...point.exemplars.map(exemplarOf));
  }

  finish(): MetricSamples | undefined {
    if (this.#times.length === 0) return undefined;
    const isNumber = this.#stream.kind === 'gauge' || this.#stream.kind === 'sum';
    return {
      stream: this.#stream,
      times: Float64Array.from(this.#times),
      startTimes: Float64Array.from(this.#startTimes),
      values: Float64Array.from(this.#values),
      stale: Uint8Array.from(this.#stale),
      distributions: isNumber ? undefined : this.#distributions,
      exemplars: this.#exemplars,
    };
  }
}

function distributionOf(point: DataPointView): Distribution {
  const bucketsOf = (buckets: DataPointView['positive']) => ({
    offset: buckets?.offset ?? 0,
    counts: (buckets?.bucketCounts ?? []).map(Number),
  });
  return {
    count: Number(point.count ?? 0),
    sum: point.sum ?? 0,
    bounds: point.explicitBounds ?? [],
    bucketCounts: (point.bucketCounts ?? []).map(Number),
    scale: point.scale ?? 0,
    zeroCount: Number(point.zeroCount ?? 0),
    zeroThreshold: point.zeroThreshold ?? 0,
    positive: bucketsOf(point.positive),
    negative: bucketsOf(point.negative),
    quantiles: point.quantileValues ?? [],
  };
}

function exemplarOf(exemplar: DataPointView['exemplars'][number]): MetricSamples['exemplars'][number] {
  return {
    time: Number(exemplar.timeUnixNano / 1_000_000n),
    value: Number(exemplar.value ?? 0),
    traceId: exemplar.traceId,
    spanId: exemplar.spanId,
    attributes: attributesIn(exemplar, EXEMPLAR_FIELDS.filteredAttributes),
  };
}
