import {
  FieldReader,
  readDouble,
  readVarintBool,
  readVarintInt64,
  readVarintUint64,
  WireFormatError,
} from '@otelier/otlp';
import { MalformedSpansError } from '../../spans/malformed-spans.ts';
import {
  bytesField,
  bytesOf,
  fixed64Field,
  fixed64Of,
  inside,
  type MessageField,
  type MessageFields,
  readFields,
  textOf,
  varintField,
} from '../../spans/message-fields.ts';
import type { DatadogChunk, DatadogEvent, DatadogLink, DatadogSpan, TracerPayload } from './span.ts';

type Draft<T> = {
  -readonly [Key in keyof T]: T[Key] extends ReadonlyMap<infer K, infer V>
    ? Map<K, V>
    : T[Key] extends readonly (infer E)[]
      ? E[]
      : T[Key];
};

/** Decodes a request of the agent to `/api/v0.2/traces` (`datadog.trace.AgentPayload`). Throws a `MalformedSpansError`. */
export function decodeAgentPayload(body: Uint8Array): readonly TracerPayload[] {
  return decodeProtobuf(body, 'an agent payload', (reader) => {
    const payload = readFields({ hostname: '', env: '', payloads: [] as Draft<TracerPayload>[] }, reader, AGENT_FIELDS);
    return payload.payloads.map((each) => ({
      ...each,
      hostname: each.hostname || payload.hostname,
      env: each.env || payload.env,
    }));
  });
}

/** Decodes protobuf. Throws a `MalformedSpansError`. */
export function decodeProtobuf<T>(body: Uint8Array, expected: string, decode: (reader: FieldReader) => T): T {
  try {
    return decode(new FieldReader(body));
  } catch (error) {
    if (!(error instanceof WireFormatError)) throw error;
    throw new MalformedSpansError(`body: expected ${expected}: ${error.message}`, { cause: error });
  }
}

/** Declares a text. */
export function textField<T, K extends keyof T>(key: K): MessageField<T> {
  return bytesField((target, field) => {
    target[key] = textOf(field) as T[K];
  });
}

/** Declares a list of texts. */
export function textsField<T extends { [P in K]: string[] }, K extends keyof T>(key: K): MessageField<T> {
  return bytesField((target, field) => target[key].push(textOf(field)));
}

/** Declares an integer of 64 bits. */
export function int64Field<T, K extends keyof T>(key: K): MessageField<T> {
  return varintField((target, { bytes, valueStart }) => {
    target[key] = readVarintInt64(bytes, valueStart) as T[K];
  });
}

/** Declares a floating-point number. */
export function doubleField<T, K extends keyof T>(key: K): MessageField<T> {
  return fixed64Field((target, { bytes, valueStart }) => {
    target[key] = readDouble(bytes, valueStart) as T[K];
  });
}

function uint64Field<T, K extends keyof T>(key: K): MessageField<T> {
  return varintField((target, { bytes, valueStart }) => {
    target[key] = readVarintUint64(bytes, valueStart) as T[K];
  });
}

function mapField<T extends { [P in K]: Map<string, string> }, K extends keyof T>(key: K): MessageField<T> {
  return bytesField((target, field) => {
    const entry = readFields({ key: '', value: '' }, inside(field), TEXT_ENTRY);
    target[key].set(entry.key, entry.value);
  });
}

const TEXT_ENTRY: MessageFields<{ key: string; value: string }> = { 1: textField('key'), 2: textField('value') };
const BYTES_ENTRY: MessageFields<{ key: string; value: Uint8Array }> = {
  1: textField('key'),
  2: bytesField((entry, field) => {
    entry.value = bytesOf(field);
  }),
};
const NUMBER_ENTRY: MessageFields<{ key: string; value: number }> = { 1: textField('key'), 2: doubleField('value') };

const LINK_FIELDS: MessageFields<Draft<DatadogLink>> = {
  1: uint64Field('traceId'),
  2: uint64Field('traceIdHigh'),
  3: uint64Field('spanId'),
  4: mapField('attributes'),
  5: textField('traceState'),
};

