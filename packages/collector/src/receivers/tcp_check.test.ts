import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { forEachDataPoint } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { receiverContract } from '@otelier/testkit/component-contract';
import { tcpCheck } from './tcp_check.ts';

receiverContract(tcpCheck, { config: { targets: [{ endpoint: '127.0.0.1:1' }] }, silent: true });

/** Waits for the number of readings, and returns the points of the last one. */
async function readings(bench: ComponentBench, count: number) {
  while (bench.received.length < count) await turn();
  const points: [string, string | undefined, number | bigint | undefined, Record<string, unknown>][] = [];
  for (const part of bench.received[count - 1]?.parts ?? [])
    forEachDataPoint(part, ({ value, attributes }, { name, kind }) =>
      points.push([name, kind, name === 'tcpcheck.duration' ? 0 : value, Object.fromEntries(attributes)]),
    );
  return points.sort(([a], [b]) => (a < b ? -1 : 1));
}

test('reports servers that accept connections, and those that do not', async (t) => {
  const server = createServer((socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bench = await createComponentBench(tcpCheck, { config: { targets: [{ endpoint }] } });
  t.after(() => bench.close());
  await bench.start();
  await bench.clock.advance(1000);
  const attributes = { 'tcpcheck.endpoint': endpoint };
  assert.deepEqual(await readings(bench, 1), [
    ['tcpcheck.duration', 'gauge', 0, attributes],
    ['tcpcheck.status', 'gauge', 1, attributes],
  ]);
  await new Promise((resolve) => server.close(resolve));
  for (const count of [1, 2]) {
    await bench.clock.untilPending();
    await bench.clock.advance(60_000);
    assert.deepEqual(await readings(bench, count + 1), [
      ['tcpcheck.error', 'sum', count, { ...attributes, 'error.code': 'connection_refused' }],
      ['tcpcheck.status', 'gauge', 0, attributes],
    ]);
  }
});

test('waits no longer than the timeout, and reports the other targets', async (t) => {
  // An address for documentation, from which nothing responds, or to which no route leads.
  const targets = [{ endpoint: '192.0.2.1:9', dialer: { timeout: '2s' } }, { endpoint: 'invalid.invalid:1' }];
  const metrics = { 'tcpcheck.duration': { enabled: false }, 'tcpcheck.error': { enabled: false } };
  const bench = await createComponentBench(tcpCheck, { config: { targets, metrics, initial_delay: '0s' } });
  t.after(() => bench.close());
  await bench.start();
  await bench.clock.advance(0);
  await bench.clock.advance(2000);
  const points = await readings(bench, 1);
  assert.deepEqual(
    points.map(([name, , value]) => [name, value]),
    [
      ['tcpcheck.status', 0],
      ['tcpcheck.status', 0],
    ],
  );
});

test('rejects configurations that cannot work, naming the fields', async () => {
  const expected: [Record<string, unknown>, RegExp][] = [
    [{ targets: [] }, /targets: expected at least one target/],
    [{ targets: [{ endpoint: 'nowhere' }] }, /targets.0.endpoint|targets\[0\].endpoint|endpoint: expected host:port/],
    [{ targets: [{ endpoint: 'unix:/x' }] }, /expected host:port/],
    [{ targets: [{ endpoint: 'a:1' }], metrics: { other: {} } }, /metrics.other: expected one of tcpcheck.duration/],
  ];
  for (const [config, message] of expected) await assert.rejects(createComponentBench(tcpCheck, { config }), message);
});
