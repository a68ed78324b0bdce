import { decodeThrift } from '../../spans/decode-thrift.ts';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import type { SpanAttribute } from '../../spans/span-data.ts';
import { idOfHalves } from '../../spans/span-id.ts';
import {
  boolField,
  doubleField,
  i32Field,
  i64Field,
  listField,
  readStruct,
  type StructField,
  type StructFields,
  stringField,
  structField,
} from '../../thrift/struct-fields.ts';
import { type ThriftReader, ThriftType } from '../../thrift/thrift-reader.ts';
import type { JaegerBatch, JaegerLog, JaegerProcess, JaegerReference, JaegerSpan, JaegerTag } from './jaeger-batch.ts';

/** Decodes a batch (`jaeger.Batch`). Throws a `MalformedSpansError`. */
export function decodeThriftBatch(reader: ThriftReader): JaegerBatch {
  return decodeThrift('a Thrift batch', () => batchOf(reader));
}

/** Decodes a call of an agent: the batch of `emitBatch`, or the name of another method. Throws a `MalformedSpansError`. */
export function decodeAgentCall(reader: ThriftReader): JaegerBatch | { readonly otherMethod: string } {
  return decodeThrift('a Thrift batch', () => {
    const { name } = reader.message();
    if (name !== 'emitBatch') return { otherMethod: name };
    const call: { batch: JaegerBatch | undefined } = { batch: undefined };
    return readStruct(call, reader, CALL_FIELDS).batch ?? { process: undefined, spans: [] };
  });
}

const CALL_FIELDS: StructFields<{ batch: JaegerBatch | undefined }> = {
  1: structField((call, reader) => {
    call.batch = batchOf(reader);
  }),
};

/** Returns a required field. */
function required<T>(value: T | undefined, name: string): T {
  if (value !== undefined) return value;
  throw new MalformedSpansError(`${name}: expected a value, got nothing`);
}

interface BatchDraft {
  process: JaegerProcess | undefined;
  spans: JaegerSpan[] | undefined;
}

const BATCH_FIELDS: StructFields<BatchDraft> = {
  1: structField((batch, reader) => {
    batch.process = processOf(reader);
  }),
  2: listOf((batch) => {
    batch.spans ??= [];
    return batch.spans;
  }, spanOf),
};

/** Declares a list whose presence counts even if it is empty. */
function listOf<T, Element>(open: (target: T) => Element[], read: (reader: ThriftReader) => Element): StructField<T> {
  return {
    type: ThriftType.list,
    read(target, reader) {
      const list = open(target);
      reader.list(() => list.push(read(reader)));
    },
  };
}

function batchOf(reader: ThriftReader): JaegerBatch {
  const { process, spans } = readStruct<BatchDraft>({ process: undefined, spans: undefined }, reader, BATCH_FIELDS);
  return { process: required(process, 'process'), spans: required(spans, 'spans') };
}

interface ProcessDraft {
  serviceName: string | undefined;
  readonly tags: JaegerTag[];
}

const PROCESS_FIELDS: StructFields<ProcessDraft> = {
  1: stringField((process, reader) => {
    process.serviceName = reader.text();
  }),
  2: listField((process, reader) => process.tags.push(tagOf(reader))),
};

function processOf(reader: ThriftReader): JaegerProcess {
  const { serviceName, tags } = readStruct<ProcessDraft>({ serviceName: undefined, tags: [] }, reader, PROCESS_FIELDS);
  return { serviceName: required(serviceName, 'process.serviceName'), tags };
}

interface SpanDraft {
  traceIdLow: bigint | undefined;
  traceIdHigh: bigint | undefined;
  spanId: bigint | undefined;
  parentSpanId: bigint | undefined;
  operationName: string | undefined;
  flags: number | undefined;
  startTime: bigint | undefined;
  duration: bigint | undefined;
  readonly references: JaegerReference[];
  readonly tags: JaegerTag[];
  readonly logs: JaegerLog[];
}

const SPAN_FIELDS: StructFields<SpanDraft> = {
  1: i64Field((span, reader) => {
    span.traceIdLow = reader.i64();
  }),
  2: i64Field((span, reader) => {
    span.traceIdHigh = reader.i64();
  }),
  3: i64Field((span, reader) => {
    span.spanId = reader.i64();
  }),
  4: i64Field((span, reader) => {
    span.parentSpanId = reader.i64();
  }),
  5: stringField((span, reader) => {
    span.operationName = reader.text();
  }),
  6: listField((span, reader) => span.references.push(referenceOf(reader))),
  7: i32Field((span, reader) => {
    span.flags = reader.i32();
  }),
  8: i64Field((span, reader) => {
    span.startTime = reader.i64();
  }),
  9: i64Field((span, reader) => {
    span.duration = reader.i64();
  }),
  10: listField((span, reader) => span.tags.push(tagOf(reader))),
  11: listField((span, reader) => span.logs.push(logOf(reader))),
};

