import { Buffer } from 'node:buffer';
import {
  type Batch,
  type FieldDescriptor,
  FieldReader,
  localContext,
  MESSAGES,
  type MessageDescriptor,
  REQUEST_MESSAGES,
  readDouble,
  readFixed32,
  readFixed64,
  readSfixed64,
  readString,
  readVarint,
  readVarintBool,
  readVarintInt64,
  readVarintSint32,
  readVarintUint64,
  type ScalarField,
  type Signal,
  WireType,
  WireWriter,
} from '@otelier/otlp';
import type { LogsJson, MetricsJson, TracesJson } from './otlp-json.ts';

/** The request type of each signal. */
export interface RequestJson {
  readonly traces: TracesJson;
  readonly logs: LogsJson;
  readonly metrics: MetricsJson;
}

/** Encodes a request in canonical form: fields ordered by number, without default values. */
export function encodeRequest<S extends keyof RequestJson>(signal: S, request: RequestJson[S]): Uint8Array {
  const writer = new WireWriter();
  writeMessage(writer, messageOf(signal), request as Fields);
  return writer.finish();
}

/** Decodes a request. Unknown fields are ignored. */
export function decodeRequest<S extends keyof RequestJson>(signal: S, bytes: Uint8Array): RequestJson[S] {
  return readMessage(messageOf(signal), bytes, 0, bytes.length) as RequestJson[S];
}

/** Creates a batch with a single part, as a receiver does. */
export function batchOf<S extends keyof RequestJson>(
  signal: S,
  request: RequestJson[S],
  { tenant = 'default', arrivalMillis = 0 }: { readonly tenant?: string; readonly arrivalMillis?: number } = {},
): Batch {
  const part = encodeRequest(signal, request);
  return {
    signal,
    parts: [part],
    itemCount: countItems(request),
    sizeBytes: part.length,
    context: { ...localContext(arrivalMillis), tenant },
  };
}

interface Fields {
  [jsonName: string]: unknown;
}

function messageOf(signal: Signal): MessageDescriptor {
  const message = REQUEST_MESSAGES[signal];
  if (message === undefined) throw new Error(`${signal} are forwarded without parsing and have no request type`);
  return message;
}

