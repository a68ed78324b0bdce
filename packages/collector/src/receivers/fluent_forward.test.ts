import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { ACCEPTED, type Outcome } from '@otelier/otlp';
import { createCertificates } from '@otelier/testkit/certificates';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import { systemClock } from '@otelier/transport/clock';
import { MessagePackReader } from '../fluent/message-pack-reader.ts';
import { MessagePackScanner } from '../fluent/message-pack-scanner.ts';
import { MessagePackWriter } from '../fluent/message-pack-writer.ts';
import { fluentForward } from './fluent_forward.ts';
import { closed, read } from './framed_logs/sender.testing.ts';
import { portOf, recordsOf, waitForRecords } from './log_stream/read-records.testing.ts';

receiverContract(fluentForward, { config: { endpoint: '127.0.0.1:0' }, clock: systemClock, silent: true });

/** Starts the receiver until the end of the test. */
async function start(t: TestContext, config: Record<string, unknown> = {}) {
  const bench = await createComponentBench(fluentForward, {
    clock: systemClock,
    config: { endpoint: '127.0.0.1:0', ...config },
  });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

function message(tag: string, text: string, chunk?: string): Buffer {
  const writer = new MessagePackWriter()
    .array(chunk === undefined ? 3 : 4)
    .text(tag)
    .integer(1_700_000_000);
  writer.map(1).text('log').text(text);
  if (chunk !== undefined) writer.map(1).text('chunk').text(chunk);
  return writer.finish();
}

function ackOf(chunk: string): Buffer {
  return new MessagePackWriter().map(1).text('ack').text(chunk).finish();
}

test('acknowledges a chunk after the pipeline has taken it', async (t) => {
  const bench = await start(t, { retry_on_failure: { initial_interval: '1ms' } });
  let deliver: (outcome: Outcome) => void = () => {};
  let calls = 0;
  bench.response = () => {
    calls += 1;
    return calls === 1
      ? { kind: 'retry', afterMillis: 1, reason: 'full' }
      : new Promise((resolve) => {
          deliver = resolve;
        });
  };
  const socket = connect(portOf(bench), '127.0.0.1');
  let acknowledged = false;
  socket.on('data', () => {
    acknowledged = true;
  });
  socket.write(message('app', 'first', 'a=='));
  // The second attempt waits, after the pipeline was full.
  while (calls < 2) await new Promise(setImmediate);
  const isEarly = acknowledged;
  deliver(ACCEPTED);
  assert.equal(isEarly, false);
  const ack = ackOf('a==');
  assert.deepEqual(await read(socket, ack.length), ack);
  assert.deepEqual(recordsOf(bench)[0], {
    body: 'first',
    severityNumber: undefined,
    attributes: { 'fluent.tag': 'app' },
  });
  socket.destroy();
});

test('receives messages in pieces, and several in one piece', async (t) => {
  const bench = await start(t);
  const all = Buffer.concat(Array.from({ length: 20 }, (_, i) => message('app', `line ${i}`, `c${i}`)));
  const socket = connect(portOf(bench), '127.0.0.1');
  for (let at = 0; at < all.length / 2; at += 7) {
    socket.write(all.subarray(at, Math.min(at + 7, all.length >> 1)));
    await new Promise(setImmediate);
  }
  socket.write(all.subarray(all.length >> 1));
  const records = await waitForRecords(bench, 20);
  assert.deepEqual(
    records.map(({ body }) => body),
    Array.from({ length: 20 }, (_, i) => `line ${i}`),
  );
  socket.end();
});

test('acknowledges what it delivers before it stops', async (t) => {
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
  socket.write(message('app', 'last', 'z'));
  await called;
  const drained = bench.service.drain();
  const ack = ackOf('z');
  const received = read(socket, ack.length);
  deliver(ACCEPTED);
  assert.deepEqual(await received, ack);
  await closed(socket);
  assert.equal((await drained).lostItems, 0);
});

test('receives from a Unix socket, and from Fluent Bit with metadata beside the time', async (t) => {
  const path = `/tmp/otelier-fluent-${process.pid}.sock`;
  const bench = await start(t, { endpoint: `unix://${path}` });
  const writer = new MessagePackWriter().array(2).text('app').array(1).array(2);
  writer.array(2).eventTime(1_700_000_000_000_000_001n).map(1).text('a').text('b');
  const socket = connect(path);
  socket.end(writer.map(1).text('message').text('hello').finish());
  const [record] = await waitForRecords(bench, 1);
  assert.equal(record?.body, 'hello');
  assert.deepEqual(record?.attributes['fluent.metadata'], { values: [{ key: 'a', value: { stringValue: 'b' } }] });
});

test('returns heartbeats over UDP', async (t) => {
  const bench = await start(t);
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.send(Buffer.from([0, 1, 2]), portOf(bench), '127.0.0.1');
  const [heartbeat] = await once(socket, 'message');
  assert.deepEqual(heartbeat, Buffer.from([0]));
});

const sha512 = (...parts: (string | Buffer)[]) => {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
};

/** Logs in with a shared key and a user as Fluentd does. Returns whether the server accepts, and its host name. */
async function logIn(socket: Socket, sharedKey: string, user: string, password: string) {
  const [hello] = (await once(socket, 'data')) as [Buffer];
  const reader = new MessagePackReader(hello);
  assert.equal(reader.array('HELO'), 2);
  assert.equal(reader.text('HELO'), 'HELO');
  const options = new Map<string, Buffer>();
  reader.map('options');
  for (let i = 0; i < 2; i++) options.set(reader.text('key'), Buffer.from(reader.data('value')));
  const nonce = options.get('nonce') ?? Buffer.alloc(0);
  const auth = options.get('auth') ?? Buffer.alloc(0);
  const writer = new MessagePackWriter().array(6).text('PING').text('me').binary(Buffer.from('salt'));
  writer.text(sha512('salt', 'me', nonce, sharedKey)).text(user);
  socket.write(writer.text(auth.length === 0 ? '' : sha512(auth, user, password)).finish());
  const [pong] = (await once(socket, 'data')) as [Buffer];
  const response = new MessagePackReader(pong);
  response.array('PONG');
  response.text('PONG');
  const accepted = response.value() === true;
  const reason = response.text('reason');
  const name = response.text('hostname');
  const digest = response.text('digest');
  assert.equal(digest, accepted ? sha512('salt', name, nonce, sharedKey) : '');
  return { accepted, reason, name };
}

test('authenticates senders by a shared key and users over TLS', async (t) => {
  const { ca, server } = await createCertificates();
  const bench = await start(t, {
    tls: { cert_pem: server.cert, key_pem: server.key },
    security: { shared_key: 'secret', self_hostname: 'gateway', users: { ada: 'pw' } },
  });
  const open = () => connectTls({ port: portOf(bench), host: '127.0.0.1', ca: ca.cert });
  const good = open();
  assert.deepEqual(await logIn(good, 'secret', 'ada', 'pw'), { accepted: true, reason: '', name: 'gateway' });
  good.write(message('app', 'hello', 'c'));
  assert.deepEqual(await read(good, ackOf('c').length), ackOf('c'));
  for (const [key, user, password, reason] of [
    ['wrong', 'ada', 'pw', 'shared_key mismatch'],
    ['secret', 'ada', 'wrong', 'username/password mismatch'],
    ['secret', 'eve', '', 'username/password mismatch'],
    ['secret', '__proto__', '', 'username/password mismatch'],
  ] as const) {
    const bad = open();
    assert.deepEqual(await logIn(bad, key, user, password), { accepted: false, reason, name: '' });
    await closed(bad);
  }
  const silent = open();
  await once(silent, 'data');
  silent.write(message('app', 'without login', 'd'));
  await closed(silent);
  assert.deepEqual(
    recordsOf(bench).map(({ body }) => body),
    ['hello'],
  );
  good.destroy();
});

/** Messages that announce more than they have, are nested too deeply, or expand too much. */
function hostileMessages(): Buffer[] {
  const zeros = gzipSync(Buffer.alloc(4 << 20));
  const writer = () => new MessagePackWriter();
  const nested = Buffer.concat([...Array.from({ length: 500 }, () => Buffer.from([0x91])), Buffer.from([0xc0])]);
  const packed = (data: Uint8Array) =>
    writer().array(3).text('t').binary(data).map(2).text('compressed').text('gzip').text('chunk').text('c').finish();
  return [
    Buffer.from([0xdd, 0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0x93, 0xa1, 0x74, 0xdf, 0xff, 0xff, 0xff, 0xff, 0xc0]),
    Buffer.from([0x92, 0xdb, 0xff, 0xff, 0xff, 0xff, 0x61]),
    Buffer.from([0x92, 0xa1, 0x74, 0xc6, 0x7f, 0xff, 0xff, 0xff]),
    writer().array(3).text('t').integer(1).map(1).text('a').raw(nested).finish(),
    packed(zeros),
    packed(gzipSync(zeros)),
    packed(zeros.subarray(0, 100)),
    packed(gzipSync(Buffer.from([0x92, 0x01, 0xdf, 0xff, 0xff, 0xff, 0xff]))),
    writer().array(3).text('t').binary(Buffer.alloc(0)).map(1).text('fluent_signal').integer(1).finish(),
    Buffer.from('GET / HTTP/1.1\r\nhost: a\r\n\r\n'),
  ];
}

test('closes connections with hostile messages, and keeps serving others', async (t) => {
  const bench = await start(t, { max_message_size: '1MiB' });
  for (const bytes of hostileMessages()) {
    const socket = connect(portOf(bench), '127.0.0.1');
    socket.on('error', () => {});
    socket.write(bytes);
    await closed(socket);
  }
  assert.equal(recordsOf(bench).length, 0);
  const warnings = bench.logs.filter(({ msg }) => msg === 'connection closed: its messages are invalid');
  assert.equal(warnings.length, 1, 'one line for all of them');
  await expectService(bench);
});

async function expectService(bench: ComponentBench): Promise<void> {
  const socket = connect(portOf(bench), '127.0.0.1');
  socket.write(message('app', 'alive', 'ok'));
  assert.deepEqual(await read(socket, ackOf('ok').length), ackOf('ok'));
  socket.destroy();
}

test('withstands mutated messages in pieces', async (t) => {
  const bench = await start(t, { max_message_size: '1MiB' });
  const random = createRandom(5);
  const entries = Buffer.concat([1, 2, 3].map((i) => new MessagePackWriter().array(2).integer(i).map(0).finish()));
  const seeds = [
    message('app', 'text', 'c'),
    new MessagePackWriter().array(3).text('t').binary(entries).map(0).finish(),
    new MessagePackWriter()
      .array(3)
      .text('t')
      .binary(gzipSync(entries))
      .map(1)
      .text('compressed')
      .text('gzip')
      .finish(),
  ];
  for (let i = 0; i < 300; i++) {
    const bytes = Buffer.from(seeds[i % seeds.length] ?? []);
    for (let left = random(4); left >= 0; left--) bytes[random(bytes.length)] = random(256);
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
  await expectService(bench);
});

test('finds the ends of values at every split of the input', () => {
  const bytes = Buffer.concat([message('app', 'x'.repeat(300), 'c'), message('b', 'y')]);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const scanner = new MessagePackScanner(10_000);
    const sizes: number[] = [];
    let start = 0;
    for (const end of [cut, bytes.length])
      for (let size = scanner.next(bytes.subarray(start, end)); size !== undefined; ) {
        sizes.push(size);
        start += size;
        size = scanner.next(bytes.subarray(start, end));
      }
    assert.equal(sizes.length, 2, `cut at ${cut}`);
    assert.equal(start, bytes.length);
  }
});
