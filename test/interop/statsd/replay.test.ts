import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { requestToJson } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { statsd } from '../../../packages/collector/src/receivers/statsd.ts';
import { CASES, type StatsdCase } from './cases.ts';
import { DIFFERENCES } from './differences.ts';
import { pointLines } from './normalize.ts';
import { readOutcomes } from './outcomes.ts';

/** The default of `aggregation_interval`. */
const INTERVAL_MILLIS = 60_000;

test('lines become the same metrics as in the Collector', async () => {
  const outcomes = readOutcomes();
  assert.deepEqual(
    outcomes.map(({ name }) => name),
    CASES.map(({ name }) => name),
    'the records are of other cases: run record.ts',
  );
  const here = new Map<StatsdCase, readonly string[]>();
  const byConfig = Map.groupBy(CASES, ({ config }) => JSON.stringify(config));
  for (const cases of byConfig.values()) await runHere(cases, here);
  const differing: string[] = [];
  for (const [index, one] of CASES.entries()) {
    const there = outcomes[index];
    assert.equal(there?.error, undefined, one.name);
    if (JSON.stringify(here.get(one)) === JSON.stringify(there?.points)) continue;
    differing.push(one.name);
    if (!DIFFERENCES.has(one.name)) assert.deepEqual(here.get(one), there?.points, one.name);
  }
  assert.deepEqual(differing, [...DIFFERENCES.keys()]);
});

test('at least 150 cases are compared, and few differ', () => {
  assert.ok(CASES.length >= 150, `${CASES.length} cases`);
  assert.ok(DIFFERENCES.size <= 4, `${DIFFERENCES.size} differ`);
});

/** Sends the packets of cases with one configuration over TCP, each case in an interval of its own. */
async function runHere(cases: readonly StatsdCase[], results: Map<StatsdCase, readonly string[]>): Promise<void> {
  const config = { endpoint: '127.0.0.1:0', transport: 'tcp', ...escaped(cases[0]?.config ?? {}) };
  const bench = await createComponentBench(statsd, { config });
  try {
    await bench.start();
    const address = bench.service.host.endpoints().find(({ component }) => component === 'tested')?.address ?? '';
    const port = Number(address.slice(address.lastIndexOf(':') + 1));
    for (const one of cases) {
      const bySender = Map.groupBy(one.packets, ({ sender }) => sender);
      await Promise.all(
        [...bySender.values()].map((own) =>
          send(
            port,
            own.map(({ text }) => text),
          ),
        ),
      );
      await bench.clock.advance(INTERVAL_MILLIS);
      const parts = bench.received.splice(0).flatMap((batch) => batch.parts);
      results.set(one, pointLines(parts.map((part) => JSON.parse(requestToJson('metrics', part)) as unknown)));
    }
  } finally {
    await bench.close();
  }
}

/** The connection ends when the receiver has read everything. */
async function send(port: number, lines: readonly string[]): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.end(lines.map((line) => `${line}\n`).join(''));
  socket.resume();
  await once(socket, 'close');
}

/** Escapes dollar signs, which configurations replace by environment variables. */
function escaped(config: StatsdCase['config']): StatsdCase['config'] {
  return JSON.parse(JSON.stringify(config).replaceAll('$', '$$$$')) as StatsdCase['config'];
}
