/**
 * Compares what spans cost on the wire: OTLP with zstd for each request, OTLP in one stream of zstd, and record batches of Apache
 * Arrow in the structure of OTel-Arrow with zstd for each request. Prints bytes per span and CPU time.
 *
 *    node bench/otel-arrow.ts
 */
import { once } from 'node:events';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { forEachSpan, type SpanView } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { generator } from '../packages/collector/src/receivers/generator.ts';

const LEVEL = 3;
const ROUNDS = 5;

async function run(): Promise<void> {
  const spans = await generateSpans();
  for (const size of [100, 1000, 5000]) {
    const batches = batchesOf(spans, size);
    const count = batches.reduce((sum, batch) => sum + batch.spans, 0);
    const alone = measured(() => batches.map(({ bytes }) => compressed(bytes)));
    const arrow = measured(() => batches.map(({ bytes }) => arrowOf(bytes)));
    const zipped = measured(() => arrow.result.map(compressed));
    const stream = await streamed(batches.map(({ bytes }) => bytes));
    const line = (name: string, bytes: number, micros: number) =>
      console.log(
        `${size} spans, ${name}: ${(bytes / count).toFixed(1)} bytes and ${(micros / count).toFixed(2)} µs a span`,
      );
    line('OTLP, not compressed', total(batches.map(({ bytes }) => bytes)), 0);
    line('OTLP, zstd', total(alone.result), alone.micros);
    line('OTLP, one stream of zstd', stream.bytes, stream.micros);
    line('Arrow, not compressed', total(arrow.result), arrow.micros);
    line('Arrow, zstd', total(zipped.result), arrow.micros + zipped.micros);
  }
}

function total(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, { length }) => sum + length, 0);
}

function compressed(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
}

/** Runs several times, and returns the shortest CPU time. */
function measured<T>(run: () => T): { result: T; micros: number } {
  let micros = Number.POSITIVE_INFINITY;
  let result = run();
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    result = run();
    const { user, system } = process.cpuUsage(before);
    micros = Math.min(micros, user + system);
  }
  return { result, micros };
}

async function streamed(parts: readonly Uint8Array[]): Promise<{ bytes: number; micros: number }> {
  const stream = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
  let bytes = 0;
  stream.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
  });
  const before = process.cpuUsage();
  for (const part of parts) {
    stream.write(part);
    await new Promise<void>((resolve) => stream.flush(constants.ZSTD_e_flush, resolve));
  }
  stream.end();
  await once(stream, 'end');
  const { user, system } = process.cpuUsage(before);
  return { bytes, micros: user + system };
}

async function generateSpans(): Promise<readonly Uint8Array[]> {
  const bench = await createComponentBench(generator, { config: { traces_per_second: 20 } });
  await bench.start();
  for (let second = 0; second < 120; second++) await bench.clock.advance(1000);
  await bench.close();
  return bench.received.filter(({ signal }) => signal === 'traces').flatMap(({ parts }) => parts);
}

/** Joins requests, which is a concatenation in protobuf. */
function batchesOf(parts: readonly Uint8Array[], size: number): { bytes: Uint8Array; spans: number }[] {
  const batches: { bytes: Uint8Array; spans: number }[] = [];
  let pending: Uint8Array[] = [];
  let spanCount = 0;
  for (const part of parts) {
    pending.push(part);
    forEachSpan(part, () => {
      spanCount += 1;
    });
    if (spanCount < size) continue;
    batches.push({ bytes: Buffer.concat(pending), spans: spanCount });
    pending = [];
    spanCount = 0;
  }
  return batches;
}

/** Attributes as rows, sorted by key and value, with the differences of parents. */
class AttributeRows {
  readonly #rows: [parent: number, key: string, value: unknown][] = [];

  add(parent: number, attributes: Iterable<readonly [string, unknown]>): void {
    for (const [key, value] of attributes) this.#rows.push([parent, key, value]);
  }

  encode(): Uint8Array {
    const sorted = this.#rows.sort((a, b) =>
      a[1] !== b[1]
        ? a[1] < b[1]
          ? -1
          : 1
        : String(a[2]) !== String(b[2])
          ? String(a[2]) < String(b[2])
            ? -1
            : 1
          : a[0] - b[0],
    );
    const parents = sorted.map(([parent, key, value], i) => {
      const before = sorted[i - 1];
      return before?.[1] === key && before[2] === value ? parent - before[0] : parent;
    });
    return tableToIPC(
      tableFromArrays({
        parent_id: Uint16Array.from(parents),
        key: sorted.map(([, key]) => key),
        str: sorted.map(([, , value]) => (typeof value === 'string' ? value : '')),
        int: BigInt64Array.from(sorted, ([, , value]) =>
          typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value as number) : 0n,
        ),
        double: Float64Array.from(sorted, ([, , value]) => (typeof value === 'number' ? value : 0)),
      }),
    );
  }
}

/** Encodes spans as the record batches of OTel-Arrow: spans, attributes of resources, spans and events, and events. */
function arrowOf(request: Uint8Array): Uint8Array {
  const [resources, own, ofEvents] = [new AttributeRows(), new AttributeRows(), new AttributeRows()];
  const columns = {
    resource: [] as number[],
    start: [] as bigint[],
    duration: [] as bigint[],
    kind: [] as number[],
    status: [] as number[],
  };
  const names: string[] = [];
  const ids: Uint8Array[][] = [[], [], []];
  const events = { parent: [] as number[], time: [] as bigint[], name: [] as string[] };
  let resourceStart = -1;
  let resourceId = -1;
  let id = 0;
  forEachSpan(request, (span: SpanView) => {
    if (span.resource.start !== resourceStart) {
      resourceStart = span.resource.start;
      resources.add(++resourceId, span.resource.attributes as Iterable<readonly [string, unknown]>);
    }
    columns.resource.push(resourceId);
    columns.start.push(span.startTimeUnixNano);
    columns.duration.push(span.durationNanos);
    columns.kind.push(span.kind);
    columns.status.push(span.statusCode);
    names.push(span.name);
    for (const [i, bytes] of [span.traceIdBytes, span.spanIdBytes, span.parentSpanIdBytes].entries())
      ids[i]?.push(bytes);
    own.add(id, span.attributes as Iterable<readonly [string, unknown]>);
    for (const event of span.events) {
      ofEvents.add(events.parent.length, event.attributes as Iterable<readonly [string, unknown]>);
      events.parent.push(id);
      events.time.push(event.timeUnixNano);
      events.name.push(event.name);
    }
    id += 1;
  });
  const rows = tableFromArrays({
    resource_id: Uint16Array.from(columns.resource),
    start: BigInt64Array.from(columns.start),
    duration: BigInt64Array.from(columns.duration),
    kind: Int8Array.from(columns.kind),
    status: Int8Array.from(columns.status),
    name: names,
  });
  const eventRows = tableFromArrays({
    parent_id: Uint16Array.from(events.parent),
    time: BigInt64Array.from(events.time),
    name: events.name,
  });
  return Buffer.concat([
    tableToIPC(rows),
    ...ids.map((each) => Buffer.concat(each)),
    resources.encode(),
    own.encode(),
    tableToIPC(eventRows),
    ofEvents.encode(),
  ]);
}

await run();