function spanOf(reader: ThriftReader): JaegerSpan {
  const draft: SpanDraft = {
    traceIdLow: undefined,
    traceIdHigh: undefined,
    spanId: undefined,
    parentSpanId: undefined,
    operationName: undefined,
    flags: undefined,
    startTime: undefined,
    duration: undefined,
    references: [],
    tags: [],
    logs: [],
  };
  const span = readStruct(draft, reader, SPAN_FIELDS);
  const start = required(span.startTime, 'span.startTime');
  const low = required(span.traceIdLow, 'span.traceIdLow');
  const { references, tags, logs } = span;
  return {
    traceId: idOfHalves(required(span.traceIdHigh, 'span.traceIdHigh'), low),
    spanId: idOfHalves(required(span.spanId, 'span.spanId')),
    parentSpanId: idOfHalves(required(span.parentSpanId, 'span.parentSpanId')),
    operationName: required(span.operationName, 'span.operationName'),
    flags: required(span.flags, 'span.flags'),
    start: start * 1000n,
    end: (start + required(span.duration, 'span.duration')) * 1000n,
    references,
    tags,
    logs,
    process: undefined,
  };
}

interface ReferenceDraft {
  refType?: number;
  traceIdLow?: bigint;
  traceIdHigh?: bigint;
  spanId?: bigint;
}

const REFERENCE_FIELDS: StructFields<ReferenceDraft> = {
  1: i32Field((reference, reader) => {
    reference.refType = reader.i32();
  }),
  2: i64Field((reference, reader) => {
    reference.traceIdLow = reader.i64();
  }),
  3: i64Field((reference, reader) => {
    reference.traceIdHigh = reader.i64();
  }),
  4: i64Field((reference, reader) => {
    reference.spanId = reader.i64();
  }),
};

function referenceOf(reader: ThriftReader): JaegerReference {
  const reference = readStruct<ReferenceDraft>({}, reader, REFERENCE_FIELDS);
  const low = required(reference.traceIdLow, 'reference.traceIdLow');
  return {
    isChildOf: required(reference.refType, 'reference.refType') === 0,
    traceId: idOfHalves(required(reference.traceIdHigh, 'reference.traceIdHigh'), low),
    spanId: idOfHalves(required(reference.spanId, 'reference.spanId')),
  };
}

interface LogDraft {
  timestamp: bigint | undefined;
  fields: JaegerTag[] | undefined;
}

const LOG_FIELDS: StructFields<LogDraft> = {
  1: i64Field((log, reader) => {
    log.timestamp = reader.i64();
  }),
  2: listOf((log) => {
    log.fields ??= [];
    return log.fields;
  }, tagOf),
};

function logOf(reader: ThriftReader): JaegerLog {
  const { timestamp, fields } = readStruct<LogDraft>({ timestamp: undefined, fields: undefined }, reader, LOG_FIELDS);
  return { time: required(timestamp, 'log.timestamp') * 1000n, fields: required(fields, 'log.fields') };
}

interface TagDraft {
  key: string | undefined;
  type: number | undefined;
  text: string;
  double: number;
  bool: boolean;
  long: bigint;
  binary: Uint8Array;
}

const TAG_FIELDS: StructFields<TagDraft> = {
  1: stringField((tag, reader) => {
    tag.key = reader.text();
  }),
  2: i32Field((tag, reader) => {
    tag.type = reader.i32();
  }),
  3: stringField((tag, reader) => {
    tag.text = reader.text();
  }),
  4: doubleField((tag, reader) => {
    tag.double = reader.double();
  }),
  5: boolField((tag, reader) => {
    tag.bool = reader.bool();
  }),
  6: i64Field((tag, reader) => {
    tag.long = reader.i64();
  }),
  7: stringField((tag, reader) => {
    tag.binary = reader.binary();
  }),
};

function tagOf(reader: ThriftReader): JaegerTag {
  const draft: TagDraft = {
    key: undefined,
    type: undefined,
    text: '',
    double: 0,
    bool: false,
    long: 0n,
    binary: NO_BYTES,
  };
  const tag = readStruct(draft, reader, TAG_FIELDS);
  const type = required(tag.type, 'tag.vType');
  return { key: required(tag.key, 'tag.key'), value: tagValue(tag, type), text: tag.text };
}

const NO_BYTES = new Uint8Array();

function tagValue({ text, double, bool, long, binary }: TagDraft, type: number): SpanAttribute {
  switch (type) {
    case 0:
      return text;
    case 1:
      return double;
    case 2:
      return bool;
    case 3:
      return long;
    case 4:
      return binary;
    default:
      return '<Unknown Jaeger TagType "<UNSET>">';
  }
}
