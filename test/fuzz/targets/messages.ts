import { normalizeRequest, type Signal } from '@otelier/otlp';
import { createManualClock } from '@otelier/testkit/clock';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { compress } from '@otelier/transport/compression';
import type { Host } from '../../../packages/collector/src/component/host.ts';
import { Normalizer } from '../../../packages/collector/src/component/normalize-worker/normalizer.ts';
import { loadDecoder, type MessageDecoder } from '../../../packages/collector/src/messages/decode.ts';
import { record, recordBatch } from '../../../packages/collector/src/receivers/kafka/record-batch.testing.ts';
import { readRecordBatches } from '../../../packages/collector/src/receivers/kafka/record-batches.ts';
import { spanDecoder } from '../../../packages/collector/src/receivers/messages/span-decoder.ts';
import { encodePostSpans } from '../../interop/trace-protocols/encode-jaeger.ts';
import { jaegerBatch } from '../../interop/trace-protocols/jaeger-spans.ts';
import { zipkinCases } from '../../interop/trace-protocols/zipkin-cases.ts';
import { createCorpus, createJsonCorpus } from '../corpus.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import type { FuzzTarget } from '../target.ts';
import { type DecoderAttempt, type DecoderOutcome, openDecoders } from './decoders.ts';

/** Maximum size of a batch of records after decompression. */
const MAX_BYTES = 1 << 16;
const CODINGS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;

/** Messages of an encoding. */
interface EncodedSeeds {
  readonly signal: Signal;
  readonly encoding: string;
  readonly seeds: readonly Uint8Array[];
}

/** The decoders of the messages of brokers, and of the batches in which Kafka has them, without sockets. */
export const messages: FuzzTarget = {
  name: 'messages',
  what: 'the decoders of the messages of kafka and nats, and of the batches of kafka, in this process',
  async open(seed) {
    const kinds = await Promise.all(encodedSeeds(seed).map(async (one) => ({ ...one, decode: await loaded(one) })));
    const batches = await recordBatches();
    return openDecoders((random) => {
      if (random(3) === 0) return attemptBatch(mutated(batches, random));
      const kind = kinds[random(kinds.length)];
      if (kind === undefined) throw new Error('the corpus is empty');
      return attemptMessage(kind.signal, kind.decode, mutated(kind.seeds, random));
    });
  },
};

function mutated(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  const seed = seeds[random(seeds.length)];
  if (seed === undefined) throw new Error('the corpus is empty');
  return random(4) === 0 ? seed : mutateBytes(seed, random);
}

function loaded({ signal, encoding }: EncodedSeeds): Promise<MessageDecoder> {
  // Inputs are so small that none goes to a thread, which the host would share.
  const normalizer = new Normalizer({} as Host);
  return loadDecoder(signal, encoding, {
    ...{ normalizer, clock: createManualClock() },
    loadSpanDecoder: async () => spanDecoder,
  });
}

function encodedSeeds(seed: number): readonly EncodedSeeds[] {
  const corpus = createCorpus(seed);
  const json = createJsonCorpus(seed);
  const zipkin = zipkinCases();
  const zipkinSeeds = (path: string, type: string) =>
    zipkin.filter((one) => one.path === path && one.contentType === type).map(({ body }) => body);
  const texts = ['', 'text', 'grün 日本', '{"a":[1,{"b":null}]}'].map((text) => Buffer.from(text));
  return [
    ...(['traces', 'metrics', 'logs'] as const).flatMap((signal) => [
      { signal, encoding: 'otlp_proto', seeds: corpus.flatMap((one) => (one.signal === signal ? [one.bytes] : [])) },
      {
        ...{ signal, encoding: 'otlp_json' },
        seeds: json.flatMap((one) => (one.signal === signal ? [Buffer.from(one.text)] : [])),
      },
    ]),
    { signal: 'traces', encoding: 'zipkin_proto', seeds: zipkinSeeds('/api/v2/spans', 'application/x-protobuf') },
    { signal: 'traces', encoding: 'zipkin_json', seeds: zipkinSeeds('/api/v2/spans', 'application/json') },
    { signal: 'traces', encoding: 'zipkin_thrift', seeds: zipkinSeeds('/api/v1/spans', 'application/x-thrift') },
    { signal: 'traces', encoding: 'jaeger_proto', seeds: jaegerSeeds(2) },
    { signal: 'traces', encoding: 'jaeger_proto_batch', seeds: jaegerSeeds(1) },
    { signal: 'traces', encoding: 'jaeger_json', seeds: JAEGER_JSON.map((text) => Buffer.from(text)) },
    ...['raw', 'text', 'text_shift_jis', 'json'].map((encoding) => ({
      signal: 'logs' as const,
      encoding,
      seeds: texts,
    })),
  ];
}

