import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DIFFERENCES } from './differences.ts';
import { hashOf } from './items.ts';
import { allCases, recordsOf } from './records.ts';
import { runHere } from './run-here.ts';

const HASH = /.{8}/g;
const HASH_LENGTH = 8;
const MIN_CONFIGURATIONS = 20;

const components = await allCases();

for (const cases of components) {
  test(`${cases.type} treats configurations like the Collector`, async () => {
    const known = new Set(DIFFERENCES.filter(({ type }) => type === cases.type).map(({ name }) => name));
    const recorded = recordsOf(cases.type);
    const expected = cases.configurations.flatMap(({ name, signals }) => signals.map((pair) => `${name} (${pair})`));
    assert.deepEqual(
      recorded.map(({ name, signals }) => `${name} (${signals})`),
      expected,
      'the records are of other cases: run record.ts',
    );
    assert.ok(cases.configurations.length >= MIN_CONFIGURATIONS, `${cases.configurations.length} configurations`);
    const byName = new Map(cases.configurations.map((configuration) => [configuration.name, configuration]));
    assert.equal(byName.size, cases.configurations.length, 'each configuration has a name of its own');
    for (const { name, signals, refused, failed, items } of recorded) {
      const configuration = byName.get(name);
      if (configuration === undefined || known.has(name)) continue;
      const here = await runHere(cases, configuration, signals);
      assert.deepEqual(
        {
          name,
          signals,
          refused: here.refused !== undefined,
          failed: here.failed,
          extra: extraItems(here.items, items),
        },
        { name, signals, refused, failed, extra: [] },
        here.refused ?? `"${name}" (${signals})`,
      );
      assert.equal(here.items.length, items.length / HASH_LENGTH, `number of items of "${name}" (${signals})`);
    }
  });
}

test('at most 1 % of the behaviors differ', () => {
  const recorded = components.flatMap(({ type }) => recordsOf(type).map(({ name }) => `${type} ${name}`));
  const known = new Set(DIFFERENCES.map(({ type, name }) => `${type} ${name}`));
  const differing = recorded.filter((name) => known.has(name));
  assert.ok(differing.length <= recorded.length / 100, `${differing.length} of ${recorded.length} differ`);
});

/** Returns the items whose hash occurs more often than in the Collector's output. */
function extraItems(items: readonly string[], hashes: string): string[] {
  const left = new Map<string, number>();
  for (const hash of hashes.match(HASH) ?? []) left.set(hash, (left.get(hash) ?? 0) + 1);
  return items.filter((item) => {
    const hash = hashOf(item);
    const count = left.get(hash) ?? 0;
    left.set(hash, count - 1);
    return count <= 0;
  });
}
