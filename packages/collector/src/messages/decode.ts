import type { NormalizedRequest, OtlpEncoding, Signal } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import type { Normalizer } from '../component/normalize-worker/normalizer.ts';
import { textEncoding } from '../component/text/encoding.ts';
import type { ResourceSpansData } from '../spans/span-data.ts';

/** Decodes the value of a message to an export request. */
export type MessageDecoder = (value: Uint8Array) => NormalizedRequest | Promise<NormalizedRequest>;

/** Decodes spans of another protocol. Throws a `MalformedSpansError`. */
export type DecodeSpans = (value: Uint8Array) => readonly ResourceSpansData[];

/** Dependencies of decoders. */
export interface DecoderContext {
  readonly normalizer: Normalizer;
  readonly clock: Clock;
  /** Loads what returns the decoder of an encoding of spans by its name. */
  loadSpanDecoder(): Promise<(encoding: string) => DecodeSpans>;
}

type LoadDecoder = (signal: Signal, context: DecoderContext, encoding: string) => Promise<MessageDecoder>;

/** The encodings of all signals. */
const COMMON: Readonly<Record<string, LoadDecoder>> = {
  otlp_proto: loadOtlp('protobuf'),
  otlp_json: loadOtlp('json'),
};

const DECODERS: Readonly<Record<Signal, Readonly<Record<string, LoadDecoder>>>> = {
  traces: {
    ...COMMON,
    zipkin_proto: loadSpans('zipkin_proto'),
    zipkin_json: loadSpans('zipkin_json'),
    zipkin_thrift: loadSpans('zipkin_thrift'),
    jaeger_proto: loadSpans('jaeger_proto'),
    jaeger_proto_batch: loadSpans('jaeger_proto_batch'),
    jaeger_json: loadSpans('jaeger_json'),
  },
  metrics: COMMON,
  logs: {
    ...COMMON,
    raw: loadRecords(() => (value) => value.slice()),
    text: loadRecords(textBody),
    json: loadRecords(jsonBody),
  },
  profiles: { otlp_proto: loadOtlp('protobuf') },
};

const TEXT_PREFIX = 'text_';

/** Returns the names of the encodings in which messages of a signal can be received. */
export function receivedEncodings(signal: Signal): readonly string[] {
  return Object.keys(DECODERS[signal]);
}

/** Returns what is wrong with an encoding of received messages, if anything. */
export function receivedEncodingError(signal: Signal, encoding: string): string | undefined {
  if (loaderOf(signal, encoding) === undefined)
    return `expected one of ${receivedEncodings(signal).join(', ')}, got ${JSON.stringify(encoding)}; otelier has no encoding extensions`;
  return encoding.startsWith(TEXT_PREFIX) && textEncoding(encoding.slice(TEXT_PREFIX.length)) === undefined
    ? `expected ${TEXT_PREFIX} and a text encoding such as ${TEXT_PREFIX}shift_jis, got ${JSON.stringify(encoding)}`
    : undefined;
}

/** Loads the decoder of an encoding, which `receivedEncodingError` accepts. */
export async function loadDecoder(signal: Signal, encoding: string, context: DecoderContext): Promise<MessageDecoder> {
  const load = loaderOf(signal, encoding);
  if (load === undefined) throw new Error(`${encoding} is not an encoding of ${signal}`);
  return load(signal, context, encoding);
}

function loaderOf(signal: Signal, encoding: string): LoadDecoder | undefined {
  const decoders = DECODERS[signal];
  const name = encoding.startsWith(TEXT_PREFIX) ? 'text' : encoding;
  return Object.hasOwn(decoders, name) ? decoders[name] : undefined;
}

function loadOtlp(encoding: OtlpEncoding): LoadDecoder {
  return async (signal, { normalizer }) =>
    (value) => {
      const result = normalizer.normalize(signal, encoding, value);
      return result instanceof Promise ? result.then(({ normalized }) => normalized) : result.normalized;
    };
}

function loadSpans(encoding: string): LoadDecoder {
  return async (_signal, { loadSpanDecoder }) => {
    const [spanDecoder, { MalformedSpansError }, { writeSpans }] = await Promise.all([
      loadSpanDecoder(),
      import('../spans/malformed-spans.ts'),
      import('../spans/write-spans.ts'),
    ]);
    const decode = spanDecoder(encoding);
    return (value) => {
      try {
        return { ok: true, ...writeSpans(decode(value)) };
      } catch (error) {
        if (!(error instanceof MalformedSpansError)) throw error;
        return { ok: false, reason: error.message };
      }
    };
  };
}

type Body = import('../ottl/values/value.ts').Value;
type DecodeBody = (value: Uint8Array) => Body | Promise<Body>;

/** Loads the decoder of an encoding whose messages are log records, of which `load` reads the body. */
function loadRecords(load: (encoding: string) => DecodeBody | Promise<DecodeBody>): LoadDecoder {
  return async (_signal, { clock }, encoding) => {
    const [{ encodeEntries }, { Entry }, { EvaluationError }] = await Promise.all([
      import('../operators/encode-entries.ts'),
      import('../operators/entry/entry.ts'),
      import('../ottl/values/value.ts'),
    ]);
    const bodyOf = await load(encoding);
    return async (value) => {
      try {
        const entry = new Entry(await bodyOf(value), BigInt(Math.floor(clock.now())) * 1_000_000n);
        return { ok: true, bytes: encodeEntries([entry]), itemCount: 1 };
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        return { ok: false, reason: error.message };
      }
    };
  };
}

function textBody(encoding: string): DecodeBody {
  const name = encoding.startsWith(TEXT_PREFIX) ? encoding.slice(TEXT_PREFIX.length) : '';
  const text = textEncoding(name);
  if (text === undefined) throw new Error(`${name} is not a text encoding`);
  return (value) => text.decode(value);
}

async function jsonBody(): Promise<DecodeBody> {
  const { parseJsonObject } = await import('../operators/parsers/json-object.ts');
  return (value) => parseJsonObject(Buffer.from(value.buffer, value.byteOffset, value.length).toString('utf8'), false);
}
