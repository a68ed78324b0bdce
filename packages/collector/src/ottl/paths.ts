import {
  type AttributeValue,
  DATA_POINT_FIELDS,
  encodeHex,
  FoundAttribute,
  findAttribute,
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  METRIC_DATA_FIELDS,
  METRIC_FIELDS,
  metricKindOf,
  payloadEnd,
  payloadStart,
  RESOURCE_FIELDS,
  readAnyValue,
  readDouble,
  readFixed32,
  readFixed64,
  readSfixed64,
  readString,
  readVarintBool,
  readVarintLow,
  SCHEMA_URL_FIELD,
  SCOPE_FIELDS,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  STATUS_FIELDS,
} from '@otelier/otlp';

/** The kind of message that a condition applies to. Conditions can also read the enclosing messages, such as the resource of a span. */
export type ConditionContext = 'resource' | 'span' | 'spanevent' | 'metric' | 'datapoint' | 'log';

/** The message that a condition applies to: its range, and the ranges of the enclosing messages on the cursor. */
export interface Subject {
  readonly cursor: ItemCursor;
  readonly start: number;
  readonly end: number;
}

/** Reads a value of a subject. */
export type Getter = (subject: Subject) => AttributeValue;

/** How to read a path. Attribute lists are searched by key, which stops at the first match. */
export type Access =
  | { readonly kind: 'value'; readonly get: Getter }
  | { readonly kind: 'attributes'; readonly range: RangeName; readonly field: (cursor: ItemCursor) => number }
  | { readonly kind: 'body'; readonly field: number };

/** Name of a message on the cursor, or `own` for the subject. */
type RangeName = 'own' | 'item' | 'resource' | 'resourceGroup' | 'scope' | 'scopeGroup' | 'metric' | 'data';

type Paths = Readonly<Record<string, Access>>;

const text = (range: RangeName, field: number) =>
  scalar(range, field, (bytes, value) => readString(bytes, payloadStart(bytes, value), payloadEnd(bytes, value)), '');
const integer = (range: RangeName, field: number) => scalar(range, field, readVarintLow, 0);
const time = (range: RangeName, field: number) =>
  scalar(range, field, (bytes, value) => narrow(readFixed64(bytes, value)), 0);
const bytesOf = (range: RangeName, field: number) =>
  scalar(
    range,
    field,
    (bytes, value) => bytes.subarray(payloadStart(bytes, value), payloadEnd(bytes, value)),
    new Uint8Array(),
  );
const hex = (range: RangeName, field: number) =>
  scalar(range, field, (bytes, value) => encodeHex(bytes, payloadStart(bytes, value), payloadEnd(bytes, value)), '');
const attributeList = (range: RangeName, field: number): Access => ({ kind: 'attributes', range, field: () => field });
const id = (name: string, range: RangeName, field: number): Paths => ({
  [name]: bytesOf(range, field),
  [`${name}.string`]: hex(range, field),
});

const RESOURCE_PATHS: Paths = {
  attributes: attributeList('resource', RESOURCE_FIELDS.attributes),
  dropped_attributes_count: integer('resource', RESOURCE_FIELDS.droppedAttributesCount),
  schema_url: text('resourceGroup', SCHEMA_URL_FIELD),
};

const SCOPE_PATHS: Paths = {
  attributes: attributeList('scope', SCOPE_FIELDS.attributes),
  name: text('scope', SCOPE_FIELDS.name),
  version: text('scope', SCOPE_FIELDS.version),
  dropped_attributes_count: integer('scope', SCOPE_FIELDS.droppedAttributesCount),
  schema_url: text('scopeGroup', SCHEMA_URL_FIELD),
};

const SPAN_PATHS: Paths = {
  ...id('trace_id', 'item', SPAN_FIELDS.traceId),
  ...id('span_id', 'item', SPAN_FIELDS.spanId),
  ...id('parent_span_id', 'item', SPAN_FIELDS.parentSpanId),
  trace_state: text('item', SPAN_FIELDS.traceState),
  name: text('item', SPAN_FIELDS.name),
  kind: integer('item', SPAN_FIELDS.kind),
  flags: scalar('item', SPAN_FIELDS.flags, readFixed32, 0),
  start_time_unix_nano: time('item', SPAN_FIELDS.startTimeUnixNano),
  end_time_unix_nano: time('item', SPAN_FIELDS.endTimeUnixNano),
  attributes: attributeList('item', SPAN_FIELDS.attributes),
  dropped_attributes_count: integer('item', SPAN_FIELDS.droppedAttributesCount),
  dropped_events_count: integer('item', SPAN_FIELDS.droppedEventsCount),
  dropped_links_count: integer('item', SPAN_FIELDS.droppedLinksCount),
  'status.code': inner('item', SPAN_FIELDS.status, (bytes, start, end) =>
    scalarIn(bytes, start, end, STATUS_FIELDS.code, readVarintLow, 0),
  ),
  'status.message': inner('item', SPAN_FIELDS.status, (bytes, start, end) =>
    scalarIn(
      bytes,
      start,
      end,
      STATUS_FIELDS.message,
      (b, value) => readString(b, payloadStart(b, value), payloadEnd(b, value)),
      '',
    ),
  ),
};

