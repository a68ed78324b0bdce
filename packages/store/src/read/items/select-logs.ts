import type { SelectedLog, SelectLogsQuery } from '../../items.ts';
import { ATTRIBUTE_KEYS, ATTRIBUTES_MAP, type AttributeType, attributeColumn, TIME_COLUMN } from '../../schema.ts';
import type { Attributes, AttributeValue } from '../../values.ts';
import type { StatementResult } from '../duck/protocol.ts';
import { attributeColumns, jsonAttributes, jsonValue, plainNumber } from '../shared/attributes.ts';
import { asBigInt, asNumber, asOptionalText, asText, type ReadContext, where } from '../shared/context.ts';
import { Files } from '../shared/files.ts';
import { compileFilter } from '../shared/item-filter.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { rangeConditions } from '../shared/steps.ts';
import { timeSlices } from '../shared/time-slices.ts';

/** Limits of a single part. */
const PART = { maxRows: 4096, maxResultBytes: 4 << 20 };
/** Number of rows that decides the sizes of slices. A slice of whole rows must fit into the memory for sorting. */
const SLICED_ROWS = 25_000;
const COLUMNS = [
  ...['epoch_ns(log.time) AS time_ns', 'epoch_ns(observed_time) AS observed_ns', 'severity_number', 'severity_text'],
  ...['body', 'service_name', 'scope_name', 'trace_id', 'lower(hex(span_id)) AS span_id_text', 'event_name'],
  'resource_attributes',
];
/** Orders records with the same time as `searchLogs` does. */
const ORDER_COLUMNS = [
  ...['log.time', 'log.service_name', 'log.body', 'log.trace_id', 'log.span_id', 'log.severity_number'],
  ...['log.attr_keys', 'log.attrs::VARCHAR'],
];

/** Streams the log records that a query selects. */
export async function* selectLogs(
  context: ReadContext,
  query: SelectLogsQuery,
): AsyncGenerator<readonly SelectedLog[]> {
  const snapshot = await context.access.snapshot(query.tenant, 'logs');
  try {
    const all = new Files(snapshot.files.filter((file) => file.rows > 0));
    if (query.start >= query.end) return;
    if (query.order === undefined) {
      const files = all.overlapping(query.start, query.end);
      if (!files.isEmpty) yield* read(context, query, files);
      return;
    }
    for (const { start, end, files } of timeSlices(all, query, query.order, SLICED_ROWS)) {
      if (!files.isEmpty) yield* read(context, { ...query, start, end }, files);
    }
  } finally {
    context.access.release(snapshot);
  }
}

async function* read(
  context: ReadContext,
  query: SelectLogsQuery,
  files: Files,
): AsyncGenerator<readonly SelectedLog[]> {
  const { filter, order, tenant } = query;
  const parameters = new ParameterBag();
  const conditions = [
    ...rangeConditions(TIME_COLUMN.logs, query, files),
    ...(filter === undefined ? [] : [compileFilter(filter, { signal: 'logs', files, parameters })]),
  ];
  // Reverses every column, so that newest-first is the exact reverse of oldest-first.
  const direction = order === 'newest' ? 'DESC NULLS LAST' : 'ASC NULLS FIRST';
  const text =
    `SELECT ${[...COLUMNS, ...attributeColumns(files)].join(', ')} FROM ${files.relation} AS log ${where(conditions)}` +
    (order === undefined ? '' : ` ORDER BY ${ORDER_COLUMNS.map((column) => `${column} ${direction}`).join(', ')}`);
  const statement = { tenant, text, parameters: parameters.values, limits: { ...context.limits, ...PART } };
  const records = new LogColumns();
  for await (const result of context.duck.stream(statement)) yield records.recordsOf(result);
}

/** A key of an attribute and the column that has its value unless it is in the map. */
interface ListedKey {
  readonly key: string;
  readonly column: string;
}

/** Converts columns to records. Equal resources and lists of keys are parsed once. */
class LogColumns {
  readonly #resources = new Map<unknown, Attributes>();
  readonly #keys = new Map<string, readonly ListedKey[]>();

  recordsOf({ columns, rowCount }: StatementResult): readonly SelectedLog[] {
    const byName = new Map(columns.map(({ name, values }) => [name, values]));
    const none: readonly unknown[] = [];
    const column = (name: string): readonly unknown[] => byName.get(name) ?? none;
    const [time, observed, severity, text] = ['time_ns', 'observed_ns', 'severity_number', 'severity_text'].map(column);
    const [body, service, scope, trace] = ['body', 'service_name', 'scope_name', 'trace_id'].map(column);
    const [span, event, resource] = ['span_id_text', 'event_name', 'resource_attributes'].map(column);
    const [listed, map] = [column(ATTRIBUTE_KEYS), column(ATTRIBUTES_MAP)];
    return Array.from({ length: rowCount }, (_, row) => ({
      time: asBigInt(time?.[row]),
      observedTime: typeof observed?.[row] === 'bigint' ? observed[row] : undefined,
      severityNumber: asNumber(severity?.[row]),
      severityText: asText(text?.[row]),
      body: asText(body?.[row]),
      service: asText(service?.[row]),
      scopeName: asText(scope?.[row]),
      traceId: asOptionalText(trace?.[row]),
      spanId: asOptionalText(span?.[row]),
      eventName: asOptionalText(event?.[row]),
      attributes: this.#attributesOf(listed[row], map[row], (name) => byName.get(name)?.[row]),
      resourceAttributes: this.#resourceOf(resource?.[row]),
    }));
  }

  #resourceOf(text: unknown): Attributes {
    const known = this.#resources.get(text);
    if (known !== undefined) return known;
    if (this.#resources.size >= KEPT) this.#resources.clear();
    const attributes = jsonAttributes(text);
    this.#resources.set(text, attributes);
    return attributes;
  }

  #attributesOf(listed: unknown, map: unknown, value: (column: string) => unknown): Attributes {
    if (typeof listed !== 'string') return NONE;
    const attributes = new Map<string, AttributeValue>();
    for (const { key, column } of this.#listedKeys(listed)) {
      if (attributes.has(key)) continue;
      const promoted = value(column);
      const inMap = map instanceof Map ? (map.get(key) as string | undefined) : undefined;
      if (promoted !== null && promoted !== undefined) attributes.set(key, plainNumber(promoted as AttributeValue));
      else if (inMap !== undefined) attributes.set(key, jsonValue(inMap));
    }
    return Object.fromEntries(attributes);
  }

  #listedKeys(text: string): readonly ListedKey[] {
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    if (this.#keys.size >= KEPT) this.#keys.clear();
    const keys = (JSON.parse(text) as readonly string[]).map((entry) => {
      const key = entry.slice(0, -2);
      return { key, column: attributeColumn(key, entry.slice(-1) as AttributeType) };
    });
    this.#keys.set(text, keys);
    return keys;
  }
}

const NONE: Attributes = {};
/** Maximum number of parsed resources and lists of keys to keep. */
const KEPT = 2000;
