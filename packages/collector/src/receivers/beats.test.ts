import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { deflateSync } from 'node:zlib';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createCertificates } from '@otelier/testkit/certificates';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import { systemClock } from '@otelier/transport/clock';
import { beats } from './beats.ts';
import { closed, read } from './framed_logs/sender.testing.ts';
import { portOf, recordsOf, waitForRecords } from './log_stream/read-records.testing.ts';

receiverContract(beats, { config: { endpoint: '127.0.0.1:0' }, clock: systemClock, silent: true });

/** Starts the receiver until the end of the test. */
async function start(t: TestContext, config: Record<string, unknown> = {}) {
  const bench = await createComponentBench(beats, {
    clock: systemClock,
    config: { endpoint: '127.0.0.1:0', ...config },
  });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const window = (size: number) => Buffer.concat([Buffer.from('2W'), u32(size)]);
const ack = (sequence: number) => Buffer.concat([Buffer.from('2A'), u32(sequence)]);

function event(sequence: number, document: object): Buffer {
  const payload = Buffer.from(JSON.stringify(document));
  return Buffer.concat([Buffer.from('2J'), u32(sequence), u32(payload.length), payload]);
}

function compressed(...frames: readonly Buffer[]): Buffer {
  const payload = deflateSync(Buffer.concat(frames));
  return Buffer.concat([Buffer.from('2C'), u32(payload.length), payload]);
}

function events(count: number): Buffer[] {
  return Array.from({ length: count }, (_, i) => event(i + 1, { message: `line ${i}` }));
}

test('acknowledges windows after the pipeline has taken them, compressed and not', async (t) => {
  const bench = await start(t);
  let deliver: (outcome: Outcome) => void = () => {};
  const called = new Promise<void>((resolve) => {
    bench.response = () => {
      resolve();
      return new Promise((end) => {
        deliver = end;
      });
    };
  });
  const socket = connect(portOf(bench), '127.0.0.1');
  let isAcknowledged = false;
  socket.on('data', () => {
    isAcknowledged = true;
  });
  socket.write(Buffer.concat([window(2), compressed(...events(2)), window(1), ...events(1)]));
  await called;
  const isEarly = isAcknowledged;
  bench.response = () => ACCEPTED;
  deliver(ACCEPTED);
  assert.equal(isEarly, false);
  assert.deepEqual(await read(socket, 12), Buffer.concat([ack(2), ack(1)]));
  assert.deepEqual(
    recordsOf(bench).map(({ body }) => body),
    ['line 0', 'line 1', 'line 0'],
  );
  socket.destroy();
});

test('makes log records of events of Filebeat, over TLS', async (t) => {
  const { ca, server } = await createCertificates();
  const bench = await start(t, { tls: { cert_pem: server.cert, key_pem: server.key } });
  const socket = connectTls({ port: portOf(bench), host: '127.0.0.1', ca: ca.cert });
  const document = {
    '@timestamp': '2023-11-14T22:13:20.123Z',
    '@metadata': { beat: 'filebeat', type: '_doc', version: '8.19.0' },
    message: 'GET /',
    log: { level: 'error', offset: 7, file: { path: '/var/log/app.log' } },
    agent: { type: 'filebeat' },
    host: { name: 'h1' },
  };
  socket.write(Buffer.concat([window(1), event(1, document)]));
  const [record] = await waitForRecords(bench, 1);
  assert.deepEqual(record, {
    body: 'GET /',
    severityNumber: 17,
    attributes: { 'log.offset': '7', 'log.file.path': '/var/log/app.log' },
  });
  assert.deepEqual(await read(socket, 6), ack(1));
  socket.destroy();
});

test('closes connections with hostile frames, and keeps serving others', async (t) => {
  const bench = await start(t, { max_frame_size: '1MiB' });
  const bomb = deflateSync(Buffer.alloc(8 << 20));
  for (const bytes of [
    Buffer.from('1W\0\0\0\u0001'),
    Buffer.from('2D\0\0\0\u0001'),
    Buffer.concat([Buffer.from('2J'), u32(1), u32(0xffff_ffff)]),
    Buffer.concat([Buffer.from('2C'), u32(0xffff_ffff)]),
    Buffer.concat([Buffer.from('2C'), u32(bomb.length), bomb]),
    Buffer.concat([Buffer.from('2C'), u32(3), Buffer.from('abc')]),
    compressed(compressed(...events(1))),
    compressed(events(1)[0]?.subarray(0, 12) ?? Buffer.alloc(0)),
    Buffer.concat([Buffer.from('2J'), u32(1), u32(2), Buffer.from('[]')]),
    Buffer.concat([Buffer.from('2J'), u32(1), u32(1), Buffer.from('{')]),
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
  ]) {
    const socket = connect(portOf(bench), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(bytes);
    await closed(socket);
  }
  assert.equal(recordsOf(bench).length, 0);
  const socket = connect(portOf(bench), '127.0.0.1');
  socket.write(Buffer.concat([window(1), ...events(1)]));
  assert.deepEqual(await read(socket, 6), ack(1));
  socket.destroy();
});

test('withstands mutated frames in pieces', async (t) => {
  const bench = await start(t, { max_frame_size: '1MiB' });
  const random = createRandom(9);
  const seed = Buffer.concat([window(4), ...events(2), compressed(...events(2))]);
  for (let i = 0; i < 150; i++) {
    const bytes = Buffer.from(seed);
    for (let left = random(3); left >= 0; left--) bytes[random(bytes.length)] = random(256);
    const socket = connect(portOf(bench), '127.0.0.1');
    socket.on('error', () => {});
    const cut = random(bytes.length + 1);
    socket.write(bytes.subarray(0, cut));
    socket.end(bytes.subarray(cut));
    await closed(socket);
  }
  assert.deepEqual(
    bench.logs.filter(({ level }) => Number(level) >= 50),
    [],
  );
});
