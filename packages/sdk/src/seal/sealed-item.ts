import {
  encodeKey,
  FoundAttribute,
  findAttribute,
  findField,
  type ItemCursor,
  LOG_RECORD_FIELDS,
  payloadEnd,
  payloadStart,
  readString,
  type Signal,
  SPAN_FIELDS,
  STATUS_FIELDS,
  TrustedReader,
  WireWriter,
} from '@otelier/otlp';

/** The attribute with the contents of an item that is sealed as a whole. */
export const SEALED_ITEM_KEY = 'otelier.sealed';

const KEY = encodeKey(SEALED_ITEM_KEY);
const found = new FoundAttribute();

/** Fields that remain: IDs, times, kind, flags, severity. */
const KEPT: Readonly<Record<'traces' | 'logs', ReadonlySet<number>>> = {
  traces: new Set([
    SPAN_FIELDS.traceId,
    SPAN_FIELDS.spanId,
    SPAN_FIELDS.traceState,
    SPAN_FIELDS.parentSpanId,
    SPAN_FIELDS.kind,
    SPAN_FIELDS.startTimeUnixNano,
    SPAN_FIELDS.endTimeUnixNano,
    SPAN_FIELDS.flags,
  ]),
  logs: new Set([
    LOG_RECORD_FIELDS.timeUnixNano,
    LOG_RECORD_FIELDS.observedTimeUnixNano,
    LOG_RECORD_FIELDS.severityNumber,
    LOG_RECORD_FIELDS.severityText,
    LOG_RECORD_FIELDS.flags,
    LOG_RECORD_FIELDS.traceId,
    LOG_RECORD_FIELDS.spanId,
  ]),
};

/** Returns the contents of the item that takes the place of a sealed one: what remains, and its sealed contents as an attribute. */
export function sealedItem(signal: Signal, { bytes, start, end }: ItemCursor, sealed: Uint8Array): Uint8Array {
  const kind = signal === 'traces' ? 'traces' : 'logs';
  const parts: Uint8Array[] = [];
  const reader = new TrustedReader(bytes, start, end);
  while (reader.next()) {
    if (KEPT[kind].has(reader.field)) parts.push(bytes.slice(reader.start, reader.end));
    else if (kind === 'traces' && reader.field === SPAN_FIELDS.status)
      parts.push(statusOf(bytes, reader.valueStart, reader.end));
  }
  const writer = new WireWriter(256);
  if (kind === 'traces') writer.stringField(SPAN_FIELDS.name, 'sealed');
  writer.open(kind === 'traces' ? SPAN_FIELDS.attributes : LOG_RECORD_FIELDS.attributes);
  writer.stringField(1, SEALED_ITEM_KEY);
  writer.bytesField(2, sealed);
  writer.close();
  parts.push(writer.finish());
  return concatenated(parts);
}

/** The status with its code, without its message. */
function statusOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const reader = new TrustedReader(bytes, start, end);
  const writer = new WireWriter(16);
  writer.open(SPAN_FIELDS.status);
  while (reader.next())
    if (reader.field === STATUS_FIELDS.code) writer.varintField(STATUS_FIELDS.code, bytes[reader.valueStart] ?? 0);
  writer.close();
  return writer.finish();
}

/** Returns the sealed contents of an item that was sealed as a whole, or `undefined`. */
export function sealedContents(signal: Signal, bytes: Uint8Array, start: number, end: number): string | undefined {
  if (signal !== 'traces' && signal !== 'logs') return undefined;
  const field = signal === 'traces' ? SPAN_FIELDS.attributes : LOG_RECORD_FIELDS.attributes;
  if (!findAttribute(bytes, start, end, field, KEY, found)) return undefined;
  const text = findField(bytes, found.valueStart, found.valueEnd, 1);
  return text < 0 ? undefined : readString(bytes, payloadStart(bytes, text), payloadEnd(bytes, text));
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
