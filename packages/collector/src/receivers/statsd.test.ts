import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type NetConnectOpts } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { requestToJson } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { portOf } from './log_stream/read-records.testing.ts';
import { statsd } from './statsd.ts';

receiverContract(statsd, { config: { endpoint: '127.0.0.1:0' }, silent: true });

async function open(t: TestContext, config: Record<string, unknown>): Promise<ComponentBench> {
  const bench = await createComponentBench(statsd, { config: { endpoint: '127.0.0.1:0', ...config } });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

/** Sends bytes over a connection, and resolves when the receiver has read all of them. */
async function sendStream(target: NetConnectOpts, ...pieces: (string | Buffer)[]): Promise<void> {
  const socket = connect(target);
  socket.resume();
  for (const piece of pieces) {
    socket.write(piece);
    await turn();
  }
  socket.end();
  await once(socket, 'close');
}

interface JsonMetric {
  readonly name: string;
  readonly sum?: { readonly dataPoints: readonly { readonly asInt: string }[] };
  readonly gauge?: { readonly dataPoints: readonly { readonly asDouble?: number; readonly asInt?: string }[] };
}

interface JsonRequest {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly JsonMetric[] }[];
  }[];
}

/** Returns the metrics that have reached the end of the pipeline, with the first value of each. */
function valuesOf(bench: ComponentBench): Record<string, unknown> {
  const requests = bench.received.flatMap(({ parts }) =>
    parts.map((part) => JSON.parse(requestToJson('metrics', part)) as JsonRequest),
  );
  const metrics = requests.flatMap(({ resourceMetrics }) =>
    resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics)),
  );
  return Object.fromEntries(
    metrics.map(({ name, sum, gauge }) => {
      const point: { asInt?: string; asDouble?: number } | undefined = sum?.dataPoints[0] ?? gauge?.dataPoints[0];
      return [name, point?.asInt === undefined ? point?.asDouble : Number(point.asInt)];
    }),
  );
}

test('passes on what datagrams contain at the end of each interval', async (t) => {
  const bench = await open(t, { aggregation_interval: '10s' });
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  const port = portOf(bench);
  const send = (text: string) => new Promise((resolve) => socket.send(text, port, '127.0.0.1', resolve));
  // The last line is not a metric, and shows that the datagrams before it have arrived.
  const arrived = async (lines: number) => {
    while ((bench.dropped()['malformed'] ?? 0) < lines) await turn();
  };
  await send('page.views:2|c|#env:prod\npage.views:3|c|#env:prod\nqueue:7|g');
  await send('end');
  await arrived(1);
  assert.equal(bench.received.length, 0);
  await bench.clock.advance(10_000);
  assert.deepEqual(valuesOf(bench), { 'page.views': 5, queue: 7 });
  await send('later:1|c\r');
  await arrived(2);
  await send('later:1|c');
  await send('end');
  await arrived(3);
  await bench.clock.advance(10_000);
  assert.deepEqual(valuesOf(bench), { 'page.views': 5, queue: 7, later: 1 });
  const warning = bench.logs.find(({ msg }) => msg === 'lines dropped: they are malformed');
  assert.deepEqual([warning?.['lines'], warning?.['reason']], [1, 'expected <name>:<value>|<type>']);
});

test('takes lines over TCP in any pieces, and the last one without a newline', async (t) => {
  const bench = await open(t, { transport: 'tcp' });
  await sendStream({ port: portOf(bench), host: '127.0.0.1' }, 'a', ':1|c\n  b:2|', 'c\r\n\n', 'c:3|c');
  await bench.close();
  assert.deepEqual(valuesOf(bench), { a: 1, b: 2, c: 3 });
});

test('takes lines and messages with their lengths over a Unix socket', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'statsd-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 's.sock');
  const bench = await open(t, { transport: 'unix', endpoint: path });
  await sendStream({ path }, 'lines:1|c\nlines:1|c\n');
  const message = (text: string) => Buffer.concat([Buffer.from([text.length, 0, 0, 0]), Buffer.from(text)]);
  const bytes = Buffer.concat([message('framed:1|c\n'), message('framed:2|c\nx:1|g')]);
  await sendStream({ path }, bytes.subarray(0, 1), bytes.subarray(1, 17), bytes.subarray(17));
  await bench.close();
  assert.deepEqual(valuesOf(bench), { lines: 2, framed: 3, x: 1 });
});

