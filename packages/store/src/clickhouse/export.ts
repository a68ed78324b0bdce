import { METRIC_DATA_FIELDS, METRIC_FIELDS, SIGNALS, type Signal, WireWriter } from '@otelier/otlp';
import type { ExportQuery } from './../contract.ts';
import { bytesOf } from './decode/groups.ts';
import { type ItemTable, POINT_TABLES, type PointTable, SIGNAL_COLUMNS } from './schema/layout.ts';
import { type ClickHouseContext, clamped, ofTenant, stream } from './shared/context.ts';
import { itemRows } from './shared/item-rows.ts';

/** Size of the items of a request, in bytes, at which it is complete. */
const REQUEST_BYTES = 2 << 20;

/** An item with the fields of the groups that contain it, as `bytesOf` reads them. */
export interface ExportedItem {
  readonly resource: string;
  readonly scope: string;
  /** The metric of a data point. */
  readonly metric?: { readonly table: PointTable; readonly fields: string; readonly data: string };
  readonly item: string;
}

/** Exports stored telemetry as OTLP requests. */
export async function* exportRequests(context: ClickHouseContext, query: ExportQuery): AsyncGenerator<Uint8Array> {
  const { signal } = query;
  if (signal === 'profiles') return;
  const { nanos } = SIGNAL_COLUMNS[signal];
  const conditions = [
    ofTenant(query.tenant),
    ...(query.start === undefined ? [] : [`${nanos} >= ${clamped(query.start)}`]),
    ...(query.end === undefined ? [] : [`${nanos} < ${clamped(query.end)}`]),
  ];
  const tables: readonly ItemTable[] = signal === 'metrics' ? POINT_TABLES : [signal];
  for (const table of tables) yield* requestsOf(signal, exportRows(context, table, conditions));
}

/** Streams the items of a table, sorted by columns of its own. */
export async function* exportRows(
  context: ClickHouseContext,
  table: ItemTable,
  conditions: readonly string[],
  { columns = [], orderBy = '' }: { readonly columns?: readonly string[]; readonly orderBy?: string } = {},
): AsyncGenerator<ExportedItem> {
  const isPoint = table !== 'traces' && table !== 'logs';
  const parts = ['resource', 'scope', 'item', ...(isPoint ? ['metric', 'data'] : [])];
  const text = `SELECT ${parts.join(', ')} FROM ${itemRows(context, table, [...parts, ...columns], conditions)} ${orderBy}`;
  for await (const row of stream(context, text)) {
    const [resource = '', scope = '', item = '', fields = '', data = ''] = row.map(String);
    yield { resource, scope, item, ...(isPoint && { metric: { table, fields, data } }) };
  }
}

/** Builds requests in which consecutive items with equal groups share them. */
export async function* requestsOf(signal: Signal, items: AsyncIterable<ExportedItem>): AsyncGenerator<Uint8Array> {
  const builder = new RequestBuilder(signal);
  for await (const item of items) {
    builder.add(item);
    if (builder.sizeBytes >= REQUEST_BYTES) yield builder.finish();
  }
  if (builder.sizeBytes > 0) yield builder.finish();
}

/** Writes items into a request. A group is closed when an item of another one follows. */
class RequestBuilder {
  readonly #fields: { readonly resource: number; readonly scope: number; readonly item: number };
  readonly #writer = new WireWriter(1 << 16);
  #open: ExportedItem | undefined;
  sizeBytes = 0;

  constructor(signal: Signal) {
    const { resourceField, scopeField, itemField } = SIGNALS[signal];
    this.#fields = { resource: resourceField, scope: scopeField, item: itemField };
  }

  add(item: ExportedItem): void {
    const writer = this.#writer;
    this.#moveTo(item);
    const bytes = bytesOf(item.item);
    writer.bytesField(item.metric === undefined ? this.#fields.item : METRIC_DATA_FIELDS.dataPoints, bytes);
    this.sizeBytes += bytes.length + 1;
  }

  finish(): Uint8Array {
    this.#close(0);
    this.sizeBytes = 0;
    return this.#writer.finish();
  }

  /** Closes and opens groups, so that the next item is written into its own. */
  #moveTo(item: ExportedItem): void {
    const before = this.#open;
    const isSameResource = before?.resource === item.resource;
    const isSameScope = isSameResource && before?.scope === item.scope;
    const isSameMetric = isSameScope && isSame(before?.metric, item.metric);
    if (isSameMetric && before !== undefined) return;
    if (before !== undefined) this.#close(isSameScope ? 2 : isSameResource ? 1 : 0);
    const writer = this.#writer;
    if (!isSameResource) this.#group(this.#fields.resource, item.resource);
    if (!isSameScope) this.#group(this.#fields.scope, item.scope);
    if (item.metric !== undefined) {
      this.#group(this.#fields.item, item.metric.fields);
      writer.open(METRIC_FIELDS[item.metric.table]);
      writer.raw(bytesOf(item.metric.data));
    }
    this.#open = item;
  }

  #group(field: number, part: string): void {
    this.#writer.open(field);
    this.#writer.raw(bytesOf(part));
  }

  /** Closes the groups below a depth: 0 closes the resource, 1 the scope, and 2 only the metric. */
  #close(depth: 0 | 1 | 2): void {
    const open = this.#open;
    if (open === undefined) return;
    if (open.metric !== undefined) {
      this.#writer.close();
      this.#writer.close();
    }
    for (let level = 2; level > depth; level--) this.#writer.close();
    this.#open = undefined;
  }
}

function isSame(a: ExportedItem['metric'], b: ExportedItem['metric']): boolean {
  return a?.fields === b?.fields && a?.data === b?.data && a?.table === b?.table;
}
