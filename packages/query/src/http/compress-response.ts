import { pipeline, Readable, type Transform } from 'node:stream';
import zlib from 'node:zlib';

/**
 * Returns the response compressed with a coding that the client accepts, preferring zstd to gzip. Event streams, media
 * and small bodies are returned unchanged. Uses the fastest level: on loopback, time matters more than size.
 */
export async function compressResponse(request: Request, response: Response): Promise<Response> {
  const { headers, body } = response;
  if (body === null || headers.has('content-encoding') || !isText(headers.get('content-type'))) return response;
  const coding = acceptedCoding(request.headers.get('accept-encoding') ?? '', Object.keys(COMPRESSORS));
  if (coding === undefined) return response;
  const isLines = headers.get('content-type') === LINES;
  const reader = body.getReader();
  const start = isLines ? UNREAD : await readStart(reader);
  const chunks = chunksOf(start.chunks, reader);
  const init = { status: response.status, statusText: response.statusText, headers };
  if (start.bytes < MIN_BYTES) return new Response(webStream(Readable.from(chunks, BYTES)), init);
  const create = COMPRESSORS[coding];
  if (create === undefined) throw new Error(`expected a known coding, got ${coding}`);
  const compressor = create(isLines);
  // An error on either side ends the other one, and the client then sees an incomplete response.
  pipeline(Readable.from(chunks, BYTES), compressor, () => {});
  headers.set('content-encoding', coding);
  headers.delete('content-length');
  return new Response(webStream(compressor), init);
}

/**
 * Returns the first of the codings, in order of preference, that is acceptable according to an `Accept-Encoding` header
 * (RFC 9110, 12.5.3).
 */
export function acceptedCoding(acceptEncoding: string, codings: readonly string[]): string | undefined {
  const accepted = new Map(
    acceptEncoding.split(',').map((entry): [string, boolean] => {
      const [name = '', ...parameters] = entry.split(';').map((part) => part.trim().toLowerCase());
      return [name, !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))];
    }),
  );
  return codings.find((coding) => accepted.get(coding) === true);
}

/** Below this size, compression does not save a packet. */
const MIN_BYTES = 1024;
const BYTES = { objectMode: false } as const;
/** Each line is sent as soon as it is ready, without waiting for more. */
const LINES = 'application/x-ndjson';
const UNREAD = { chunks: [], bytes: MIN_BYTES } as const;

/** Compressors by coding, in order of preference. With `flush`, each chunk is sent to the client immediately. */
const COMPRESSORS: Readonly<Record<string, (flush: boolean) => Transform>> = {
  zstd: (flush) =>
    zlib.createZstdCompress({
      params: { [zlib.constants.ZSTD_c_compressionLevel]: 1 },
      ...(flush && { flush: zlib.constants.ZSTD_e_flush }),
    }),
  gzip: (flush) => zlib.createGzip({ level: 1, ...(flush && { flush: zlib.constants.Z_SYNC_FLUSH }) }),
};

function isText(contentType: string | null): boolean {
  return contentType !== null && /^(?:application\/(?:json|x-ndjson)|text\/(?!event-stream))/.test(contentType);
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** Reads until it is clear whether the body is worth compressing. */
async function readStart(reader: Reader): Promise<{ readonly chunks: readonly Uint8Array[]; readonly bytes: number }> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < MIN_BYTES) {
    const { value, done } = await reader.read();
    if (done) break;
    chunks.push(value);
    bytes += value.length;
  }
  return { chunks, bytes };
}

async function* chunksOf(start: readonly Uint8Array[], reader: Reader): AsyncGenerator<Uint8Array> {
  try {
    yield* start;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel();
  }
}

function webStream(stream: Readable): ReadableStream<Uint8Array> {
  return Readable.toWeb(stream) as ReadableStream<Uint8Array>;
}