test('ends a connection whose line is too long, and serves others', async (t) => {
  const bench = await open(t, { transport: 'tcp' });
  const target = { port: portOf(bench), host: '127.0.0.1' };
  const hostile = connect(target);
  const closed = new Promise((resolve) => hostile.on('error', () => {}).on('close', resolve));
  hostile.write('x'.repeat(200_000));
  await closed;
  assert.deepEqual(bench.dropped(), { too_long: 1 });
  await sendStream(target, 'a:1|c\n');
  await bench.close();
  assert.deepEqual(valuesOf(bench), { a: 1 });
});

test('reads several values of a line, and counts distinct values of sets', async (t) => {
  const bench = await open(t, { transport: 'tcp', enable_simple_tags: true });
  const lines = ['hits:1:2:3|c|#web', 'users:anna|s', 'users:ben|s', 'users:anna|s', '_e{1,1}:t|x', '_sc|db|0'];
  await sendStream({ port: portOf(bench), host: '127.0.0.1' }, lines.join('\n'));
  await bench.close();
  assert.deepEqual(valuesOf(bench), { hits: 6, users: 2 });
  assert.deepEqual(bench.dropped(), { malformed: 2 });
});

test('rounds counters at random so that the mean is right', async () => {
  let next = 0;
  const bench = await createComponentBench(statsd, {
    config: { endpoint: '127.0.0.1:0', transport: 'tcp', counter_type: 'stochastic_int' },
    random: () => [0.1, 0.9][next++ % 2] ?? 0,
  });
  await bench.start();
  await sendStream({ port: portOf(bench), host: '127.0.0.1' }, 'a:1.5|c\na:1.5|c\na:-1.5|c\na:-1.5|c\n');
  await bench.close();
  assert.deepEqual(valuesOf(bench), { a: 0 });
});

test('keeps the metrics of an interval until the pipeline takes them', async (t) => {
  const bench = await open(t, { transport: 'tcp', aggregation_interval: '10s' });
  await sendStream({ port: portOf(bench), host: '127.0.0.1' }, 'a:1|c\n');
  bench.response = () => ({ kind: 'retry', afterMillis: 1000, reason: 'the disk is full' });
  await bench.clock.advance(10_000);
  assert.match(bench.error() ?? '', /the disk is full/);
  bench.response = () => ({ kind: 'accepted' });
  bench.received.length = 0;
  await bench.clock.advance(1000);
  assert.deepEqual(valuesOf(bench), { a: 1 });
  assert.equal(bench.error(), undefined);
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const mapping = {
    statsd_type: 'timing',
    observer_type: 'gauge',
    histogram: { max_size: 1 },
    summary: { percentiles: [5] },
  };
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ transport: 'unixgram', endpoint: '/tmp/s' }, /transport: expected udp, tcp or unix, got "unixgram"/],
    [{ transport: 'unix' }, /endpoint: expected unix:\/path for the transport unix/],
    [{ endpoint: '/tmp/s' }, /endpoint: expected host:port for the transport udp/],
    [{ aggregation_interval: '0s' }, /aggregation_interval: expected a positive duration/],
    [{ timer_histogram_mapping: [mapping] }, /histogram: expected observer_type histogram/],
    [{ timer_histogram_mapping: [mapping] }, /summary: expected observer_type summary/],
    [{ timer_histogram_mapping: [{ statsd_type: 'counter', observer_type: 'gauge' }] }, /statsd_type/],
    [
      {
        timer_histogram_mapping: [
          {
            statsd_type: 'timing',
            observer_type: 'histogram',
            histogram: { explicit_buckets: [{ matcher_pattern: '(', buckets: [2, 1] }] },
          },
        ],
      },
      /matcher_pattern: expected a regular expression[\s\S]*buckets: expected ascending numbers/,
    ],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(statsd, { config }), message);
});
