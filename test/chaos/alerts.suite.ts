import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { type Gateway, type Lifetime, startGateway, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { type DeliveredAlert, startReceiver } from './notifications/receiver.ts';
import { until } from './notifications/until.ts';
import type { ChaosSuite } from './suite.ts';

/** Series of which each has an alert while its value is 1. */
const SERIES = 6;

/**
 * Kills a process that evaluates rules over a store, at a random time after it has notified a receiver. After the restart,
 * the alerts that were notified must be the same ones: with the same start, and without another notification that they
 * fire. Those whose series recovers must end, which the receiver learns once.
 */
export const suite: ChaosSuite = {
  name: 'alerts',
  summary: 'alerts keep their start across killed processes, and end once',
  cases: 50,
  sampleCases: 1,
  async run({ seed, from, count, fail, log }) {
    for (let index = from; index < from + count; index++) {
      await withLifetime(async (lifetime) => {
        try {
          log(`case ${index}: ${await killCase(lifetime, createRandom(seed * 1000 + index))}`);
        } catch (error) {
          fail(index, error instanceof Error ? error.message : String(error));
        }
      });
    }
  },
};

async function killCase(lifetime: Lifetime, random: Random): Promise<string> {
  const directory = await tempDirectory(lifetime);
  const receiver = await startReceiver(lifetime);
  const config = [configuration(directory, receiver.url)];
  let gateway = await startGateway(lifetime, { config });
  const firing = new Set<string>();
  let kills = 0;
  for (let instance = 0; instance < SERIES; instance += 2) {
    // Two more series fire in each process.
    for (const name of [`i${instance}`, `i${instance + 1}`]) firing.add(name);
    await until(
      async () => {
        await send(gateway, (name) => (firing.has(name) ? 1 : 0));
        return [...firing].every((name) => receiver.delivered.some((alert) => alert.instance === name));
      },
      `each of ${[...firing].join(', ')} is notified`,
    );
    await sleep(random(1500));
    await gateway.kill();
    kills += 1;
    gateway = await startGateway(lifetime, { config });
  }
  // Everything recovers, in the last process.
  const isOver = ({ status }: DeliveredAlert) => status === 'resolved';
  await until(
    async () => {
      await send(gateway, () => 0);
      return new Set(receiver.delivered.filter(isOver).map(({ instance }) => instance)).size === firing.size;
    },
    `all alerts end, got ${JSON.stringify(receiver.delivered)}`,
  );
  for (const name of firing) {
    const alerts = receiver.delivered.filter(({ instance }) => instance === name);
    const starts = new Set(alerts.map(({ startsAt }) => startsAt));
    assert.equal(starts.size, 1, `${name} began more than once: ${JSON.stringify(alerts)}`);
    const unmarked = alerts.filter((alert) => isOver(alert) && !alert.isRepeated).length;
    assert.ok(unmarked <= 1, `the end of ${name} was notified ${unmarked} times without a mark`);
    const last = alerts.at(-1);
    assert.ok(last !== undefined && isOver(last), `${name} does not end: ${JSON.stringify(alerts)}`);
  }
  assert.equal(await gateway.stop(), 0, gateway.output());
  return `${kills} kills, ${firing.size} alerts, each with one start and one end`;
}

function configuration(directory: string, url: string): string {
  const paths = { store: `${directory}/store`, alerting: `${directory}/alerting` };
  return JSON.stringify({
    receivers: { otlp: { protocols: { http: { endpoint: '127.0.0.1:0' } } } },
    exporters: { store: { directory: paths.store } },
    extensions: {
      workbench: { endpoint: '127.0.0.1:0' },
      alerting: {
        directory: paths.alerting,
        evaluation_interval: '1s',
        groups: [{ name: 'g', rules: [{ alert: 'Broken', expr: 'broken > 0', for: '1s' }] }],
        route: { receiver: 'test', group_by: ['instance'], group_wait: '0s', group_interval: '1s' },
        receivers: [{ name: 'test', webhook_configs: [{ url }] }],
      },
    },
    service: {
      extensions: ['workbench', 'alerting'],
      pipelines: { metrics: { receivers: ['otlp'], exporters: ['store'] } },
    },
  });
}

/** Sends the value of every series. */
async function send(gateway: Gateway, levelOf: (instance: string) => number): Promise<void> {
  const timeUnixNano = String(BigInt(Date.now()) * 1_000_000n);
  const dataPoints = Array.from({ length: SERIES }, (_, index) => ({
    timeUnixNano,
    asDouble: levelOf(`i${index}`),
    attributes: [{ key: 'instance', value: { stringValue: `i${index}` } }],
  }));
  const response = await fetch(`${gateway.http}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'broken', gauge: { dataPoints } }] }] }],
    }),
  });
  assert.equal(response.status, 200, await response.text());
}
