import { normalizeRequest } from '@otelier/otlp';
import { decodePostSpans } from '../../../packages/collector/src/receivers/jaeger/decode-protobuf.ts';
import { decodeAgentCall, decodeThriftBatch } from '../../../packages/collector/src/receivers/jaeger/decode-thrift.ts';
import { spansOfProtobuf, spansOfThrift } from '../../../packages/collector/src/receivers/jaeger/to-spans.ts';
import { zipkinProtocol } from '../../../packages/collector/src/receivers/zipkin/protocol.ts';
import { MalformedSpansError } from '../../../packages/collector/src/spans/malformed-spans.ts';
import type { ResourceSpansData } from '../../../packages/collector/src/spans/span-data.ts';
import { writeSpans } from '../../../packages/collector/src/spans/write-spans.ts';
import { BinaryReader } from '../../../packages/collector/src/thrift/binary-reader.ts';
import { CompactReader } from '../../../packages/collector/src/thrift/compact-reader.ts';
import type { ReceiveCase } from '../../interop/trace-protocols/case.ts';
import { jaegerCases } from '../../interop/trace-protocols/jaeger-cases.ts';
import { zipkinCases } from '../../interop/trace-protocols/zipkin-cases.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import type { Response } from '../oracle/check.ts';
import type { FuzzTarget } from '../target.ts';
import { openParser } from './parser.ts';

/** The decoders of Zipkin and Jaeger, without sockets. */
export const traceProtocols: FuzzTarget = {
  name: 'trace-protocols',
  what: 'the decoders of zipkin and jaeger, in this process',
  async open() {
    const corpus = [...zipkinCases(), ...jaegerCases()];
    return openParser((random) => {
      const seed = corpus[random(corpus.length)];
      if (seed === undefined) throw new Error('the corpus is empty');
      const input = random(4) === 0 ? seed.body : mutateBytes(seed.body, random);
      return { input, parse: () => receive(seed, input), check };
    });
  },
};

function receive(seed: ReceiveCase, input: Uint8Array): Response {
  try {
    return { kind: 'accepted', bytes: writeSpans(decode(seed, input)).bytes };
  } catch (error) {
    if (!(error instanceof MalformedSpansError)) throw error;
    return { kind: 'refused', reason: error.message };
  }
}

function decode({ kind, path = '', contentType = '', parse = false }: ReceiveCase, input: Uint8Array) {
  switch (kind) {
    case 'zipkin':
      return zipkinProtocol(requestOf(path, contentType), {
        ...{ maxBytes: input.length, parseStringTags: parse, nowMillis: () => 0 },
      }).decode(input);
    case 'jaeger_grpc':
      return spansOfProtobuf(decodePostSpans(input));
    case 'jaeger_http':
      return spansOfThrift(decodeThriftBatch(new BinaryReader(input)));
    default:
      return spansOfCall(new (kind === 'jaeger_compact' ? CompactReader : BinaryReader)(input));
  }
}

function spansOfCall(reader: BinaryReader | CompactReader): ResourceSpansData[] {
  const call = decodeAgentCall(reader);
  return 'otherMethod' in call ? [] : spansOfThrift(call);
}

function requestOf(path: string, contentType: string) {
  const readBody = () => Promise.resolve(undefined);
  return {
    method: 'POST',
    path,
    query: '',
    headers: {},
    contentType,
    contentEncoding: '',
    contentLength: undefined,
    readBody,
  };
}

/** Whatever is accepted is a valid request in OTLP. */
function check(response: Response): string | undefined {
  if (response.kind !== 'accepted' || response.bytes === undefined) return undefined;
  const normalized = normalizeRequest('traces', response.bytes);
  if (!normalized.ok) return `written bytes are refused: ${normalized.reason}`;
  return Buffer.compare(normalized.bytes, response.bytes) === 0 ? undefined : 'written bytes are not canonical';
}
