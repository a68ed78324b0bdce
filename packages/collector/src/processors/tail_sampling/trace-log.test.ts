import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ACCEPTED, type Batch } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { processorContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import { batchOf } from '@otelier/testkit/request-codec';
import { fileStorage } from '../../extensions/file_storage.ts';
import { tailSampling } from '../tail_sampling.ts';

const root = mkdtempSync(join(tmpdir(), 'otelier-trace-log-'));
after(() => rmSync(root, { recursive: true, force: true }));
let directories = 0;
const newDirectory = () => join(root, `storage-${++directories}`);

const ERRORS = { name: 'errors', type: 'status_code', status_code: { status_codes: ['ERROR'] } };
const extensions = (directory: string) => ({
  file_storage: { definition: fileStorage, config: { directory, create_directory: true, fsync: false } },
});

processorContract(tailSampling, {
  config: {
    decision_wait: '1s',
    policies: [{ name: 'all', type: 'always_sample' }],
    storage: 'file_storage',
    drop_pending_traces_on_shutdown: false,
  },
  extensions: extensions(newDirectory()),
  respondsEarly: true,
  settle: async (bench) => {
    while (bench.received.length === 0) {
      await bench.clock.advance(1000);
      await turn();
    }
  },
});

describe('tail_sampling with storage', () => {
  test('decides about a trace by its spans before and after a restart', async () => {
    const directory = newDirectory();
    const first = await started(directory, {});
    await first.send(request([1, 'error'], [2]));
    await first.clock.advance(500);
    await first.close();
    assert.deepEqual([first.received, first.dropped()], [[], {}], 'nothing is decided or lost at shutdown');
    const second = await started(directory, {});
    await second.send(request([1], [2], [3]));
    await second.clock.advance(3000);
    await until(() => second.received.length > 0 && total(second.dropped()) === 3);
    assert.deepEqual(countByTrace(second), { 1: 2 });
    await second.close();
  });

  test('after a kill sends a trace again only if it was not delivered, and decides about it only once', async () => {
    const directory = newDirectory();
    // Traces with a root span are decided first, so that a request contains decided and undecided traces.
    const config = { decision_wait: '30s', decision_wait_after_root_received: '1s' };
    const first = await started(directory, config);
    let isDown = false;
    first.response = () => (isDown ? { kind: 'retry', afterMillis: undefined, reason: 'down' } : ACCEPTED);
    await first.send(request([1, 'error', 'root'], [2, 'root'], [3, 'error'], [4]));
    await first.clock.advance(2000);
    await until(() => first.received.length > 0);
    assert.deepEqual(countByTrace(first), { 1: 1 });
    assert.equal(first.dropped()['sampled'], 1);
    isDown = true;
    await first.send(request([5, 'error', 'root'], [6]));
    await first.clock.advance(2000);
    await until(() => first.received.length > 1);
    const copy = crashed(directory);
    await first.close();
    const second = await started(copy, config);
    await until(() => second.received.length > 0);
    assert.deepEqual(countByTrace(second), { 5: 1 }, 'the trace that was not delivered is sent at once');
    await second.clock.advance(40_000);
    await until(() => second.received.length > 1);
    assert.deepEqual(countByTrace(second), { 3: 1, 5: 1 });
    await second.send(request([1], [2]));
    await until(() => second.received.length > 2);
    assert.deepEqual(countByTrace(second), { 1: 1, 3: 1, 5: 1 }, 'late spans follow the decisions before the kill');
    await second.close();
  });

  for (let seed = 1; seed <= 5; seed++) {
    test(`gives each trace one decision, and loses none, over any sequence of kills, seed ${seed}`, async () => {
      const random = createRandom(seed);
      let directory = newDirectory();
      const sent = new Set<number>();
      const forwarded = new Map<number, number>();
      const errors = new Set<number>();
      let next = 1;
      for (let run = 0; run < 5; run++) {
        const bench = await started(directory, { decision_wait: '2s' });
        for (let step = 0; step < 8; step++) {
          const spans = Array.from({ length: 1 + random(6) }, (): SpanOf => {
            const trace = next++;
            sent.add(trace);
            if (random(2) === 0) return [trace];
            errors.add(trace);
            return [trace, 'error'];
          });
          assert.equal((await bench.send(request(...spans))).kind, 'accepted');
          if (random(2) === 0) await bench.clock.advance(1000);
          for (let turns = random(30); turns > 0; turns--) await turn();
        }
        directory = crashed(directory);
        await bench.close();
        addTo(forwarded, bench);
      }
      const last = await started(directory, { decision_wait: '2s' });
      const isDone = () => new Set([...forwarded.keys(), ...Object.keys(countByTrace(last)).map(Number)]).size;
      while (isDone() < errors.size) {
        await last.clock.advance(1000);
        await turn();
      }
      await last.close();
      addTo(forwarded, last);
      assert.deepEqual(new Set(forwarded.keys()), errors, `seed ${seed}: exactly the traces with errors are sampled`);
      const repeated = [...forwarded.values()].filter((count) => count > 1).length;
      // Only what was sent while its delivery was being written at one of the kills.
      assert.ok(repeated <= 5 * 12, `seed ${seed}: ${repeated} traces were sent twice`);
    });
  }

  test('refuses to share its storage with another pipeline or thread', async () => {
    const directory = newDirectory();
    const bench = await createComponentBench(tailSampling, {
      config: { policies: [ERRORS], storage: 'nowhere' },
      extensions: extensions(directory),
    }).catch((error: Error) => error);
    assert.match(
      String(bench),
      /storage: expected a storage extension of service.extensions \("file_storage"\), got "nowhere"/,
    );
  });
});

async function started(directory: string, config: object): Promise<ComponentBench> {
  const bench = await createComponentBench(tailSampling, {
    config: { decision_wait: '1s', policies: [ERRORS], storage: 'file_storage', ...config },
    extensions: extensions(directory),
  });
  await bench.start();
  return bench;
}

/** Returns a copy of a directory that a process has open, as a kill would leave it. */
function crashed(directory: string): string {
  const copy = newDirectory();
  cpSync(directory, copy, { recursive: true, filter: (source) => !/^lock/.test(basename(source)) });
  return copy;
}

type SpanOf = readonly [trace: number, ...marks: ('error' | 'root')[]];

function request(...spans: readonly SpanOf[]): Batch {
  const encoded = spans.map(([trace, ...marks]) => ({
    traceId: trace.toString(16).padStart(32, '0'),
    spanId: 'ab'.repeat(8),
    name: `span ${trace}`,
    ...(marks.includes('root') ? {} : { parentSpanId: 'cd'.repeat(8) }),
    ...(marks.includes('error') ? { status: { code: 2 } } : {}),
  }));
  return batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans: encoded }] }] });
}

/** Returns the number of forwarded spans of each trace. */
function countByTrace(bench: ComponentBench): Record<number, number> {
  const counts = new Map<number, number>();
  addTo(counts, bench);
  return Object.fromEntries(counts);
}

function addTo(counts: Map<number, number>, { received }: ComponentBench): void {
  const refused = new Set<Uint8Array>();
  for (const { parts } of received) {
    for (const part of parts) {
      // A batch that is sent again is received again.
      if (refused.has(part)) continue;
      refused.add(part);
      for (const match of Buffer.from(part)
        .toString('latin1')
        .matchAll(/span (\d+)/g)) {
        counts.set(Number(match[1]), (counts.get(Number(match[1])) ?? 0) + 1);
      }
    }
  }
}

const total = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}