interface AnyValue {
  value: string | boolean | bigint | number;
}

const VALUE_FIELDS: MessageFields<AnyValue> = {
  2: textField('value'),
  3: varintField((target, { bytes, valueStart }) => {
    target.value = readVarintBool(bytes, valueStart);
  }),
  4: int64Field('value'),
  5: doubleField('value'),
};

const EVENT_ENTRY: MessageFields<AnyValue & { key: string }> = {
  1: textField('key'),
  2: bytesField((entry, field) => {
    readFields(entry, inside(field), VALUE_FIELDS);
  }),
};

const EVENT_FIELDS: MessageFields<Draft<DatadogEvent>> = {
  1: fixed64Field((event, field) => {
    event.time = fixed64Of(field);
  }),
  2: textField('name'),
  3: bytesField((event, field) => {
    const entry = readFields<AnyValue & { key: string }>({ key: '', value: '' }, inside(field), EVENT_ENTRY);
    event.attributes.set(entry.key, entry.value);
  }),
};

const SPAN_FIELDS: MessageFields<Draft<DatadogSpan>> = {
  1: textField('service'),
  2: textField('name'),
  3: textField('resource'),
  4: uint64Field('traceId'),
  5: uint64Field('spanId'),
  6: uint64Field('parentId'),
  7: int64Field('start'),
  8: int64Field('duration'),
  9: int64Field('error'),
  10: mapField('meta'),
  11: bytesField((span, field) => {
    const entry = readFields({ key: '', value: 0 }, inside(field), NUMBER_ENTRY);
    span.metrics.set(entry.key, entry.value);
  }),
  12: textField('type'),
  13: bytesField((span, field) => {
    const entry = readFields({ key: '', value: new Uint8Array() }, inside(field), BYTES_ENTRY);
    span.structs.set(entry.key, entry.value);
  }),
  14: bytesField((span, field) => {
    const link = { traceId: 0n, traceIdHigh: 0n, spanId: 0n, traceState: '', attributes: new Map<string, string>() };
    span.links.push(readFields(link, inside(field), LINK_FIELDS));
  }),
  15: bytesField((span, field) => {
    span.events.push(readFields({ time: 0n, name: '', attributes: new Map() }, inside(field), EVENT_FIELDS));
  }),
};

function emptySpan(): Draft<DatadogSpan> {
  return {
    ...{ service: '', name: '', resource: '', type: '', traceId: 0n, spanId: 0n, parentId: 0n },
    ...{ start: 0n, duration: 0n, error: 0n, meta: new Map(), metrics: new Map(), structs: new Map() },
    ...{ links: [], events: [] },
  };
}

const CHUNK_FIELDS: MessageFields<Draft<DatadogChunk>> = {
  3: bytesField((chunk, field) => chunk.spans.push(readFields(emptySpan(), inside(field), SPAN_FIELDS))),
  4: mapField('tags'),
};

const TRACER_FIELDS: MessageFields<Draft<TracerPayload>> = {
  1: textField('containerId'),
  2: textField('languageName'),
  3: textField('languageVersion'),
  4: textField('tracerVersion'),
  6: bytesField((payload, field) =>
    payload.chunks.push(readFields({ spans: [], tags: new Map() }, inside(field), CHUNK_FIELDS)),
  ),
  7: mapField('tags'),
  8: textField('env'),
  9: textField('hostname'),
  10: textField('appVersion'),
};

const AGENT_FIELDS: MessageFields<{ hostname: string; env: string; payloads: Draft<TracerPayload>[] }> = {
  1: textField('hostname'),
  2: textField('env'),
  5: bytesField((agent, field) => {
    const payload: Draft<TracerPayload> = {
      ...{ containerId: '', languageName: '', languageVersion: '', tracerVersion: '', env: '', hostname: '' },
      ...{ appVersion: '', tags: new Map(), chunks: [] },
    };
    agent.payloads.push(readFields(payload, inside(field), TRACER_FIELDS));
  }),
};
