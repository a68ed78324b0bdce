import { WireWriter } from '@otelier/otlp';
import { compress, crc32c } from '@otelier/transport';
import { compareLabels } from '../../promql/labels/labels.ts';
import type { SampleSeries } from '../../promql/source.ts';
import type { Chunk } from './chunk.ts';
import { chunksOf } from './chunks.ts';
import { writeLabels, writeSeries } from './write-series.ts';

/** Reads the series of each query. The next query is read when the series of the one before are written. */
export type QueryResults = AsyncIterable<readonly SampleSeries[]>;

/** Responds with all samples in one compressed message. */
export async function respondWithSamples(results: QueryResults): Promise<Response> {
  const out = new WireWriter();
  for await (const series of results) {
    out.open(1);
    for (const one of sorted(series)) {
      out.open(1);
      writeSeries(out, one);
      out.close();
    }
    out.close();
  }
  const body = await compress('snappy', [out.finish()]);
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' };
  return new Response(new Uint8Array(body), { headers });
}

/** Responds with a stream of chunks, which are encoded as they are read. */
export async function respondWithChunks(results: QueryResults): Promise<Response> {
  const iterator = results[Symbol.asyncIterator]();
  // An error of the first query still has a status of its own.
  const first = await iterator.next();
  const frames = framesOf(first, iterator);
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await frames.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await frames.return(undefined);
      },
    },
    { highWaterMark: 2 },
  );
  const type = 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse';
  return new Response(body, { headers: { 'content-type': type } });
}

async function* framesOf(
  first: IteratorResult<readonly SampleSeries[]>,
  rest: AsyncIterator<readonly SampleSeries[]>,
): AsyncGenerator<Uint8Array, undefined> {
  let queryIndex = 0;
  for (let next = first; next.done !== true; next = await rest.next()) {
    for (const series of sorted(next.value)) yield* framesOfSeries(series, queryIndex);
    queryIndex += 1;
  }
  return undefined;
}

/** Size at which the chunks of a series continue in another frame. */
const FRAME_BYTES = 1 << 20;
const CHUNK_TYPES = { xor: 1, floatHistogram: 3 } as const;

function* framesOfSeries(series: SampleSeries, queryIndex: number): Generator<Uint8Array> {
  let chunks: Chunk[] = [];
  let bytes = 0;
  for (const chunk of chunksOf(series)) {
    chunks.push(chunk);
    bytes += chunk.data.length;
    if (bytes < FRAME_BYTES) continue;
    yield frameOf(series, chunks, queryIndex);
    chunks = [];
    bytes = 0;
  }
  if (chunks.length > 0) yield frameOf(series, chunks, queryIndex);
}

/** Returns a message after its length and checksum. */
function frameOf({ labels }: SampleSeries, chunks: readonly Chunk[], queryIndex: number): Uint8Array {
  const out = new WireWriter();
  out.open(1);
  writeLabels(out, labels);
  for (const { type, minTime, maxTime, data } of chunks) {
    out.open(2);
    out.bigIntField(1, BigInt(minTime)).bigIntField(2, BigInt(maxTime));
    out.varintField(3, CHUNK_TYPES[type]).bytesField(4, data);
    out.close();
  }
  out.close();
  if (queryIndex > 0) out.varintField(2, queryIndex);
  const message = out.finish();
  const head = new WireWriter(16);
  head.varint(message.length);
  const checksum = crc32c(message, 0, message.length);
  head.raw(Uint8Array.of(checksum >>> 24, checksum >>> 16, checksum >>> 8, checksum));
  head.raw(message);
  return head.finish();
}

function sorted(series: readonly SampleSeries[]): readonly SampleSeries[] {
  return series.toSorted((a, b) => compareLabels(a.labels, b.labels));
}
