/**
 * Converts an export request for traces, logs or metrics to OTLP/JSON (OTLP specification, "JSON Protobuf Encoding").
 * For bundlers that produce a single file: a fifth of the size of the converter in `otlp`. Unknown fields are dropped.
 * The result for invalid requests is undefined. Throws for other signals.
 */
export function requestToJson(signal: string, request: Uint8Array): string {
  const view = new DataView(request.buffer, request.byteOffset, request.length);
  return JSON.stringify(decode(messageOf(signal), { view, pos: 0 }, request.length));
}

interface Cursor {
  readonly view: DataView;
  pos: number;
}

interface Field {
  readonly name: string;
  readonly isList: boolean;
  readonly type: string;
}

type Message = ReadonlyMap<number, Field>;

/** One line per message: field number, JSON name, `*` for lists, and either a key of `READ` or another message. */
const SCHEMA = `traces 1resourceSpans*ResourceSpans
ResourceSpans 1resource:Resource 2scopeSpans*ScopeSpans 3schemaUrl:s
ScopeSpans 1scope:Scope 2spans*Span 3schemaUrl:s
Span 1traceId:h 2spanId:h 3traceState:s 4parentSpanId:h 5name:s 6kind:e 7startTimeUnixNano:f 8endTimeUnixNano:f 9attributes*KeyValue 10droppedAttributesCount:v 11events*Event 12droppedEventsCount:v 13links*Link 14droppedLinksCount:v 15status:Status 16flags:n
Event 1timeUnixNano:f 2name:s 3attributes*KeyValue 4droppedAttributesCount:v
Link 1traceId:h 2spanId:h 3traceState:s 4attributes*KeyValue 5droppedAttributesCount:v 6flags:n
Status 2message:s 3code:e
Resource 1attributes*KeyValue 2droppedAttributesCount:v 3entityRefs*Entity
Entity 1schemaUrl:s 2type:s 3idKeys*s 4descriptionKeys*s
Scope 1name:s 2version:s 3attributes*KeyValue 4droppedAttributesCount:v
KeyValue 1key:s 2value:Value 3keyStrindex:e
Value 1stringValue:s 2boolValue:t 3intValue:i 4doubleValue:d 5arrayValue:Array 6kvlistValue:List 7bytesValue:b 8stringValueStrindex:e
Array 1values*Value
List 1values*KeyValue
logs 1resourceLogs*ResourceLogs
ResourceLogs 1resource:Resource 2scopeLogs*ScopeLogs 3schemaUrl:s
ScopeLogs 1scope:Scope 2logRecords*LogRecord 3schemaUrl:s
LogRecord 1timeUnixNano:f 2severityNumber:e 3severityText:s 5body:Value 6attributes*KeyValue 7droppedAttributesCount:v 8flags:n 9traceId:h 10spanId:h 11observedTimeUnixNano:f 12eventName:s
metrics 1resourceMetrics*ResourceMetrics
ResourceMetrics 1resource:Resource 2scopeMetrics*ScopeMetrics 3schemaUrl:s
ScopeMetrics 1scope:Scope 2metrics*Metric 3schemaUrl:s
Metric 1name:s 2description:s 3unit:s 5gauge:Sum 7sum:Sum 9histogram:Histogram 10exponentialHistogram:Exponential 11summary:Summary 12metadata*KeyValue
Sum 1dataPoints*Number 2aggregationTemporality:e 3isMonotonic:t
Histogram 1dataPoints*HistogramPoint 2aggregationTemporality:e
Exponential 1dataPoints*ExponentialPoint 2aggregationTemporality:e
Summary 1dataPoints*SummaryPoint
Number 2startTimeUnixNano:f 3timeUnixNano:f 4asDouble:d 5exemplars*Exemplar 6asInt:g 7attributes*KeyValue 8flags:v
HistogramPoint 2startTimeUnixNano:f 3timeUnixNano:f 4count:f 5sum:d 6bucketCounts*f 7explicitBounds*d 8exemplars*Exemplar 9attributes*KeyValue 10flags:v 11min:d 12max:d
ExponentialPoint 1attributes*KeyValue 2startTimeUnixNano:f 3timeUnixNano:f 4count:f 5sum:d 6scale:z 7zeroCount:f 8positive:Buckets 9negative:Buckets 10flags:v 11exemplars*Exemplar 12min:d 13max:d 14zeroThreshold:d
Buckets 1offset:z 2bucketCounts*u
SummaryPoint 2startTimeUnixNano:f 3timeUnixNano:f 4count:f 5sum:d 6quantileValues*Quantile 7attributes*KeyValue 8flags:v
Quantile 1quantile:d 2value:d
Exemplar 2timeUnixNano:f 3asDouble:d 4spanId:h 5traceId:h 6asInt:g 7filteredAttributes*KeyValue`;

