import {
  FieldReader,
  readDouble,
  readVarintBool,
  readVarintInt64,
  readVarintLow,
  WireFormatError,
} from '@otelier/otlp';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import {
  bytesField,
  bytesOf,
  fixed64Field,
  inside,
  type MessageFields,
  readFields,
  textOf,
  varintField,
} from '../../spans/message-fields.ts';
import type { SpanAttribute } from '../../spans/span-data.ts';
import type { JaegerBatch, JaegerLog, JaegerProcess, JaegerReference, JaegerSpan, JaegerTag } from './jaeger-batch.ts';

/** Decodes the request of a gRPC call (`jaeger.api_v2.PostSpansRequest`). Throws a `MalformedSpansError`. */
export function decodePostSpans(body: Uint8Array): JaegerBatch {
  try {
    return readFields<BatchDraft>({ process: undefined, spans: [] }, new FieldReader(body), REQUEST_FIELDS);
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    throw new MalformedSpansError(`body: expected a batch: ${error.message}`, { cause: error });
  }
}

interface BatchDraft {
  process: JaegerProcess | undefined;
  readonly spans: JaegerSpan[];
}

const BATCH_FIELDS: MessageFields<BatchDraft> = {
  1: bytesField((batch, field) => {
    const span = spanOf(field);
    if (span !== undefined) batch.spans.push(span);
  }),
  2: bytesField((batch, field) => {
    batch.process = processOf(field);
  }),
};

const REQUEST_FIELDS: MessageFields<BatchDraft> = {
  1: bytesField((batch, field) => {
    readFields(batch, inside(field), BATCH_FIELDS);
  }),
};

interface ProcessDraft {
  serviceName: string;
  readonly tags: JaegerTag[];
}

const PROCESS_FIELDS: MessageFields<ProcessDraft> = {
  1: bytesField((process, field) => {
    process.serviceName = textOf(field);
  }),
  2: bytesField((process, field) => process.tags.push(tagOf(field))),
};

function processOf(field: FieldReader): JaegerProcess {
  return readFields<ProcessDraft>({ serviceName: '', tags: [] }, inside(field), PROCESS_FIELDS);
}

interface SpanDraft {
  traceId: Uint8Array;
  spanId: Uint8Array;
  operationName: string;
  flags: number;
  start: bigint;
  duration: bigint;
  process: JaegerProcess | undefined;
  readonly references: JaegerReference[];
  readonly tags: JaegerTag[];
  readonly logs: JaegerLog[];
}

const SPAN_FIELDS: MessageFields<SpanDraft> = {
  1: bytesField((span, field) => {
    span.traceId = traceIdOf(field);
  }),
  2: bytesField((span, field) => {
    span.spanId = spanIdOf(field);
  }),
  3: bytesField((span, field) => {
    span.operationName = textOf(field);
  }),
  4: bytesField((span, field) => span.references.push(referenceOf(field))),
  5: varintField((span, field) => {
    span.flags = readVarintLow(field.bytes, field.valueStart);
  }),
  6: bytesField((span, field) => {
    span.start = nanosOf(field);
  }),
  7: bytesField((span, field) => {
    span.duration = nanosOf(field);
  }),
  8: bytesField((span, field) => span.tags.push(tagOf(field))),
  9: bytesField((span, field) => span.logs.push(logOf(field))),
  10: bytesField((span, field) => {
    span.process = processOf(field);
  }),
};

/** Returns a span, or `undefined` for an empty message, which is none. */
function spanOf(field: FieldReader): JaegerSpan | undefined {
  if (field.valueEnd === field.valueStart) return undefined;
  const draft: SpanDraft = {
    traceId: NO_TRACE,
    spanId: NO_PARENT,
    operationName: '',
    flags: 0,
    start: 0n,
    duration: 0n,
    process: undefined,
    references: [],
    tags: [],
    logs: [],
  };
  const span = readFields(draft, inside(field), SPAN_FIELDS);
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    parentSpanId: NO_PARENT,
    operationName: span.operationName,
    references: span.references,
    flags: span.flags,
    start: span.start,
    end: span.start + span.duration,
    tags: span.tags,
    logs: span.logs,
    process: span.process,
  };
}

const NO_PARENT = new Uint8Array(8);
const NO_TRACE = new Uint8Array(16);

