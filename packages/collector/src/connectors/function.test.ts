import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Batch, countItems, requestToJson } from '@otelier/otlp';
import { createRandom } from '@otelier/testkit/otlp/random';
import { batchOf } from '@otelier/testkit/request-codec';
import { systemClock } from '@otelier/transport/clock';
import { untilLogged, withComponent } from '../functions/function-bench.testing.ts';
import { functionConnector } from './function.ts';

const OPTIONS = { clock: systemClock, outputs: { traces: ['slow', 'all'], logs: ['slow', 'all'] } };

const MODULE = `import { route } from 'otelier';
export const tested = route({
  spans: (span) => {
    if (span.name === 'bad') throw new RangeError('mine');
    if (span.name === 'unknown') return 'traces/slwo';
    if (span.name === 'both') return ['traces/slow', 'traces/all'];
    if (span.name === 'none') return [];
    return span.name === 'slow' ? 'traces/slow' : undefined;
  },
  logs: (record) => (record.severityNumber > 16 ? 'logs/slow' : 'logs/all'),
});`;

function configOf(more: Record<string, unknown> = {}) {
  return (file: string) => ({ file, function: 'tested', ...more });
}

function spans(...names: string[]): Batch {
  return batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans: names.map((name) => ({ name })) }] }] });
}

function namesIn(batches: readonly Batch[]): string[] {
  return batches
    .flatMap(({ parts }) => parts.map((part) => requestToJson('traces', part)))
    .flatMap((json) => [...json.matchAll(/"name":"([^"]+)"/g)].map(([, name = '']) => name));
}

test('routes each item to the pipelines that the function returns, and others to the default pipelines', () =>
  withComponent(
    functionConnector,
    MODULE,
    configOf({ default_pipelines: ['traces/all'] }),
    async (bench) => {
      const outcome = await bench.send(spans('slow', 'fast', 'both', 'none', 'slow'));
      assert.equal(outcome.kind, 'accepted', JSON.stringify(outcome));
      assert.deepEqual(namesIn(bench.receivedBy('slow')).toSorted(), ['both', 'slow', 'slow']);
      assert.deepEqual(namesIn(bench.receivedBy('all')), ['fast', 'both']);
      assert.deepEqual(bench.dropped(), { unrouted: 1 });
      const records = [{ severityNumber: 17 }, { severityNumber: 1 }];
      await bench.send(batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] }));
      assert.equal(bench.receivedBy('slow').at(-1)?.itemCount, 1);
    },
    { ...OPTIONS, signals: ['traces', 'logs'] },
  ));

for (const [mode, expected] of [
  ['ignore', { kind: 'accepted', all: ['bad', 'unknown', 'fast'], dropped: {} }],
  ['drop', { kind: 'accepted', all: ['fast'], dropped: { function_failed: 2 } }],
  ['propagate', { kind: 'refused', all: [], dropped: {} }],
] as const)
  test(`error_mode ${mode} applies to items for which the function throws or returns an unknown pipeline`, () =>
    withComponent(
      functionConnector,
      MODULE,
      configOf({ default_pipelines: ['traces/all'], error_mode: mode }),
      async (bench) => {
        assert.equal((await bench.send(spans('unknown', 'bad', 'slow', 'fast'))).kind, expected.kind);
        assert.deepEqual(namesIn(bench.receivedBy('all')).toSorted(), [...expected.all].toSorted());
        assert.deepEqual(bench.dropped(), expected.dropped);
        assert.match(
          bench.error() ?? '',
          /function failed: TypeError: expected a pipeline that has this connector as a receiver \("traces\/slow", "traces\/all"\), got "traces\/slwo"/,
        );
      },
      { ...OPTIONS, signals: ['traces'] },
    ));

test('saving the file replaces the function, and loses and doubles nothing under load', () =>
  withComponent(
    functionConnector,
    `import { route } from 'otelier';\nexport const tested = route({ spans: () => 'traces/slow' });`,
    configOf(),
    async (bench, directory) => {
      const random = createRandom(7);
      let sent = 0;
      const load = async (stop: { done: boolean }) => {
        while (!stop.done) {
          const names = Array.from({ length: 1 + random(5) }, (_, index) => `s${index}`);
          sent += names.length;
          assert.equal((await bench.send(spans(...names))).kind, 'accepted');
        }
      };
      const stop = { done: false };
      const running = [load(stop), load(stop)];
      await directory.save(
        'functions.ts',
        `import { route } from 'otelier';\nexport const tested = route({ spans: () => 'traces/all' });`,
      );
      await untilLogged(bench, 'functions replaced');
      await bench.send(spans('last'));
      sent += 1;
      stop.done = true;
      await Promise.all(running);
      assert.ok(namesIn(bench.receivedBy('all')).includes('last'));
      const received = bench.received.flatMap(({ parts }) => parts.map((part) => countItems('traces', part)));
      assert.equal(
        received.reduce((sum, count) => sum + count, 0),
        sent,
      );
    },
    { ...OPTIONS, signals: ['traces'] },
  ));
