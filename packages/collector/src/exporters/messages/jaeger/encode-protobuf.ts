import { WireWriter } from '@otelier/otlp';
import { divideTime } from './divide-time.ts';
import type { OutgoingProcess, OutgoingSpan, OutgoingTag } from './outgoing-span.ts';

/** Encodes a span as `jaeger.api_v2.Span`. */
export function encodeSpan(span: OutgoingSpan): Uint8Array {
  const writer = new WireWriter();
  writer.bytesField(1, span.traceId);
  writer.bytesField(2, span.spanId);
  if (span.operationName !== '') writer.stringField(3, span.operationName);
  for (const { traceId, spanId, isChildOf } of span.references) {
    writer.message(4, () => {
      writer.bytesField(1, traceId);
      writer.bytesField(2, spanId);
      if (!isChildOf) writer.varintField(3, FOLLOWS_FROM);
    });
  }
  if (span.flags !== 0) writer.varintField(5, span.flags);
  writer.message(6, () => writeTimestamp(writer, span.startNanos));
  writer.message(7, () => writeDuration(writer, span.durationNanos));
  writeTags(writer, 8, span.tags);
  for (const { timeNanos, fields } of span.logs) {
    writer.message(9, () => {
      writer.message(1, () => writeTimestamp(writer, timeNanos));
      writeTags(writer, 2, fields);
    });
  }
  writer.message(10, () => writeProcess(writer, span.process));
  return writer.finish();
}

const FOLLOWS_FROM = 1;

function writeProcess(writer: WireWriter, { serviceName, tags }: OutgoingProcess): void {
  if (serviceName !== '') writer.stringField(1, serviceName);
  writeTags(writer, 2, tags);
}

function writeTags(writer: WireWriter, field: number, tags: readonly OutgoingTag[]): void {
  for (const tag of tags) writer.message(field, () => writeTag(writer, tag));
}

function writeTag(writer: WireWriter, [key, value]: OutgoingTag): void {
  if (key !== '') writer.stringField(1, key);
  if (typeof value === 'string') {
    if (value !== '') writer.stringField(3, value);
  } else if (typeof value === 'boolean') {
    writer.varintField(2, 1);
    if (value) writer.varintField(4, 1);
  } else if (typeof value === 'bigint') {
    writer.varintField(2, 2);
    if (value !== 0n) writer.bigIntField(5, value);
  } else if (typeof value === 'number') {
    writer.varintField(2, 3);
    if (value !== 0) writer.doubleField(6, value);
  } else {
    writer.varintField(2, 4);
    if (value.length > 0) writer.bytesField(7, value);
  }
}

function writeTimestamp(writer: WireWriter, nanos: bigint): void {
  const { seconds, rest } = divideTime(nanos);
  writeParts(writer, seconds, rest);
}

/** The parts of a duration have the same sign. */
function writeDuration(writer: WireWriter, nanos: bigint): void {
  writeParts(writer, nanos / NANOS, Number(nanos % NANOS));
}

function writeParts(writer: WireWriter, seconds: bigint, nanos: number): void {
  if (seconds !== 0n) writer.bigIntField(1, seconds);
  if (nanos !== 0) writer.bigIntField(2, BigInt(nanos));
}

const NANOS = 1_000_000_000n;
