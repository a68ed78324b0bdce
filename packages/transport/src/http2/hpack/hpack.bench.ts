import { HpackDecoder } from './decoder.ts';
import { type FieldList, HpackEncoder } from './encoder.ts';

/** Benchmarks decoding one request's header block: `node packages/transport/src/http2/hpack/hpack.bench.ts`. */
const CALLS = 300_000;
const POST_HTTP = Uint8Array.of(0x83, 0x86);
const repeated: FieldList = [
  [':method', 'POST'],
  [':scheme', 'http'],
  [':path', '/opentelemetry.proto.collector.trace.v1.TraceService/Export'],
  [':authority', '127.0.0.1:4317'],
  ['content-type', 'application/grpc'],
  ['user-agent', 'grpc-go/1.77.0'],
  ['te', 'trailers'],
];

function measure(name: string, decoder: HpackDecoder, blocks: readonly Uint8Array[]): void {
  let decoded = 0;
  const run = () => {
    for (let call = 0; call < CALLS; call++) {
      if (decoder.decode(blocks[call % blocks.length]).kind === 'block') decoded += 1;
    }
  };
  run();
  const start = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(start);
  console.log(JSON.stringify({ name, nanosPerBlock: Math.round(((user + system) * 1000) / CALLS), decoded }));
}

function prepare(): { readonly decoder: HpackDecoder; readonly block: Uint8Array } {
  const encoder = new HpackEncoder();
  const decoder = new HpackDecoder({ maxListBytes: 16_384 });
  decoder.decode(encoder.encode(repeated));
  return { decoder, block: encoder.encode(repeated) };
}

const same = prepare();
measure('the same block again', same.decoder, [same.block]);

// More blocks than the cache has slots, to measure decoding without cache hits, including the cost of the copies.
const many = prepare();
const literals = Array.from({ length: 4000 }, (_, index) => Buffer.concat([many.block, timeout(0x00, index)]));
measure('an all-indexed block with one new literal', many.decoder, literals);

// As grpc-go does with deadlines: each call has a different `grpc-timeout`, which is inserted into the table.
const inserting = prepare();
const insertions = Array.from({ length: 4000 }, (_, index) => Buffer.concat([POST_HTTP, timeout(0x40, index)]));
measure('two indexed fields and one insertion', inserting.decoder, insertions);

function timeout(pattern: number, index: number): Buffer {
  const name = 'grpc-timeout';
  const value = `${1_000_000 + index}u`;
  return Buffer.concat([
    Buffer.from([pattern, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}
