import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { countItems, normalizeRequest, requestToJson } from '@otelier/otlp';
import { hostileRequest } from '@otelier/testkit/hostile/request';
import { everyFieldRequest } from '@otelier/testkit/otlp/every-field-request';
import { createRandom } from '@otelier/testkit/otlp/random';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { parseYaml } from '../../../config/yaml/parse.ts';
import { type Item, itemsOf } from '../telemetry/item.ts';
import { formatValue, Group } from '../telemetry/value.ts';
import { writeRequest } from '../telemetry/write-requests.ts';
import { matchItems } from './match-items.ts';

const NOTHING = { different: [], missing: [], unexpected: [] };
const REQUESTS = 30;

function hostileItems(index: number): Item[] {
  const { signal, bytes } = hostileRequest(14, index);
  const normalized = normalizeRequest(signal, bytes);
  assert.ok(normalized.ok);
  const items = itemsOf(signal, normalized.bytes);
  assert.equal(items.length, countItems(signal, normalized.bytes));
  return items;
}

/** Returns an item with another attribute, or without one that it has. */
function changed({ signal, fields }: Item, key: string): Item {
  const attributes = fields.entries.get('attributes');
  const entries = new Map(attributes instanceof Group ? attributes.entries : []);
  if (!entries.delete(key)) entries.set(key, 1n);
  return { signal, fields: new Group('fields', [...fields.entries, ['attributes', new Group('keys', entries)]]) };
}

describe('comparing items', () => {
  test('hostile items equal themselves in any order, and differ from all others by field', () => {
    const random = createRandom(14);
    for (let index = 0; index < REQUESTS; index++) {
      const items = hostileItems(index);
      const shuffled = items.toSorted(() => random(3) - 1);
      assert.deepEqual(matchItems(items, shuffled, { match: 'exact', isOrdered: false }), NOTHING);
      assert.deepEqual(matchItems(items, items, { match: 'exact', isOrdered: true }), NOTHING);
      assert.deepEqual(matchItems(items, shuffled, { match: 'subset', isOrdered: false }), NOTHING);
      const at = random(Math.max(1, items.length));
      const item = items[at];
      if (item === undefined) continue;
      const others = items.with(at, changed(item, 'added'));
      const { different, missing, unexpected } = matchItems(items, others, { match: 'exact', isOrdered: true });
      assert.deepEqual([different.length, missing.length, unexpected.length], [1, 0, 0]);
      assert.deepEqual(
        different.map(({ expected, differences }) => [expected, differences.map(({ path }) => path.slice(0, 10))]),
        [[at, ['attributes']]],
      );
      assert.ok(formatValue(item.fields).length <= 201);
    }
  });

  test('requests with every field are the same after they are written in a test file', () => {
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      const [bytes, others] = [1, 2].map((seed) => encodeRequest(signal, everyFieldRequest(signal, seed)));
      assert.ok(bytes && others);
      const { tree } = parseYaml('test', requestToJson(signal, bytes));
      assert.ok(tree);
      const written = writeRequest(tree, []);
      assert.deepEqual(written.errors, []);
      assert.deepEqual(written.bytes, bytes);
      const expected = itemsOf(signal, others);
      const { different, missing } = matchItems(expected, itemsOf(signal, bytes), { match: 'exact', isOrdered: false });
      assert.equal(different.length + missing.length, expected.length);
    }
  });

  test('a subset finds items for all expected ones if there are any', () => {
    const item = (entries: Record<string, string>): Item => ({
      signal: 'logs',
      fields: new Group('fields', Object.entries(entries)),
    });
    // The first expected item matches both, and must leave the only one that the second matches.
    const expected = [item({ a: '1' }), item({ a: '1', b: '2' })];
    const actual = [item({ a: '1', b: '2' }), item({ a: '1', c: '3' })];
    for (const order of [expected, expected.toReversed()])
      assert.deepEqual(matchItems(order, actual, { match: 'subset', isOrdered: false }), NOTHING);
  });
});
