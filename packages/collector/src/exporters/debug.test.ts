import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Signal } from '@otelier/otlp';
import { type ComponentBench, createComponentBench, exporterContract, sampleBatch } from '@otelier/testkit';
import { debug } from './debug.ts';

exporterContract(debug);

async function started(config: Record<string, unknown>, signal: Signal = 'traces'): Promise<ComponentBench> {
  const bench = await createComponentBench(debug, { config, signals: [signal] });
  await bench.start();
  return bench;
}

/** What the exporter has logged, with the fields that say how much came. */
const lines = (bench: ComponentBench) =>
  bench.logs
    .filter(({ component }) => component === 'tested')
    .map(({ signal, itemCount, sizeBytes, msg }) => ({ signal, itemCount, sizeBytes, msg }));

test('says in a line what came, one item or many', async () => {
  const bench = await started({});
  const one = sampleBatch('traces');
  const three = sampleBatch('traces', 3);
  await bench.send(one);
  await bench.send(three);
  await bench.close();
  assert.deepEqual(lines(bench), [
    { signal: 'traces', itemCount: 1, sizeBytes: one.sizeBytes, msg: 'Received 1 span.' },
    { signal: 'traces', itemCount: 3, sizeBytes: three.sizeBytes, msg: 'Received 3 spans.' },
  ]);
});

test('counts data points, as the rest of otelier does', async () => {
  const bench = await started({}, 'metrics');
  await bench.send(sampleBatch('metrics', 2));
  await bench.close();
  assert.deepEqual(
    lines(bench).map(({ msg }) => msg),
    ['Received 2 data points.'],
  );
});

test('shows the telemetry as OTLP/JSON, in a line or indented', async () => {
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

test('shows of profiles only how many came', async () => {
  const bench = await started({ verbosity: 'detailed' }, 'profiles');
  assert.equal((await bench.send(sampleBatch('profiles', 2))).kind, 'accepted');
  await bench.close();
  assert.deepEqual(
    lines(bench).map(({ msg }) => msg),
    ['Received 2 profiles.'],
  );
});

test('logs so many batches of each second, and one of so many of the rest', async () => {
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

test('writes to standard output when the log is not wanted', async (context) => {
  const written: string[] = [];
  const bench = await started({ use_internal_logger: false });
  context.mock.method(process.stdout, 'write', (text: string) => written.push(text) > 0);
  await bench.send(sampleBatch('traces'));
  context.mock.restoreAll();
  await bench.close();
  assert.deepEqual(written, ['Received 1 span.\n']);
  assert.deepEqual(lines(bench), []);
});
