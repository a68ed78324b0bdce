import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Signal, WireWriter } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { exporterContract } from '@otelier/testkit/component-contract';
import { sampleBatch } from '@otelier/testkit/sample-batch';
import { debug } from './debug.ts';

exporterContract(debug);

async function started(config: Record<string, unknown>, signal: Signal = 'traces'): Promise<ComponentBench> {
  const bench = await createComponentBench(debug, { config, signals: [signal] });
  await bench.start();
  return bench;
}

/** Returns the exporter's log lines, reduced to the batch size and message. */
const lines = (bench: ComponentBench) =>
  bench.logs
    .filter(({ component }) => component === 'tested')
    .map(({ signal, itemCount, sizeBytes, msg }) => ({ signal, itemCount, sizeBytes, msg }));

test('logs one line per batch, with one or several items', async () => {
  const bench = await started({});
  const one = sampleBatch('traces');
  const three = sampleBatch('traces', 3);
  await bench.send(one);
  await bench.send(three);
  await bench.close();
  assert.deepEqual(lines(bench), [
    { signal: 'traces', itemCount: 1, sizeBytes: one.sizeBytes, msg: 'received 1 span' },
    { signal: 'traces', itemCount: 3, sizeBytes: three.sizeBytes, msg: 'received 3 spans' },
  ]);
});

test('counts data points of metrics', async () => {
  const bench = await started({}, 'metrics');
  await bench.send(sampleBatch('metrics', 2));
  await bench.close();
  assert.deepEqual(
    lines(bench).map(({ msg }) => msg),
    ['received 2 data points'],
  );
});

test('logs the telemetry as OTLP/JSON, in one line or indented', async () => {
  for (const verbosity of ['normal', 'detailed']) {
    const bench = await started({ verbosity });
    await bench.send(sampleBatch('traces'));
    await bench.close();
    const [, shown] = lines(bench);
    const text = String(shown?.msg);
    assert.equal(text.includes('\n'), verbosity === 'detailed');
    assert.equal(JSON.parse(text).resourceSpans[0].scopeSpans[0].spans[0].name, 'GET /0');
  }
});

test('does not show a request that would take hundreds of megabytes as text', async () => {
  const bench = await started({ verbosity: 'detailed' });
  const request = new WireWriter();
  for (const field of [1, 2, 2]) request.open(field);
  const events = Buffer.alloc(6_000_000, Buffer.from([0x5a, 0]));
  request.raw(events, 0, events.length);
  for (let i = 0; i < 3; i++) request.close();
  const part = request.finish();
  await bench.send({ ...sampleBatch('traces'), parts: [part], sizeBytes: part.length });
  await bench.close();
  assert.match(String(lines(bench)[1]?.msg), /^not shown: expected a request of at most 4194304 bytes, got 60000\d\d$/);
});

test('logs only the number of profiles', async () => {
  const bench = await started({ verbosity: 'detailed' }, 'profiles');
  assert.equal((await bench.send(sampleBatch('profiles', 2))).kind, 'accepted');
  await bench.close();
  assert.deepEqual(
    lines(bench).map(({ msg }) => msg),
    ['received 2 profiles'],
  );
});

test('logs the first batches of each second, and samples the others', async () => {
  const bench = await started({ sampling_initial: 2, sampling_thereafter: 3 });
  const logged = async (batches: number) => {
    const before = lines(bench).length;
    const seen: number[] = [];
    for (let index = 1; index <= batches; index++) {
      const count = lines(bench).length;
      await bench.send(sampleBatch('traces'));
      if (lines(bench).length > count) seen.push(index);
    }
    assert.equal(lines(bench).length - before, seen.length);
    return seen;
  };
  assert.deepEqual(await logged(9), [1, 2, 3, 6, 9]);
  await bench.clock.advance(1000);
  assert.deepEqual(await logged(4), [1, 2, 3]);
  await bench.close();
});

test('writes to standard output without the internal logger', async (context) => {
  const written: string[] = [];
  const bench = await started({ use_internal_logger: false });
  context.mock.method(process.stdout, 'write', (text: string) => written.push(text) > 0);
  await bench.send(sampleBatch('traces'));
  context.mock.restoreAll();
  await bench.close();
  assert.deepEqual(written, ['received 1 span\n']);
  assert.deepEqual(lines(bench), []);
});
