import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { test } from 'node:test';
import type { Outcome } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import { compress } from '@otelier/transport/compression';
import { MalformedSpansError } from '../spans/malformed-spans.ts';
import { BinaryReader } from '../thrift/binary-reader.ts';
import { CompactReader } from '../thrift/compact-reader.ts';
import { decodePostSpans } from './jaeger/decode-protobuf.ts';
import { decodeAgentCall, decodeThriftBatch } from './jaeger/decode-thrift.ts';
import { jaeger } from './jaeger.ts';
import { callGrpc } from './otlp/call-grpc.testing.ts';

const POST_SPANS = '/jaeger.api_v2.CollectorService/PostSpans';
const NOWHERE = { endpoint: '127.0.0.1:0' };
const THRIFT = { 'content-type': 'application/x-thrift' };

/** A batch of `shop` with spans that have only the required fields, in the binary protocol. */
function batchOf(count: number): Buffer {
  const i64 = (id: number, value: number) => Buffer.from([10, 0, id, 0, 0, 0, 0, 0, 0, 0, value]);
  const text = (id: number, value: string) => Buffer.from([11, 0, id, 0, 0, 0, value.length, ...Buffer.from(value)]);
  const span = Buffer.concat([
    ...[i64(1, 7), i64(2, 0), i64(3, 8), i64(4, 0), text(5, 'get')],
    Buffer.from([8, 0, 7, 0, 0, 0, 1]),
    ...[i64(8, 9), i64(9, 1), Buffer.of(0)],
  ]);
  const process = Buffer.concat([Buffer.from([12, 0, 1]), text(1, 'shop'), Buffer.of(0)]);
  const list = Buffer.concat([Buffer.from([15, 0, 2, 12, 0, 0, count >> 8, count & 255]), ...Array(count).fill(span)]);
  return Buffer.concat([process, list, Buffer.of(0)]);
}

/** A call of `emitBatch` in the binary protocol. */
function callOf(batch: Buffer): Buffer {
  const head = Buffer.from([0x80, 1, 0, 4, 0, 0, 0, 9, ...Buffer.from('emitBatch'), 0, 0, 0, 1, 12, 0, 1]);
  return Buffer.concat([head, batch, Buffer.of(0)]);
}

receiverContract(jaeger, {
  config: { protocols: { thrift_http: NOWHERE } },
  async send(bench, { itemCount }): Promise<Outcome> {
    const response = await post(bench, batchOf(itemCount));
    const reason = await response.text();
    if (response.status === 202) return { kind: 'accepted' };
    assert.equal(response.status, 500);
    assert.match(reason, /^Cannot submit Jaeger batch: /);
    return { kind: 'retry', reason, afterMillis: undefined };
  },
});

test('compressed requests are received, and others rejected', () =>
  withBench({ thrift_http: NOWHERE }, async (bench) => {
    const body = await compress('gzip', [batchOf(3)]);
    assert.equal((await post(bench, body, { ...THRIFT, 'content-encoding': 'gzip' })).status, 202);
    assert.equal(bench.received[0]?.itemCount, 3);
    const unknown = await post(bench, batchOf(1), { 'content-type': 'text/plain' });
    assert.deepEqual([unknown.status, await unknown.text()], [400, 'Unsupported content type: text/plain\n']);
    assert.equal((await fetch(`http://${addressOf(bench, 'http')}/api/other`)).status, 404);
  }));

test('spans are received by gRPC', () =>
  withBench({ grpc: NOWHERE }, async (bench) => {
    // A batch with a span that has only a name.
    const request = Buffer.from([10, 7, 10, 5, 26, 3, ...Buffer.from('get')]);
    assert.equal(await callGrpc(addressOf(bench, 'grpc'), POST_SPANS, request), '0');
    assert.equal(bench.received[0]?.itemCount, 1);
    assert.equal(await callGrpc(addressOf(bench, 'grpc'), POST_SPANS, Buffer.from([10, 200])), '3');
    bench.response = () => ({ kind: 'retry', afterMillis: undefined, reason: 'no space' });
    assert.equal(await callGrpc(addressOf(bench, 'grpc'), POST_SPANS, request), '14');
  }));

