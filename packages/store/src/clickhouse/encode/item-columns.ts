import { hash } from 'node:crypto';
import {
  DATA_POINT_FIELDS,
  type DataPointView,
  encodeHex,
  LOG_RECORD_FIELDS,
  type LogRecordView,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  type MessageView,
  type MetricView,
  RESOURCE_FIELDS,
  type ResourceView,
  SCHEMA_URL_FIELD,
  type ScopeView,
  SPAN_FIELDS,
  type SpanView,
  TrustedReader,
  WireWriter,
} from '@otelier/otlp';
import {
  DATA,
  HEX_SUFFIX,
  ITEM,
  METRIC,
  RESOURCE,
  RESOURCE_VALUES,
  SCOPE,
  SERIES,
  START_NS,
  TENANT,
  TIME_NS,
  VALUES,
} from '../schema/layout.ts';
import { clamped } from '../shared/context.ts';
import { jsonText, otherValues } from './value-text.ts';

/** The columns that an insert of the store has beside those of the Collector. */
export const ADDED_COLUMNS: readonly string[] = [
  ...[TENANT, VALUES, RESOURCE_VALUES],
  ...[ITEM, RESOURCE, SCOPE].map((name) => name + HEX_SUFFIX),
];
/** The columns that an insert of data points has in addition. */
export const ADDED_POINT_COLUMNS: readonly string[] = [
  ...[TIME_NS, START_NS, SERIES],
  ...[METRIC, DATA].map((name) => name + HEX_SUFFIX),
];

/** Encodes the columns that the store adds to the rows of a batch, as members of JSON objects. */
export class ItemColumns {
  readonly #tenant: string;
  /** Time of items that have none. */
  readonly arrivalNanos: bigint;
  readonly #resource = new GroupColumns(RESOURCE, (view) => [
    field(RESOURCE_VALUES, mapText(otherValues(view, RESOURCE_FIELDS.attributes))),
  ]);
  readonly #scope = new GroupColumns(SCOPE, () => []);
  readonly #metric = new MetricColumns();

  constructor({ tenant, arrivalMillis }: { readonly tenant: string; readonly arrivalMillis: number }) {
    this.#tenant = field(TENANT, JSON.stringify(tenant));
    this.arrivalNanos = BigInt(Math.trunc(arrivalMillis)) * 1_000_000n;
  }

  span(span: SpanView): readonly string[] {
    return this.#item(span, span, SPAN_FIELDS.attributes);
  }

  log(record: LogRecordView): readonly string[] {
    return this.#item(record, record, LOG_RECORD_FIELDS.attributes);
  }

  point(point: DataPointView, metric: MetricView): readonly string[] {
    const { attributes } = DATA_POINT_FIELDS[point.kind];
    return [
      ...this.#item(point, metric, attributes),
      field(TIME_NS, String(clamped(point.timeUnixNano || this.arrivalNanos))),
      field(START_NS, String(clamped(point.startTimeUnixNano))),
      field(SERIES, String(seriesHash(point, metric))),
      ...this.#metric.read(metric, point.kind),
    ];
  }

  #item(item: MessageView, { resource, scope }: ItemOrigin, attributes: number): readonly string[] {
    return [
      this.#tenant,
      field(VALUES, mapText(otherValues(item, attributes))),
      field(ITEM + HEX_SUFFIX, hexText(item.bytes, item.start, item.end)),
      ...this.#resource.read(resource),
      ...this.#scope.read(scope),
    ];
  }
}

interface ItemOrigin {
  readonly resource: ResourceView;
  readonly scope: ScopeView;
}

/** Encodes the columns of a resource or a scope once for the items of its group. */
class GroupColumns {
  readonly #name: string;
  readonly #further: (view: MessageView) => readonly string[];
  #bytes: Uint8Array | undefined;
  #start = -1;
  #columns: readonly string[] = [];

  constructor(name: string, further: (view: MessageView) => readonly string[]) {
    this.#name = name;
    this.#further = further;
  }

  read(view: ResourceView | ScopeView): readonly string[] {
    const { bytes, start, end, groupStart } = view;
    if (this.#bytes === bytes && this.#start === groupStart) return this.#columns;
    const { schemaUrl } = view;
    if (end > start) writer.bytesField(1, bytes, start, end);
    if (schemaUrl !== '') writer.stringField(SCHEMA_URL_FIELD, schemaUrl);
    this.#columns = [field(this.#name + HEX_SUFFIX, hexText(writer.finish())), ...this.#further(view)];
    this.#bytes = bytes;
    this.#start = groupStart;
    return this.#columns;
  }
}

const writer = new WireWriter(256);

/** Encodes the columns of a metric once for its points. */
class MetricColumns {
  #bytes: Uint8Array | undefined;
  #start = -1;
  #columns: readonly string[] = [];

  read({ bytes, start, end }: MetricView, kind: DataPointView['kind']): readonly string[] {
    if (this.#bytes === bytes && this.#start === start) return this.#columns;
    let data = new Uint8Array();
    const reader = new TrustedReader(bytes, start, end);
    while (reader.next()) {
      if (reader.field === METRIC_FIELDS[kind])
        data = withoutField(bytes, reader.valueStart, reader.end, METRIC_DATA_FIELDS.dataPoints);
    }
    const metric = withoutField(bytes, start, end, METRIC_FIELDS[kind]);
    this.#columns = [field(METRIC + HEX_SUFFIX, hexText(metric)), field(DATA + HEX_SUFFIX, hexText(data))];
    this.#bytes = bytes;
    this.#start = start;
    return this.#columns;
  }
}

/** Returns the fields of a message other than one. */
function withoutField(bytes: Uint8Array, start: number, end: number, dropped: number): Uint8Array<ArrayBuffer> {
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) if (reader.field !== dropped) writer.raw(bytes, reader.start, reader.end);
  return writer.finish();
}

/** Returns a hash of what identifies a series, independent of the order of attributes. */
function seriesHash(point: DataPointView, { name, resource, scope }: MetricView): bigint {
  const identity = [name, scope.name, scope.version].map((text) => JSON.stringify(text));
  const attributes = [sorted(resource.attributes), sorted(point.attributes)];
  return BigInt(`0x${hash('sha1', [...identity, ...attributes].join(), 'hex').slice(0, 16)}`);
}

function sorted(attributes: Iterable<readonly [string, Parameters<typeof jsonText>[0]]>): string {
  return jsonText(Object.fromEntries([...attributes].sort(([a], [b]) => (a < b ? -1 : 1))));
}

function mapText(map: ReadonlyMap<string, string>): string {
  if (map.size === 0) return '{}';
  return `{${[...map].map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`;
}

function hexText(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  return `"${encodeHex(bytes, start, end)}"`;
}

function field(name: string, json: string): string {
  return `"${name}":${json}`;
}