function traceIdOf(field: FieldReader): Uint8Array {
  const id = bytesOf(field);
  if (id.length === 16) return id;
  if (id.length !== 8) throw new MalformedSpansError(`trace_id: expected 8 or 16 bytes, got ${id.length}`);
  const padded = new Uint8Array(16);
  padded.set(id, 8);
  return padded;
}

function spanIdOf(field: FieldReader): Uint8Array {
  const id = bytesOf(field);
  if (id.length === 8) return id;
  throw new MalformedSpansError(`span_id: expected 8 bytes, got ${id.length}`);
}

interface ReferenceDraft {
  isChildOf: boolean;
  traceId: Uint8Array;
  spanId: Uint8Array;
}

const REFERENCE_FIELDS: MessageFields<ReferenceDraft> = {
  1: bytesField((reference, field) => {
    reference.traceId = traceIdOf(field);
  }),
  2: bytesField((reference, field) => {
    reference.spanId = spanIdOf(field);
  }),
  3: varintField((reference, field) => {
    reference.isChildOf = readVarintLow(field.bytes, field.valueStart) === 0;
  }),
};

function referenceOf(field: FieldReader): JaegerReference {
  const draft: ReferenceDraft = { isChildOf: true, traceId: NO_TRACE, spanId: NO_PARENT };
  return readFields(draft, inside(field), REFERENCE_FIELDS);
}

interface LogDraft {
  time: bigint;
  readonly fields: JaegerTag[];
}

const LOG_FIELDS: MessageFields<LogDraft> = {
  1: bytesField((log, field) => {
    log.time = nanosOf(field);
  }),
  2: bytesField((log, field) => log.fields.push(tagOf(field))),
};

function logOf(field: FieldReader): JaegerLog {
  return readFields<LogDraft>({ time: 0n, fields: [] }, inside(field), LOG_FIELDS);
}

interface TimeDraft {
  seconds: bigint;
  nanos: number;
}

const TIME_FIELDS: MessageFields<TimeDraft> = {
  1: varintField((time, field) => {
    time.seconds = readVarintInt64(field.bytes, field.valueStart);
  }),
  2: varintField((time, field) => {
    time.nanos = readVarintLow(field.bytes, field.valueStart) | 0;
  }),
};

/** Reads a `google.protobuf.Timestamp` or `Duration` in nanoseconds. */
function nanosOf(field: FieldReader): bigint {
  const { seconds, nanos } = readFields<TimeDraft>({ seconds: 0n, nanos: 0 }, inside(field), TIME_FIELDS);
  if (Math.abs(nanos) < 1e9) return seconds * 1_000_000_000n + BigInt(nanos);
  throw new MalformedSpansError(`time: expected less than a billion nanoseconds, got ${nanos}`);
}

interface TagDraft {
  key: string;
  type: number;
  text: string;
  bool: boolean;
  int: bigint;
  double: number;
  binary: Uint8Array;
}

const TAG_FIELDS: MessageFields<TagDraft> = {
  1: bytesField((tag, field) => {
    tag.key = textOf(field);
  }),
  2: varintField((tag, field) => {
    tag.type = readVarintLow(field.bytes, field.valueStart) | 0;
  }),
  3: bytesField((tag, field) => {
    tag.text = textOf(field);
  }),
  4: varintField((tag, field) => {
    tag.bool = readVarintBool(field.bytes, field.valueStart);
  }),
  5: varintField((tag, field) => {
    tag.int = readVarintInt64(field.bytes, field.valueStart);
  }),
  6: fixed64Field((tag, field) => {
    tag.double = readDouble(field.bytes, field.valueStart);
  }),
  7: bytesField((tag, field) => {
    tag.binary = bytesOf(field);
  }),
};

function tagOf(field: FieldReader): JaegerTag {
  const draft: TagDraft = { key: '', type: 0, text: '', bool: false, int: 0n, double: 0, binary: NO_BYTES };
  const tag = readFields(draft, inside(field), TAG_FIELDS);
  return { key: tag.key, value: tagValue(tag), text: tag.text };
}

const NO_BYTES = new Uint8Array();

function tagValue({ type, text, bool, int, double, binary }: TagDraft): SpanAttribute {
  switch (type) {
    case 0:
      return text;
    case 1:
      return bool;
    case 2:
      return int;
    case 3:
      return double;
    case 4:
      return binary;
    default:
      return `<Unknown Jaeger TagType "${type}">`;
  }
}
