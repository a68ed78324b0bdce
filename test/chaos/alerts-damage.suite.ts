import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { createRandom, type Random } from '@otelier/testkit/otlp/random';
import { type Setup, start } from '../../packages/alerting/src/alerting.testing.ts';
import { readGroupFiles } from '../../packages/alerting/src/notify/groups/group-file.ts';
import { createMatcher } from '../../packages/alerting/src/notify/matching/matcher.ts';
import { createNotifierBench, labelled, webhookConfig } from '../../packages/alerting/src/notify/notifier.testing.ts';
import { type Lifetime, tempDirectory, withLifetime } from '../e2e/gateway.ts';
import { type Damage, damageOne } from './damage/damages.ts';
import type { ChaosSuite } from './suite.ts';

/** Damages the files of alerts, notifications and silences in every way. */
export const suite: ChaosSuite = {
  name: 'alerts-damage',
  summary: 'damaged state of alerts is reported; the rest continues, and nothing is sent twice without a mark',
  cases: 1200,
  sampleCases: 16,
  async run({ seed, from, count, fail, log }) {
    const damages = new Map<string, number>();
    for (let index = from; index < from + count; index++) {
      const random = createRandom(seed * 1_000_003 + index);
      let description = '';
      const damage = (directory: string): Damage => {
        const done = damageOne(directory, random);
        description = done.description;
        const kind = description.replace(/ \S*$/, '');
        damages.set(kind, (damages.get(kind) ?? 0) + 1);
        return done;
      };
      try {
        await withLifetime((lifetime) => (index % 4 === 0 ? checkRules : checkNotifications)(lifetime, damage, random));
      } catch (error) {
        fail(index, `${description}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    log([...damages].map(([kind, times]) => `${kind}: ${times}`).join(', '));
  },
};

const RULES = `groups:
  - name: up
    interval: 15s
    rules: [{ alert: Down, expr: up == 0, for: 30s }]
`;

/** A restart with a damaged state: alerts keep their start, at least as the series `ALERTS_FOR_STATE` has it, in whole seconds. */
async function checkRules(lifetime: Lifetime, damage: (directory: string) => Damage): Promise<void> {
  const before = await start(lifetime, { rules: RULES });
  const step = async (setup: Setup): Promise<void> => {
    await setup.up({ a: 0, b: 0 });
    await setup.step();
  };
  for (let steps = 0; steps < 5; steps++) await step(before);
  const firing = activations(before);
  assert.equal(firing.size, 2, 'both alerts fire');
  await before.alerting.close();
  const { files } = damage(before.directory);
  assert.notDeepEqual(files, []);
  const after = await start(lifetime, { rules: RULES, continues: before, keepsFile: true });
  for (let steps = 0; steps < 5; steps++) await step(after);
  const again = activations(after);
  assert.deepEqual([...again.keys()].sort(), [...firing.keys()].sort());
  for (const [labels, since] of firing)
    assert.equal(Math.floor((again.get(labels) ?? 0) / 1000), Math.floor(since / 1000), `start of ${labels}`);
  await after.alerting.close();
}

/** Returns the times of activation by labels of the alerts that fire. */
function activations({ alerting }: Setup): ReadonlyMap<string, number> {
  const firing = alerting.alerts().filter(({ state }) => state === 'firing');
  return new Map(firing.map(({ labels, startsAtMs }) => [JSON.stringify(labels), startsAtMs]));
}

const INSTANCES = ['a', 'b', 'c', 'd'];

/** A restart with damaged files: every group whose file is whole is delivered once, and a silence that is whole holds. */
async function checkNotifications(
  lifetime: Lifetime,
  damage: (directory: string) => Damage,
  random: Random,
): Promise<void> {
  const bench = await createNotifierBench(lifetime, (url) => webhookConfig(url, { route: 'group_by: [instance]' }));
  bench.response = { status: 503 };
  const nowMs = bench.clock.now();
  await bench.notifier.silences.create({
    matchers: [createMatcher('alertname', '=', 'Known')],
    ...{ startsAtMs: nowMs, endsAtMs: nowMs + 86_400_000, createdBy: 'test', comment: 'known', annotations: {} },
  });
  bench.receive(...INSTANCES.map((instance) => labelled('Down', { instance })));
  await bench.advance(32_000);
  const isDelivered = random(2) === 0;
  if (isDelivered) {
    bench.response = {};
    await bench.advance(120_000);
  }
  await bench.notifier.close();
  const groups = readGroupFiles(join(bench.directory, 'groups'), assert.fail);
  assert.equal(groups.length, INSTANCES.length);
  const directory = join(await tempDirectory(lifetime), 'state');
  cpSync(bench.directory, directory, { recursive: true });
  const done = damage(directory);
  bench.directory = directory;
  bench.payloads();
  bench.response = {};
  await bench.restart();
  bench.receive(...INSTANCES.map((instance) => labelled('Down', { instance })), labelled('Known', { instance: 'x' }));
  await bench.advance(120_000);
  const payloads = bench.payloads();
  for (const { id, record } of groups) {
    const { instance } = record.labels;
    const own = payloads.filter(({ groupLabels, repeated }) => groupLabels['instance'] === instance && !repeated);
    assert.ok(own.length <= 1, `${own.length} unmarked notifications of ${instance}`);
    const isWhole = !done.files.includes(join('groups', `${id}.group`));
    if (isWhole) assert.equal(own.length, isDelivered ? 0 : 1, `notifications of ${instance}`);
  }
  const isSilenceWhole = !done.files.includes('silences');
  if (isSilenceWhole) assert.ok(!payloads.some(({ groupLabels }) => groupLabels['instance'] === 'x'), 'is silenced');
}