const SPAN_EVENT_PATHS: Paths = {
  name: text('own', SPAN_EVENT_FIELDS.name),
  time_unix_nano: time('own', SPAN_EVENT_FIELDS.timeUnixNano),
  attributes: attributeList('own', SPAN_EVENT_FIELDS.attributes),
  dropped_attributes_count: integer('own', SPAN_EVENT_FIELDS.droppedAttributesCount),
};

const METRIC_PATHS: Paths = {
  name: text('metric', METRIC_FIELDS.name),
  description: text('metric', METRIC_FIELDS.description),
  unit: text('metric', METRIC_FIELDS.unit),
  type: {
    kind: 'value',
    get: ({ cursor: { bytes, metricStart, metricEnd } }) =>
      Math.max(
        0,
        METRIC_TYPES.findIndex((field) => field !== 0 && findField(bytes, metricStart, metricEnd, field) >= 0),
      ),
  },
  aggregation_temporality: {
    kind: 'value',
    get: ({ cursor }) => inMetricData(cursor, METRIC_DATA_FIELDS.aggregationTemporality, readVarintLow, 0),
  },
  is_monotonic: {
    kind: 'value',
    get: ({ cursor }) => inMetricData(cursor, METRIC_DATA_FIELDS.isMonotonic, readVarintBool, false),
  },
  metadata: attributeList('metric', METRIC_FIELDS.metadata),
};

const DATA_POINT_PATHS: Paths = {
  attributes: { kind: 'attributes', range: 'item', field: ({ dataField }) => pointFields(dataField).attributes ?? 0 },
  start_time_unix_nano: time('item', 2),
  time_unix_nano: time('item', 3),
  value_double: point('asDouble', readDouble, 0),
  value_int: point('asInt', (bytes, value) => narrow(readSfixed64(bytes, value)), 0),
  count: point('count', (bytes, value) => narrow(readFixed64(bytes, value)), undefined),
  sum: point('sum', readDouble, undefined),
  flags: point('flags', readVarintLow, 0),
};

const LOG_PATHS: Paths = {
  ...id('trace_id', 'item', LOG_RECORD_FIELDS.traceId),
  ...id('span_id', 'item', LOG_RECORD_FIELDS.spanId),
  time_unix_nano: time('item', LOG_RECORD_FIELDS.timeUnixNano),
  observed_time_unix_nano: time('item', LOG_RECORD_FIELDS.observedTimeUnixNano),
  severity_number: integer('item', LOG_RECORD_FIELDS.severityNumber),
  severity_text: text('item', LOG_RECORD_FIELDS.severityText),
  event_name: text('item', LOG_RECORD_FIELDS.eventName),
  body: { kind: 'body', field: LOG_RECORD_FIELDS.body },
  attributes: attributeList('item', LOG_RECORD_FIELDS.attributes),
  dropped_attributes_count: integer('item', LOG_RECORD_FIELDS.droppedAttributesCount),
  flags: scalar('item', LOG_RECORD_FIELDS.flags, readFixed32, 0),
};

const SHARED = {
  ...under('resource', RESOURCE_PATHS),
  ...under('scope', SCOPE_PATHS),
  ...under('instrumentation_scope', SCOPE_PATHS),
};

/** All paths of each context, without keys. The name of the context is optional: `name` and `span.name` are equal. */
export const PATHS: Readonly<Record<ConditionContext, Paths>> = {
  resource: { ...RESOURCE_PATHS, ...under('resource', RESOURCE_PATHS) },
  span: { ...SHARED, ...SPAN_PATHS, ...under('span', SPAN_PATHS) },
  spanevent: { ...SHARED, ...under('span', SPAN_PATHS), ...SPAN_EVENT_PATHS, ...under('spanevent', SPAN_EVENT_PATHS) },
  metric: { ...SHARED, ...METRIC_PATHS, ...under('metric', METRIC_PATHS) },
  datapoint: {
    ...SHARED,
    ...under('metric', METRIC_PATHS),
    ...DATA_POINT_PATHS,
    ...under('datapoint', DATA_POINT_PATHS),
  },
  log: { ...SHARED, ...LOG_PATHS, ...under('log', LOG_PATHS) },
};

