import assert from 'node:assert/strict';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Lifetime, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { type OutageKind, startReceiver } from './notifications/receiver.ts';
import { startSender } from './notifications/sender.ts';
import { until } from './notifications/until.ts';
import type { ChaosRun, ChaosSuite } from './suite.ts';

/** How the receiver is away, for how many seconds, and how often the process is killed. The last is for a complete run. */
const CASES: readonly (readonly [kind: OutageKind, seconds: number, kills: number])[] = [
  ['refuses connections', 2, 1],
  ['responds 503', 10, 3],
  ['never responds', 10, 3],
  ['closes connections', 10, 3],
  ['refuses connections', 600, 3],
];
/** Between two alerts: about 200 in a long outage. */
const intervalMillis = (seconds: number): number => Math.max(200, seconds * 5);

/**
 * Sends alerts while their receiver is away, and kills the process that notifies it with SIGKILL meanwhile. Then the
 * receiver returns: each alert must arrive, and none twice unless the copy is marked as repeated.
 */
export const suite: ChaosSuite = {
  name: 'notifications',
  summary: 'alerts reach a receiver that was away, across kills, once or marked as repeated',
  cases: CASES.length,
  sampleCases: 1,
  async run(run) {
    await withLifetime(async (lifetime) => {
      for (let index = run.from; index < run.from + run.count; index++) {
        const [kind, seconds, kills] = CASES[index] ?? ['refuses connections', 2, 1];
        await runOutage(lifetime, { kind, seconds, kills }, run).catch((error) =>
          run.fail(index, error instanceof Error ? error.message : String(error)),
        );
      }
    });
  },
};

interface Outage {
  readonly kind: OutageKind;
  readonly seconds: number;
  readonly kills: number;
}

async function runOutage(lifetime: Lifetime, { kind, seconds, kills }: Outage, { log }: ChaosRun): Promise<void> {
  const directory = join(await tempDirectory(lifetime), 'notifications');
  const receiver = await startReceiver(lifetime);
  const sender = await startSender(lifetime, { directory, url: receiver.url });
  sender.fire();
  await until(() => receiver.delivered.length > 0, 'the first alert arrives');
  await receiver.goAway(kind);
  const began = performance.now();
  for (let kill = 0; kill <= kills; kill++) {
    const end = began + ((kill + 1) * seconds * 1000) / (kills + 1);
    while (performance.now() < end) {
      sender.fire();
      if (sender.fired.length % 3 === 0) sender.resolve();
      await sleep(Math.min(intervalMillis(seconds), Math.max(1, end - performance.now())));
    }
    if (kill < kills) await sender.kill();
  }
  await receiver.comeBack();
  const back = performance.now();
  const arrived = () => new Set(receiver.delivered.map(({ instance }) => instance));
  await until(() => arrived().size >= sender.fired.length, 'all alerts arrive');
  const waited = (performance.now() - back) / 1000;
  const copies = sender.fired.flatMap((instance) => {
    const firing = receiver.delivered.filter(
      (delivery) => delivery.instance === instance && delivery.status === 'firing',
    );
    const unmarked = firing.filter(({ isRepeated }) => !isRepeated).length;
    return unmarked > 1 ? [`${instance} arrived ${unmarked} times without a mark`] : [];
  });
  assert.deepEqual(copies, []);
  const marked = receiver.delivered.filter(({ isRepeated }) => isRepeated).length;
  log(
    `receiver ${kind} for ${seconds} s, ${kills} kills: ${sender.fired.length} alerts, each delivered within ${waited.toFixed(1)} s ` +
      `after it was back; ${marked} marked as repeated, 0 copies without a mark`,
  );
  await sender.stop();
}
