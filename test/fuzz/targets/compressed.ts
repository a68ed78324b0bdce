import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateRawSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import type { Random } from '@otelier/testkit/otlp/random';
import { CODECS, outputOptions } from '../../../packages/transport/src/compression/codecs.ts';
import { createCorpus } from '../corpus.ts';
import { mutateBytes } from '../mutate/bytes.ts';
import { type WireCase, wireCase } from '../mutate/wire-case.ts';
import { checkWire, type Response } from '../oracle/check.ts';
import { rejectionRule } from '../oracle/rules.ts';
import type { FuzzTarget } from '../target.ts';
import { openHttpReceiver } from './http-receiver.ts';

/** OTLP/HTTP with compression: broken streams, concatenated streams and decompression bombs. */
export const httpCompressed: FuzzTarget = {
  name: 'http-compressed',
  what: 'the otlp receiver, compressed protobuf over HTTP',
  async open(seed) {
    const corpus = createCorpus(seed);
    return openHttpReceiver((random) => {
      const coding = CODINGS[random(CODINGS.length)] ?? CODINGS[0];
      const plain = random(BOMB_ONE_IN) === 0 ? bomb(random) : wireCase(corpus, random);
      const body = damage(coding.compress(plain.input), coding, random);
      return {
        signal: plain.signal,
        encoding: 'protobuf',
        contentEncoding: coding.name,
        body,
        check: (response) => checkCompressed(plain, coding, body, response),
      };
    });
  },
};

interface Coding {
  readonly name: string;
  compress(bytes: Uint8Array): Uint8Array;
  decompress(bytes: Uint8Array, options: { readonly maxOutputLength: number }): Uint8Array;
}

/**
 * A coding for which Node has no other implementation. The receiver must accept exactly what its own decoder accepts.
 */
function ownCoding(name: 'snappy' | 'x-snappy-framed' | 'lz4'): Coding {
  return {
    name,
    compress: (bytes) => CODECS[name].compressSync(bytes, 0),
    decompress: (bytes, { maxOutputLength }) =>
      CODECS[name].decompressSync(bytes, outputOptions(name, maxOutputLength)),
  };
}

const CODINGS: readonly [Coding, ...Coding[]] = [
  ownCoding('snappy'),
  ownCoding('x-snappy-framed'),
  ownCoding('lz4'),
  { name: 'gzip', compress: (bytes) => gzipSync(bytes, { level: 1 }), decompress: gunzipSync },
  { name: 'zstd', compress: (bytes) => zstdCompressSync(bytes), decompress: zstdDecompressSync },
  { name: 'deflate', compress: (bytes) => deflateSync(bytes, { level: 1 }), decompress: inflateEither },
  { name: 'br', compress: (bytes) => brotliCompressSync(bytes, { params: {} }), decompress: brotliDecompressSync },
];

/** Decompresses `deflate`, which denotes a zlib stream, although many clients send a raw one. */
function inflateEither(bytes: Uint8Array, options: { readonly maxOutputLength: number }): Uint8Array {
  try {
    return inflateSync(bytes, options);
  } catch {
    return inflateRawSync(bytes, options);
  }
}

/** The receiver's limit on the size of a body, both before and after decompression. */
const MAX_BYTES = 20 * 2 ** 20;
const BOMB_ONE_IN = 5_000;

/** Generates up to 64 MiB of zeros, which compress to a few bytes. */
function bomb(random: Random): WireCase {
  return { signal: 'traces', input: Buffer.alloc(2 ** (20 + random(7))) };
}

/** Damages half of the streams. The others stay intact, so that their contents are tested. */
function damage(stream: Uint8Array, { compress }: Coding, random: Random): Uint8Array {
  switch (random(10)) {
    case 0:
      return mutateBytes(stream, random);
    case 1:
      return stream.slice(0, random(stream.length));
    case 2:
      return Buffer.concat([stream, Uint8Array.of(random(256), random(256))]);
    case 3:
      return Buffer.concat([stream, compress(Uint8Array.of())]);
    case 4:
      return stream.length > 100_000 ? stream : compress(stream);
    default:
      return stream;
  }
}

/** Compares with zlib's own decoder, which ignores trailing data. */
function checkCompressed(
  { signal }: WireCase,
  coding: Coding,
  sent: Uint8Array,
  response: Response,
): string | undefined {
  let plain: Uint8Array;
  try {
    plain = coding.decompress(sent, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    if (response.kind !== 'accepted') return undefined;
    return `${coding.name}: accepted although it cannot be decompressed: ${error instanceof Error ? error.message : error}`;
  }
  if (response.kind === 'refused' && rejectionRule(response.reason) !== undefined) return undefined;
  const defect = checkWire(signal, plain, response);
  return defect === undefined ? undefined : `${coding.name}: ${defect}`;
}
