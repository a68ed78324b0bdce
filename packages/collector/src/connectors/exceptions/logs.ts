import {
  type Batch,
  encodeAnyValue,
  encodeKey,
  findField,
  forEachPayload,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  payloadEnd,
  payloadStart,
  readFixed64,
  readKey,
  SIGNALS,
  SPAN_EVENT_FIELDS,
  SPAN_FIELDS,
  WireWriter,
} from '@otelier/otlp';
import { readValue } from '../../ottl/values/codec.ts';
import {
  type Dimension,
  dimensionValue,
  type ExceptionEvent,
  eventText,
  FIXED_DIMENSIONS,
  forEachException,
} from './dimensions.ts';

/**
 * Returns a log record for each exception in a batch, or `undefined` if there are no exceptions. Records have the scope
 * and the attributes of their span but no resource, as in the Collector.
 */
export function exceptionLogs(batch: Batch, dimensions: readonly Dimension[]): Batch | undefined {
  const writer = new WireWriter(4096);
  const { resourceField, scopeField, itemField } = SIGNALS.logs;
  let itemCount = 0;
  let bytes: Uint8Array | undefined;
  let scopeStart = -1;
  const closeScope = () => {
    if (bytes === undefined) return;
    writer.close();
    writer.close();
  };
  forEachException(batch, (event) => {
    const { cursor } = event;
    if (cursor.bytes !== bytes || cursor.scopeGroupStart !== scopeStart) {
      closeScope();
      bytes = cursor.bytes;
      scopeStart = cursor.scopeGroupStart;
      writer.open(resourceField);
      writer.open(scopeField);
      writer.bytesField(OWNER_FIELD, bytes, cursor.scopeStart, cursor.scopeEnd);
    }
    writer.open(itemField);
    writeRecord(writer, event, dimensions);
    writer.close();
    itemCount++;
  });
  if (itemCount === 0) return undefined;
  closeScope();
  const part = writer.finish();
  return { signal: 'logs', parts: [part], itemCount, sizeBytes: part.length, context: batch.context };
}

function writeRecord(writer: WireWriter, event: ExceptionEvent, dimensions: readonly Dimension[]): void {
  const { cursor, start, end } = event;
  const time = findField(cursor.bytes, start, end, SPAN_EVENT_FIELDS.timeUnixNano);
  if (time >= 0) writer.fixed64Field(LOG_RECORD_FIELDS.timeUnixNano, readFixed64(cursor.bytes, time));
  writer.varintField(LOG_RECORD_FIELDS.severityNumber, SEVERITY_ERROR);
  writer.stringField(LOG_RECORD_FIELDS.severityText, 'ERROR');
  writeAttributes(writer, cursor, attributesOf(event, dimensions));
  copyField(writer, cursor, SPAN_FIELDS.traceId, LOG_RECORD_FIELDS.traceId);
  copyField(writer, cursor, SPAN_FIELDS.spanId, LOG_RECORD_FIELDS.spanId);
}

/** Returns the attributes to add to those of the span, as strings. */
function attributesOf(event: ExceptionEvent, dimensions: readonly Dimension[]): Map<string, string> {
  const added = new Map<string, string>();
  for (const index of [1, 2, 3, 0]) added.set(FIXED_DIMENSIONS[index] ?? '', event.fixed[index] ?? '');
  for (const dimension of dimensions) {
    const encoded = dimensionValue(dimension, event);
    if (encoded === undefined) continue;
    const value = readValue(encoded, 0, encoded.length);
    added.set(dimension.name, typeof value === 'string' ? value : '');
  }
  added.set('exception.stacktrace', eventText(event, STACKTRACE));
  return added;
}

/** Writes the span's attributes, with added attributes replacing those that have the same key. */
function writeAttributes(writer: WireWriter, { bytes, start, end }: ItemCursor, added: Map<string, string>): void {
  forEachPayload(bytes, start, end, SPAN_FIELDS.attributes, (from, to) => {
    const key = readKey(bytes, from, to);
    const text = added.get(key);
    if (text === undefined) {
      writer.bytesField(LOG_RECORD_FIELDS.attributes, bytes, from, to);
      return;
    }
    added.delete(key);
    writeText(writer, key, text);
  });
  for (const [key, text] of added) writeText(writer, key, text);
}

function writeText(writer: WireWriter, key: string, text: string): void {
  writer.open(LOG_RECORD_FIELDS.attributes);
  writer.stringField(1, key);
  writer.bytesField(2, encodeAnyValue(text));
  writer.close();
}

function copyField(writer: WireWriter, { bytes, start, end }: ItemCursor, from: number, to: number): void {
  const value = findField(bytes, start, end, from);
  if (value < 0) return;
  const first = payloadStart(bytes, value);
  const last = payloadEnd(bytes, value);
  if (last > first) writer.bytesField(to, bytes, first, last);
}

const STACKTRACE = encodeKey('exception.stacktrace');
const SEVERITY_ERROR = 17;
/** The field of a group that contains its scope. */
const OWNER_FIELD = 1;