/** Names of the lists that contain items. The items of metrics are their data points. */
const ITEM_LISTS: ReadonlySet<string> = new Set(['spans', 'logRecords', 'dataPoints']);
const LEVELS: ReadonlySet<string> = new Set([
  ...['resourceSpans', 'scopeSpans', 'resourceLogs', 'scopeLogs', 'resourceMetrics', 'scopeMetrics', 'metrics'],
  ...['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
]);

function countItems(level: unknown): number {
  if (Array.isArray(level)) return level.reduce((sum: number, entry) => sum + countItems(entry), 0);
  let count = 0;
  for (const [name, value] of Object.entries(level as Fields)) {
    if (ITEM_LISTS.has(name)) count += (value as unknown[]).length;
    else if (LEVELS.has(name)) count += countItems(value);
  }
  return count;
}

function writeMessage(writer: WireWriter, message: MessageDescriptor, fields: Fields): void {
  for (const name of Object.keys(fields)) {
    if (!message.byJsonName.has(name)) throw new Error(`${message.name} has no field ${name}`);
  }
  for (const field of message.fields) {
    const value = fields[field.jsonName];
    if (value === undefined) continue;
    if (field.repeated) writeList(writer, field, value as readonly unknown[]);
    else writeOne(writer, field, value, true);
  }
}

function writeList(writer: WireWriter, field: FieldDescriptor, values: readonly unknown[]): void {
  if (field.kind === 'message' || !field.packed) {
    for (const value of values) writeOne(writer, field, value, false);
  } else if (values.length > 0) {
    writer.open(field.number);
    for (const value of values) writeScalar(writer, field, value);
    writer.close();
  }
}

function writeOne(writer: WireWriter, field: FieldDescriptor, value: unknown, omitDefault: boolean): void {
  if (field.kind === 'message') {
    writer.open(field.number);
    writeMessage(writer, MESSAGES[field.message], value as Fields);
    writer.close();
    return;
  }
  if (omitDefault && !field.explicitPresence && isDefault(value)) return;
  if (field.kind === 'string') {
    writer.stringField(field.number, value as string);
  } else if (field.kind === 'bytes') {
    const encoding = field.idBytes === undefined ? 'base64' : 'hex';
    writer.bytesField(field.number, Buffer.from(value as string, encoding));
  } else {
    writer.tag(field.number, field.wireType);
    writeScalar(writer, field, value);
  }
}

function isDefault(value: unknown): boolean {
  return value === '' || value === false || Object.is(value, 0) || value === 0n || value === '0';
}

function writeScalar(writer: WireWriter, field: ScalarField, value: unknown): void {
  switch (field.kind) {
    case 'bool':
      writer.varint(value ? 1 : 0);
      break;
    case 'double':
      writer.double(Number(value));
      break;
    case 'fixed32':
      writer.fixed32(Number(value));
      break;
    case 'fixed64':
    case 'sfixed64':
      writer.fixed64BigInt(BigInt(value as string));
      break;
    case 'sint32':
      writer.varintSint32(Number(value));
      break;
    default:
      writer.varintBigInt(BigInt(value as string));
  }
}

function readMessage(message: MessageDescriptor, bytes: Uint8Array, start: number, end: number): Fields {
  const fields: Fields = {};
  const reader = new FieldReader(bytes, start, end);
  while (reader.next()) {
    const field = message.byNumber.get(reader.field);
    if (field === undefined) continue;
    const { valueStart, valueEnd } = reader;
    if (!field.repeated) {
      fields[field.jsonName] = readOne(field, bytes, valueStart, valueEnd);
      continue;
    }
    fields[field.jsonName] ??= [];
    const list = fields[field.jsonName] as unknown[];
    const packed = field.kind !== 'message' && field.packed && reader.wireType === WireType.lengthDelimited;
    if (packed) list.push(...readPacked(field, bytes, valueStart, valueEnd));
    else list.push(readOne(field, bytes, valueStart, valueEnd));
  }
  return fields;
}

function readOne(field: FieldDescriptor, bytes: Uint8Array, start: number, end: number): unknown {
  return field.kind === 'message'
    ? readMessage(MESSAGES[field.message], bytes, start, end)
    : readScalar(field, bytes, start, end);
}

function readPacked(field: ScalarField, bytes: Uint8Array, start: number, end: number): unknown[] {
  const values: unknown[] = [];
  for (let at = start; at < end; ) {
    values.push(readScalar(field, bytes, at, end));
    if (field.wireType === WireType.fixed64) at += 8;
    else if (field.wireType === WireType.fixed32) at += 4;
    else while ((bytes[at++] ?? 0) > 127);
  }
  return values;
}

function readScalar(field: ScalarField, bytes: Uint8Array, start: number, end: number): unknown {
  switch (field.kind) {
    case 'string':
      return readString(bytes, start, end);
    case 'bytes':
      return Buffer.from(bytes.subarray(start, end)).toString(field.idBytes === undefined ? 'base64' : 'hex');
    case 'bool':
      return readVarintBool(bytes, start);
    case 'double':
      return readDouble(bytes, start);
    case 'fixed32':
      return readFixed32(bytes, start);
    case 'fixed64':
      return readFixed64(bytes, start).toString();
    case 'sfixed64':
      return readSfixed64(bytes, start).toString();
    case 'sint32':
      return readVarintSint32(bytes, start);
    case 'int64':
      return readVarintInt64(bytes, start).toString();
    case 'uint64':
      return readVarintUint64(bytes, start).toString();
    case 'enum':
    case 'int32':
      return Number(BigInt.asIntN(32, readVarintInt64(bytes, start)));
    default:
      return readVarint(bytes, start);
  }
}