const messages = /* @__PURE__ */ new Map<string, Message>();

function messageOf(name: string): Message {
  if (messages.size === 0) {
    for (const line of SCHEMA.split('\n')) {
      const [message = '', ...fields] = line.split(' ');
      messages.set(message, new Map(fields.map(fieldOf)));
    }
  }
  const message = messages.get(name);
  if (message === undefined) throw new Error(`expected a signal with a JSON encoding, got ${name}`);
  return message;
}

function fieldOf(text: string): [number, Field] {
  const [, number, name = '', kind, type = ''] = /^(\d+)(\w+)([:*])(\w+)$/.exec(text) ?? [];
  return [Number(number), { name, isList: kind === '*', type }];
}

function decode(message: Message, cursor: Cursor, end: number): unknown {
  const members: Record<string, unknown> = {};
  while (cursor.pos < end) {
    const tag = smallVarint(cursor);
    const field = message.get(Math.floor(tag / 8));
    const wireType = tag & 7;
    const size = wireType === 2 ? smallVarint(cursor) : wireType === 1 ? 8 : wireType === 5 ? 4 : 0;
    const valueEnd = cursor.pos + size;
    if (field === undefined) {
      if (wireType === 0) varint(cursor);
      cursor.pos = wireType === 0 ? cursor.pos : valueEnd;
      continue;
    }
    const { name, isList, type } = field;
    const read = READ[type] ?? decodeAs(type);
    if (!isList) members[name] = read(cursor, valueEnd);
    else {
      members[name] ??= [];
      const values = members[name] as unknown[];
      // Numbers are packed into a run, which may be empty.
      if (wireType === 2 && PACKED.includes(type)) while (cursor.pos < valueEnd) values.push(read(cursor, valueEnd));
      else values.push(read(cursor, valueEnd));
    }
  }
  return members;
}

function decodeAs(type: string): (cursor: Cursor, end: number) => unknown {
  return (cursor, end) => decode(messageOf(type), cursor, end);
}

const PACKED = 'dfu';

/** Readers by value type. `end` is the end of a length-delimited value. */
const READ: Readonly<Record<string, (cursor: Cursor, end: number) => unknown>> = {
  s: (cursor, end) => new TextDecoder().decode(run(cursor, end)),
  h: (cursor, end) => Array.from(run(cursor, end), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  b: (cursor, end) => btoa(Array.from(run(cursor, end), (byte) => String.fromCharCode(byte)).join('')),
  d(cursor) {
    const value = cursor.view.getFloat64(skip(cursor, 8), true);
    return Number.isFinite(value) ? value : String(value);
  },
  f: (cursor) => String(cursor.view.getBigUint64(skip(cursor, 8), true)),
  g: (cursor) => String(cursor.view.getBigInt64(skip(cursor, 8), true)),
  n: (cursor) => cursor.view.getUint32(skip(cursor, 4), true),
  i: (cursor) => String(BigInt.asIntN(64, varint(cursor))),
  u: (cursor) => String(BigInt.asUintN(64, varint(cursor))),
  e: (cursor) => Number(BigInt.asIntN(32, varint(cursor))),
  v: (cursor) => Number(BigInt.asUintN(32, varint(cursor))),
  z(cursor) {
    const value = Number(BigInt.asUintN(32, varint(cursor)));
    return value % 2 ? -(value + 1) / 2 : value / 2;
  },
  t: (cursor) => varint(cursor) !== 0n,
};

function run(cursor: Cursor, end: number): Uint8Array {
  const { view, pos } = cursor;
  cursor.pos = end;
  return new Uint8Array(view.buffer, view.byteOffset + pos, end - pos);
}

/** Skips bytes and returns the offset before them. */
function skip(cursor: Cursor, bytes: number): number {
  cursor.pos += bytes;
  return cursor.pos - bytes;
}

function varint(cursor: Cursor): bigint {
  let value = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = cursor.view.getUint8(cursor.pos++);
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return value;
  }
}

/** Reads a tag or length. */
function smallVarint(cursor: Cursor): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = cursor.view.getUint8(cursor.pos++);
    value += (byte & 127) * scale;
    if (byte < 128) return value;
  }
}