test('datagrams that the pipeline does not accept are dropped and counted', () =>
  withBench({ thrift_binary: { ...NOWHERE, queue_size: 2, max_packet_size: 2000 } }, async (bench) => {
    const held: (() => void)[] = [];
    bench.response = () => new Promise((resolve) => held.push(() => resolve({ kind: 'accepted' })));
    const send = sender(bench);
    for (const count of [1, 2, 4]) await send(callOf(batchOf(count)));
    while (bench.dropped()['queue_full'] === undefined) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(bench.dropped(), { queue_full: 4 });
    for (const release of held) release();
    while (bench.received.length < 2) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    bench.response = () => ({ kind: 'refused', reason: 'no' });
    await send(callOf(batchOf(8)));
    while (bench.dropped()['refused'] === undefined) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(bench.dropped()['refused'], 8);
    // The next datagram shows that those before it have been read.
    for (const malformed of [Buffer.from('x'), callOf(batchOf(100))]) await send(malformed);
    await send(callOf(batchOf(16)));
    while (bench.dropped()['refused'] === 8) await new Promise((resolve) => setImmediate(resolve));
    await bench.clock.advance(60_000);
    const report = bench.logs.find(({ msg }) => msg === 'cannot decode datagrams');
    assert.equal(report?.['datagrams'], 2);
    assert.match(String(report?.['reason']), /^expected a datagram of at most 2000 bytes, got /);
  }));

test('mutated calls are decoded or rejected, and end quickly', () => {
  const random = createRandom(5);
  const seed = callOf(batchOf(3));
  const decoders = [
    (bytes: Uint8Array) => decodeAgentCall(new BinaryReader(bytes)),
    (bytes: Uint8Array) => decodeAgentCall(new CompactReader(bytes)),
    (bytes: Uint8Array) => decodeThriftBatch(new BinaryReader(bytes)),
    (bytes: Uint8Array) => decodeThriftBatch(new CompactReader(bytes)),
    decodePostSpans,
  ];
  for (let round = 0; round < 5000; round++) {
    const bytes = Buffer.from(random(3) === 0 ? batchOf(2) : seed);
    for (let change = 0; change <= random(6); change++) bytes[random(bytes.length)] = random(256);
    try {
      decoders[random(decoders.length)]?.(bytes.subarray(0, random(bytes.length + 1)));
    } catch (error) {
      assert.ok(error instanceof MalformedSpansError, String(error));
    }
  }
});

test('lengths and levels beyond the bytes are rejected', () => {
  // A field with a list of two billion structs; the compact protocol has the size as a varint.
  assert.throws(
    () => decodeThriftBatch(new BinaryReader(Buffer.from([15, 0, 2, 12, 0x7f, 255, 255, 255]))),
    /elements/,
  );
  assert.throws(
    () => decodeThriftBatch(new CompactReader(Buffer.from([0x29, 0xfc, 255, 255, 255, 255, 7]))),
    /elements/,
  );
  assert.throws(() => decodeThriftBatch(new BinaryReader(Buffer.from([15, 0, 2, 12, 255, 255, 255, 255]))), /elements/);
  // Structs in structs, and lists in lists, of unknown fields.
  for (const [Reader, level] of [
    [BinaryReader, [12, 0, 99]],
    [CompactReader, [0x3c]],
    [CompactReader, [0x39, 0x19]],
  ] as const) {
    const nested = Buffer.concat(Array.from({ length: 5000 }, () => Buffer.from(level)));
    assert.throws(() => decodeThriftBatch(new Reader(nested)), /at most 64 levels|elements|a type/);
  }
  // A varint that does not end.
  assert.throws(() => decodeThriftBatch(new CompactReader(Buffer.alloc(50, 255))), MalformedSpansError);
});

test('a configuration needs a protocol, and UDP a host and a port', async () => {
  await assert.rejects(createComponentBench(jaeger, { config: { protocols: {} } }), /expected at least one of grpc/);
  const config = { protocols: { thrift_compact: { endpoint: 'unix:/tmp/x' } } };
  await assert.rejects(createComponentBench(jaeger, { config }), /expected host:port/);
});

function sender(bench: ComponentBench): (datagram: Buffer) => Promise<void> {
  const [host, port] = addressOf(bench, 'udp').split(':');
  const socket = createSocket('udp4');
  socket.unref();
  return (datagram) => new Promise((resolve) => socket.send(datagram, Number(port), host, () => resolve()));
}

function post(bench: ComponentBench, body: Uint8Array, headers: Record<string, string> = THRIFT): Promise<Response> {
  return fetch(`http://${addressOf(bench, 'http')}/api/traces`, { method: 'POST', headers, body: Buffer.from(body) });
}

async function withBench(protocols: object, run: (bench: ComponentBench) => Promise<void>): Promise<void> {
  const bench = await createComponentBench(jaeger, { config: { protocols } });
  try {
    await bench.start();
    await run(bench);
  } finally {
    await bench.service.shutdown();
  }
}

function addressOf(bench: ComponentBench, protocol: string): string {
  const endpoint = bench.service.host.endpoints().find((one) => one.protocol === protocol);
  assert.ok(endpoint, 'expected an endpoint');
  return endpoint.address;
}