/** Field numbers of `Metric`, indexed by OTTL's metric type (`METRIC_DATA_TYPE_GAUGE` is 1). */
const METRIC_TYPES = [
  0,
  METRIC_FIELDS.gauge,
  METRIC_FIELDS.sum,
  METRIC_FIELDS.histogram,
  METRIC_FIELDS.exponentialHistogram,
  METRIC_FIELDS.summary,
];

/** Returns the start and end of a message on the cursor. */
export function rangeOf(subject: Subject, name: RangeName): readonly [start: number, end: number] {
  const { cursor } = subject;
  switch (name) {
    case 'own':
      return [subject.start, subject.end];
    case 'item':
      return [cursor.start, cursor.end];
    case 'resource':
      return [cursor.resourceStart, cursor.resourceEnd];
    case 'resourceGroup':
      return [cursor.resourceGroupStart, cursor.resourceGroupEnd];
    case 'scope':
      return [cursor.scopeStart, cursor.scopeEnd];
    case 'scopeGroup':
      return [cursor.scopeGroupStart, cursor.scopeGroupEnd];
    case 'metric':
      return [cursor.metricStart, cursor.metricEnd];
    case 'data':
      return [cursor.dataStart, cursor.dataEnd];
  }
}

const found = new FoundAttribute();

/** Finds the value of an attribute by its encoded key. The next call overwrites the result. */
export function findValue(
  subject: Subject,
  access: Extract<Access, { kind: 'attributes' }>,
  key: Uint8Array,
): FoundAttribute | undefined {
  const [start, end] = rangeOf(subject, access.range);
  return findAttribute(subject.cursor.bytes, start, end, access.field(subject.cursor), key, found) ? found : undefined;
}

/** Reads the body of a log record. */
export function readBody({ cursor }: Subject, field: number): AttributeValue {
  const value = findField(cursor.bytes, cursor.start, cursor.end, field);
  return value < 0
    ? undefined
    : readAnyValue(cursor.bytes, payloadStart(cursor.bytes, value), payloadEnd(cursor.bytes, value));
}

type Read = (bytes: Uint8Array, value: number) => AttributeValue;

function scalar(range: RangeName, field: number, read: Read, missing: AttributeValue): Access {
  return {
    kind: 'value',
    get: (subject) => {
      const [start, end] = rangeOf(subject, range);
      return scalarIn(subject.cursor.bytes, start, end, field, read, missing);
    },
  };
}

function scalarIn(
  bytes: Uint8Array,
  start: number,
  end: number,
  field: number,
  read: Read,
  missing: AttributeValue,
): AttributeValue {
  const value = findField(bytes, start, end, field);
  return value < 0 ? missing : read(bytes, value);
}

/** Reads a value of a nested message, such as the status of a span. A missing message is read as empty. */
function inner(
  range: RangeName,
  field: number,
  read: (bytes: Uint8Array, start: number, end: number) => AttributeValue,
): Access {
  return {
    kind: 'value',
    get: (subject) => {
      const [start, end] = rangeOf(subject, range);
      const { bytes } = subject.cursor;
      const value = findField(bytes, start, end, field);
      return value < 0 ? read(bytes, 0, 0) : read(bytes, payloadStart(bytes, value), payloadEnd(bytes, value));
    },
  };
}

/** Reads a field of the data message of a metric, such as its temporality. */
function inMetricData(cursor: ItemCursor, field: number, read: Read, missing: AttributeValue): AttributeValue {
  for (const dataField of METRIC_TYPES) {
    if (dataField === 0) continue;
    const data = findField(cursor.bytes, cursor.metricStart, cursor.metricEnd, dataField);
    if (data >= 0)
      return scalarIn(
        cursor.bytes,
        payloadStart(cursor.bytes, data),
        payloadEnd(cursor.bytes, data),
        field,
        read,
        missing,
      );
  }
  return missing;
}

/** Reads a field of a data point by name. Its number differs by metric kind, and some kinds lack it. */
function point(name: string, read: Read, missing: AttributeValue): Access {
  return {
    kind: 'value',
    get: ({ cursor }) => {
      const field = pointFields(cursor.dataField)[name];
      return field === undefined ? undefined : scalarIn(cursor.bytes, cursor.start, cursor.end, field, read, missing);
    },
  };
}

function pointFields(dataField: number): Readonly<Record<string, number>> {
  const kind = metricKindOf(dataField);
  return kind === undefined ? {} : DATA_POINT_FIELDS[kind];
}

function under(prefix: string, paths: Paths): Paths {
  return Object.fromEntries(Object.entries(paths).map(([name, access]) => [`${prefix}.${name}`, access]));
}

/** Returns a 64-bit integer as a number if that is exact, like attribute values. */
function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
