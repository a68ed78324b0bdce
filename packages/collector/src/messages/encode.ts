import { requestToJson, type Signal } from '@otelier/otlp';
import type { EncodedMessages } from './encoded-messages.ts';

/** Encodes an export request with `itemCount` items as messages. */
export type MessageEncoder = (request: Uint8Array, itemCount: number) => EncodedMessages;

/** Loads what returns the encoder of an encoding of spans by its name. */
export type LoadSpanEncoder = () => Promise<(encoding: string) => MessageEncoder>;

type LoadEncoder = (signal: Signal, loadSpanEncoder: LoadSpanEncoder) => Promise<MessageEncoder>;

const OTLP_PROTO: LoadEncoder = async () => (request, itemCount) => single(Buffer.from(request), itemCount);

const COMMON: Readonly<Record<string, LoadEncoder>> = {
  otlp_proto: OTLP_PROTO,
  otlp_json: async (signal) => (request, itemCount) => single(Buffer.from(requestToJson(signal, request)), itemCount),
};

const ENCODERS: Readonly<Record<Signal, Readonly<Record<string, LoadEncoder>>>> = {
  traces: {
    ...COMMON,
    zipkin_proto: loadSpans('zipkin_proto'),
    zipkin_json: loadSpans('zipkin_json'),
    jaeger_proto: loadSpans('jaeger_proto'),
    jaeger_json: loadSpans('jaeger_json'),
  },
  metrics: COMMON,
  logs: { ...COMMON, raw: loadRaw },
  // Profiles have no JSON here.
  profiles: { otlp_proto: OTLP_PROTO },
};

/** Returns the names of the encodings in which messages of a signal can be sent. */
export function sentEncodings(signal: Signal): readonly string[] {
  return Object.keys(ENCODERS[signal]);
}

/** Loads the encoder of an encoding, which must be one of `sentEncodings`. */
export async function loadEncoder(
  signal: Signal,
  encoding: string,
  loadSpanEncoder: LoadSpanEncoder,
): Promise<MessageEncoder> {
  const load = Object.hasOwn(ENCODERS[signal], encoding) ? ENCODERS[signal][encoding] : undefined;
  if (load === undefined) throw new Error(`${encoding} is not an encoding of ${signal}`);
  return load(signal, loadSpanEncoder);
}

/** Whether the messages of an encoding contain one item each, so that a large one cannot be split. */
export function hasMessagePerItem(encoding: string): boolean {
  return ITEM_ENCODINGS.has(encoding);
}

const ITEM_ENCODINGS: ReadonlySet<string> = new Set(['raw', 'jaeger_proto', 'jaeger_json']);

function single(value: Buffer, itemCount: number): EncodedMessages {
  return { messages: [{ value, itemCount }], rejectedItems: 0, reason: '' };
}

function loadSpans(encoding: string): LoadEncoder {
  return async (_signal, loadSpanEncoder) => (await loadSpanEncoder())(encoding);
}

async function loadRaw(): Promise<MessageEncoder> {
  const { rawBodies } = await import('./raw-bodies.ts');
  return rawBodies;
}