const JAEGER_JSON = [
  '{"traceId":"AQIDBAUGBwgJCgsMDQ4PEA==","spanId":"oaKjpKWmp6g=","operationName":"o","startTime":"2023-11-14T22:13:20.5Z","duration":"0.005s"}',
  '{"traceId":"AQIDBAUGBwgJCgsMDQ4PEA==","spanId":"oaKjpKWmp6g=","flags":1,"references":[{"refType":"FOLLOWS_FROM","traceId":"AQIDBAUGBwgJCgsMDQ4PEA==","spanId":"oaKjpKWmp6g="}],"tags":[{"key":"k","vType":"INT64","vInt64":"5"},{"key":"b","vType":"BINARY","vBinary":"AAEC"}],"logs":[{"timestamp":"2023-11-14T22:13:20Z","fields":[{"key":"f","vStr":"v"}]}],"process":{"serviceName":"s","tags":[{"key":"p","vType":"BOOL","vBool":true}]}}',
];

/** Returns batches of Jaeger (one level) or the first span of each (two levels): what the first field contains. */
function jaegerSeeds(levels: number): readonly Uint8Array[] {
  const random = createRandom(7);
  return Array.from({ length: 40 }, () => {
    let bytes = encodePostSpans(jaegerBatch(random));
    for (let level = 0; level < levels; level++) bytes = contentOfFirst(bytes);
    return bytes;
  }).filter(({ length }) => length > 0);
}

function contentOfFirst(bytes: Uint8Array): Uint8Array {
  let size = 0;
  let at = 1;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++] ?? 0;
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return bytes.subarray(at, at + size);
  }
}

/** Responses of one or two batches, without and with each compression. */
async function recordBatches(): Promise<readonly Uint8Array[]> {
  const values = ['', 'value', 'v'.repeat(500)].map((text) => Buffer.from(text));
  const headers = [
    ['name', 'value'],
    ['', ''],
    ['name', 'other'],
  ] as const;
  const records = Buffer.concat(values.map((value, index) => record(index, value, index === 1 ? headers : [])));
  const plain = recordBatch(records, { count: values.length });
  const compressed = await Promise.all(
    CODINGS.map(async (coding, index) =>
      recordBatch(await compress(coding, [records]), { count: values.length, compression: index + 1 }),
    ),
  );
  const large = await Promise.all(
    CODINGS.map(async (coding, index) =>
      recordBatch(await compress(coding, [Buffer.alloc(2 * MAX_BYTES)]), { count: 1, compression: index + 1 }),
    ),
  );
  return [plain, ...compressed, ...large].flatMap((batch) => [batch, Buffer.concat([plain, batch])]);
}

function attemptMessage(signal: Signal, decode: MessageDecoder, input: Uint8Array): DecoderAttempt {
  return {
    input,
    async decode(): Promise<DecoderOutcome> {
      const request = await decode(input);
      if (!request.ok) return { kind: 'refused' };
      const normalized = normalizeRequest(signal, request.bytes);
      if (!normalized.ok) return { kind: 'accepted', defect: `written bytes are refused: ${normalized.reason}` };
      const isCounted = normalized.itemCount === request.itemCount;
      return {
        kind: 'accepted',
        defect: isCounted ? undefined : `expected ${normalized.itemCount} items, got ${request.itemCount}`,
      };
    },
  };
}

/** Whatever is read from a batch is bounded, and lies in the input or in what was decompressed. */
function attemptBatch(input: Uint8Array): DecoderAttempt {
  return {
    input,
    async decode(): Promise<DecoderOutcome> {
      let isRefused = false;
      let batchCount = 0;
      for await (const { sizeBytes, records } of readRecordBatches(Buffer.from(input), MAX_BYTES)) {
        batchCount += 1;
        isRefused ||= records.some(({ kind }) => kind === 'unreadable');
        let read = 0;
        for (const one of records) if (one.kind === 'record') read += one.value?.length ?? 0;
        const isBounded = sizeBytes <= MAX_BYTES && read <= sizeBytes && records.length <= MAX_BYTES / 64;
        if (!isBounded)
          return {
            kind: 'accepted',
            defect: `expected at most ${MAX_BYTES} bytes, got ${sizeBytes} with ${read} of values`,
          };
      }
      return isRefused || batchCount === 0 ? { kind: 'refused' } : { kind: 'accepted', defect: undefined };
    },
  };
}
