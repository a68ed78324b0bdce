import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { PipelineGraph } from '@otelier/query';
import type { Store } from '@otelier/store';
import { createManualClock } from '@otelier/testkit/clock';
import { historyFile } from './history-file.ts';
import { type ObservedProcess, ProcessPast } from './process-history.ts';
import { SeriesRing } from './series-ring.ts';

const MINUTE = 60_000;

/** A process whose receiver takes 100 spans per second, and whose CPU usage and queue a test sets. */
function processOf(clock: { now(): number }, directory?: string) {
  const startMillis = clock.now();
  const state = { cpuCores: 0.1, queueBytes: 0 };
  const graph = (): PipelineGraph => ({
    atMillis: clock.now(),
    nodes: [
      { ...NODE, id: 'r', kind: 'receiver', component: 'otlp' },
      { ...NODE, id: 'e', kind: 'exporter', component: 'up', queue: { ...QUEUE, sizeBytes: state.queueBytes } },
    ],
    edges: [
      { ...EDGE, id: 'r>e', items: (clock.now() - startMillis) / 10 },
      // A second pipeline of the same receiver gets the same items.
      { ...EDGE, id: 'r>f', items: (clock.now() - startMillis) / 10 },
    ],
    admission: { inFlightBytes: 1, limitBytes: 4, refusedRequests: 0 },
    process: { ...PROCESS, cpuCores: state.cpuCores },
  });
  const store = { stats: async () => ({ sizeBytes: 6e6, journalBytes: 1e6, directory }) } as unknown as Store;
  const observed: ObservedProcess = {
    graph,
    stores: () => new Map(directory === undefined ? [] : [['store', store]]),
    owns: () => true,
  };
  return { state, observed };
}

const NODE = { type: 'x', signal: 'traces', pipelines: [], summary: '', dropped: {} };
const EDGE = {
  from: 'r',
  to: 'e',
  signal: 'traces',
  pipeline: 'traces',
  bytes: 0,
  batches: 0,
  refusedItems: 0,
  consumeMicros: 0,
};
const QUEUE = { limitBytes: 100, requests: 1 };
const PROCESS = { rssBytes: 1e8, heapBytes: 3e7, externalBytes: 0, eventLoopDelayP99Millis: 2 };

function temporary(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-history-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('keeps CPU usage, queues, rates and reloads, with gaps where nothing is known', async () => {
  const clock = createManualClock();
  const start = clock.now();
  const { state, observed } = processOf(clock);
  const past = new ProcessPast(observed, clock, assert.fail);
  past.start();
  for (let step = 0; step < 24; step += 1) {
    if (step === 12) {
      state.cpuCores = 0.5;
      state.queueBytes = 40;
      const lists = { kept: [], restarted: ['exporters/up'], added: [], removed: [] };
      past.addReload({ ...lists, result: 'applied', trigger: 'api', atMillis: clock.now(), durationMillis: 1 });
    }
    await clock.advance(5000);
  }
  const read = past.read({ startMillis: start - MINUTE, endMillis: start + 3 * MINUTE, steps: 4 });
  const round = (values: readonly (number | null)[]) => values.map((value) => value && Math.round(value * 1000) / 1000);
  assert.deepEqual(round(read.cpuCores), [null, 0.1, 0.5, 0.5]);
  assert.deepEqual(read.queues, [{ name: 'up', values: [null, 0, Math.fround(0.4), Math.fround(0.4)] }]);
  assert.deepEqual(
    read.itemsPerSecond[0]?.values.slice(1, 3).map((value) => Math.round(value ?? 0)),
    [100, 100],
  );
  assert.deepEqual(read.admissionShare[1], 0.25);
  assert.deepEqual(
    read.reloads.map(({ components }) => components),
    [['exporters/up']],
  );
  assert.deepEqual([read.sampleMillis, read.timesMillis.length], [5000, 4]);
  await past.close();
});

test('survives a restart in the file beside the store, and begins anew if that is damaged', async (t) => {
  const directory = temporary(t);
  const clock = createManualClock();
  const start = clock.now();
  const first = new ProcessPast(processOf(clock, directory).observed, clock, assert.fail);
  first.start();
  for (let step = 0; step < 36; step += 1) await clock.advance(5000);
  await settled();
  first.save();
  await first.close();
  const range = { startMillis: start - 10 * MINUTE, endMillis: start + 10 * MINUTE, steps: 20 };
  const open = async (warn: (message: string) => void) => {
    const past = new ProcessPast(processOf(clock, directory).observed, clock, warn);
    t.after(() => past.close());
    past.start();
    await clock.advance(5000);
    // The file is read after the first sample of the store.
    for (let turn = 0; turn < 100 && past.read(range).cpuCores[11] === null; turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    return past.read(range);
  };
  const restored = await open(assert.fail);
  assert.ok(restored.cpuCores[11] !== null && restored.diskBytes[11] === 7e6);
  const name = readdirSync(directory).find((file) => file.startsWith('process-history'));
  assert.ok(name);
  writeFileSync(join(directory, name), 'not a state file');
  const warnings: string[] = [];
  historyFile(directory, (message) => warnings.push(message));
  assert.equal(warnings.length, 1);
  for (const content of ['{"version":1,"names":["cpu"],"rings":[[["x",1]]],"reloads":[]}', '[]', '{']) {
    const other = temporary(t);
    const file = historyFile(other, (message) => warnings.push(message));
    await file.write({ rings: [], reloads: [] });
    assert.deepEqual(historyFile(other, assert.fail).read(), { rings: [], reloads: [] });
    const { openStateFile } = await import('@otelier/journal');
    await openStateFile(join(other, 'process-history.json')).write(Buffer.from(content));
    assert.equal(historyFile(other, (message) => warnings.push(message)).read(), undefined);
  }
  assert.match(warnings.at(-1) ?? '', /expected a history of the process/);
});

test('long ranges use coarser samples, and the number of series is bounded', () => {
  const ring = new SeriesRing(1000, 10, (name) => (name === 'peak' ? 'max' : 'mean'));
  for (let name = 0; name < 200; name += 1) ring.add(0, new Map([[`series ${name}`, 1]]));
  assert.equal(ring.names.length, 96);
  const second = new SeriesRing(1000, 10, (name) => (name === 'peak' ? 'max' : 'mean'));
  second.add(
    5000,
    new Map([
      ['peak', 1],
      ['level', 1],
    ]),
  );
  second.add(
    5400,
    new Map([
      ['peak', 3],
      ['level', 3],
      ['bad', Number.NaN],
    ]),
  );
  second.add(15_000, new Map([['level', 9]]));
  second.add(5000, new Map([['level', 100]]));
  const seen: unknown[] = [];
  for (const name of ['peak', 'level', 'bad'])
    second.forEach(name, 0, 20_000, (...entry) => seen.push([name, ...entry]));
  assert.deepEqual(seen, [['level', 15_000, 9]], 'a step takes the place of the one ten steps before it');
});
