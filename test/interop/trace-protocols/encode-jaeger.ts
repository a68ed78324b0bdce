import { WireWriter } from '@otelier/otlp';
import type { JaegerBatch, JaegerProcess, JaegerReference, JaegerSpan, JaegerTag } from './jaeger-spans.ts';
import type { ThriftField, ThriftValue } from './thrift-writer.ts';

/** Returns the fields of a batch in Thrift. */
export function batchFields({ process, spans }: JaegerBatch): ThriftField[] {
  return [
    [1, { struct: processFields(process) }],
    [2, { list: spans.map((span) => ({ struct: spanFields(span) })) }],
    [3, { i64: 12n }],
    // The statistics of the client, of which receivers make nothing.
    [
      4,
      {
        struct: [
          [1, { i64: 1n }],
          [2, { i64: 2n }],
          [3, { i64: 3n }],
        ],
      },
    ],
  ];
}

function processFields({ serviceName, tags }: JaegerProcess): ThriftField[] {
  return [
    [1, { binary: serviceName }],
    [2, tags.length === 0 ? undefined : { list: tags.map(tagValue) }],
  ];
}

function spanFields(span: JaegerSpan): ThriftField[] {
  const { references, tags, logs } = span;
  return [
    [1, { i64: span.traceIdLow }],
    [2, { i64: span.traceIdHigh }],
    [3, { i64: span.spanId }],
    [4, { i64: span.parentSpanId }],
    [5, { binary: span.operationName }],
    [6, references.length === 0 ? undefined : { list: references.map(referenceValue) }],
    [7, { i32: span.flags }],
    [8, { i64: span.startTime }],
    [9, { i64: span.duration }],
    [10, tags.length === 0 ? undefined : { list: tags.map(tagValue) }],
    [
      11,
      {
        list: logs.map(({ timestamp, fields }) => ({
          struct: [
            [1, { i64: timestamp }],
            [2, { list: fields.map(tagValue) }],
          ],
        })),
      },
    ],
    // A field that no version has, which is skipped.
    [
      40,
      {
        list: [
          {
            struct: [
              [1, { bool: true }],
              [2, { double: 1.5 }],
              [3, { list: [{ bool: false }] }],
            ],
          },
        ],
      },
    ],
  ];
}

function referenceValue({ refType, traceIdHigh, traceIdLow, spanId }: JaegerReference): ThriftValue {
  return {
    struct: [
      [1, { i32: refType }],
      [2, { i64: traceIdLow }],
      [3, { i64: traceIdHigh }],
      [4, { i64: spanId }],
    ],
  };
}

function tagValue([key, value]: JaegerTag): ThriftValue {
  const type = (vType: number): ThriftField[] => [
    [1, { binary: key }],
    [2, { i32: vType }],
  ];
  if (typeof value === 'string') return { struct: [...type(0), [3, { binary: value }]] };
  if (typeof value === 'number') return { struct: [...type(1), [4, { double: value }]] };
  if (typeof value === 'boolean') return { struct: [...type(2), [5, { bool: value }]] };
  if (typeof value === 'bigint') return { struct: [...type(3), [6, { i64: value }]] };
  if (value instanceof Uint8Array) return { struct: [...type(4), [7, { binary: value }]] };
  return { struct: type(9) };
}

/** Encodes a batch as `jaeger.api_v2.PostSpansRequest`. */
export function encodePostSpans({ process, spans }: JaegerBatch): Uint8Array {
  const writer = new WireWriter();
  writer.message(1, () => {
    for (const span of spans) writer.message(1, () => writeSpan(writer, span));
    writer.message(2, () => writeProcess(writer, process));
  });
  return writer.finish();
}

function writeProcess(writer: WireWriter, { serviceName, tags }: JaegerProcess): void {
  if (serviceName !== '') writer.stringField(1, serviceName);
  for (const tag of tags) writer.message(2, () => writeTag(writer, tag));
}

function writeSpan(writer: WireWriter, span: JaegerSpan): void {
  writer.bytesField(1, bytesOf(span.traceIdHigh, span.traceIdLow));
  writer.bytesField(2, bytesOf(span.spanId));
  writer.stringField(3, span.operationName);
  for (const reference of span.references) {
    writer.message(4, () => {
      writer.bytesField(1, bytesOf(reference.traceIdHigh, reference.traceIdLow));
      writer.bytesField(2, bytesOf(reference.spanId));
      if (reference.refType !== 0) writer.varintField(3, reference.refType);
    });
  }
  if (span.flags !== 0) writer.varintField(5, span.flags);
  writer.message(6, () => writeMicros(writer, span.startTime));
  writer.message(7, () => writeMicros(writer, span.duration));
  for (const tag of span.tags) writer.message(8, () => writeTag(writer, tag));
  for (const { timestamp, fields } of span.logs) {
    writer.message(9, () => {
      writer.message(1, () => writeMicros(writer, timestamp));
      for (const field of fields) writer.message(2, () => writeTag(writer, field));
    });
  }
  const { process } = span;
  if (process !== undefined) writer.message(10, () => writeProcess(writer, process));
}

function writeMicros(writer: WireWriter, micros: bigint): void {
  writer.bigIntField(1, micros / 1_000_000n);
  writer.varintField(2, Number(micros % 1_000_000n) * 1000);
}

function writeTag(writer: WireWriter, [key, value]: JaegerTag): void {
  writer.stringField(1, key);
  if (typeof value === 'string') writer.stringField(3, value);
  else if (typeof value === 'boolean') writer.varintField(2, 1).varintField(4, value ? 1 : 0);
  else if (typeof value === 'bigint') writer.varintField(2, 2).bigIntField(5, value);
  else if (typeof value === 'number') writer.varintField(2, 3).doubleField(6, value);
  else if (value instanceof Uint8Array) writer.varintField(2, 4).bytesField(7, value);
  else writer.varintField(2, 9);
}

function bytesOf(...halves: readonly bigint[]): Uint8Array {
  const bytes = Buffer.alloc(8 * halves.length);
  for (const [index, half] of halves.entries()) bytes.writeBigInt64BE(half, 8 * index);
  return bytes;
}
