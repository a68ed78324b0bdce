import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CountItemsQuery, ItemCount, ItemFilter, SelectedLog, SelectLogsQuery, Store } from '@otelier/store';
import { anyValue, keyValues } from '../otlp-json.ts';
import { batchOf } from '../request-codec.ts';
import { at, logsOf, RANGE, span, tracesOf } from './telemetry.ts';

/** Items of other tests have other tenants, so that these tests see only their own. */
const TENANT = 'items';
const OWN = { ...RANGE, tenant: TENANT } as const;

/** Writes the items of these tests. */
export async function writeItems(store: Store): Promise<void> {
  const records = [
    { timeUnixNano: `${at(1)}`, severityNumber: 9, body: anyValue('über'), attributes: keyValues({ user: 'a', n: 1 }) },
    { timeUnixNano: `${at(2)}`, severityNumber: 17, body: anyValue('two'), attributes: keyValues({ user: 'b', n: 2 }) },
    { timeUnixNano: `${at(31)}`, severityNumber: 9, attributes: keyValues({ tags: 'x' }) },
    { timeUnixNano: `${at(32)}`, severityNumber: 9, body: anyValue('two') },
  ];
  await store.append(batchOf('logs', logsOf('shop', records), { tenant: TENANT }));
  await store.append(
    batchOf('logs', logsOf('mail', [{ timeUnixNano: `${at(33)}`, body: anyValue('sent') }]), { tenant: TENANT }),
  );
  const root = span({ trace: 1, id: 1, name: 'GET', kind: 'server', start: at(1), millis: 5 });
  const called = span({ trace: 1, id: 2, parent: 1, name: 'charge', kind: 'server', start: at(1, 5n), millis: 2 });
  const inner = span({ trace: 1, id: 3, parent: 2, name: 'query', kind: 'client', start: at(1, 6n), millis: 1 });
  const failed = span({ trace: 2, id: 4, name: 'GET', kind: 'server', start: at(40), millis: 1, error: 'no' });
  await store.append(batchOf('traces', tracesOf('shop', [root, failed]), { tenant: TENANT }));
  await store.append(batchOf('traces', tracesOf('pay', [called, inner]), { tenant: TENANT }));
}

const where = (field: string, op: '=' | '!=' | '~', value: string | number): ItemFilter => ({
  kind: 'condition',
  condition: { field, op, value },
});

/** Tests that items are selected and counted. */
export function itemsTests(open: () => Store): void {
  const select = async (query: Partial<SelectLogsQuery>): Promise<SelectedLog[]> => {
    const found: SelectedLog[] = [];
    for await (const part of open().selectLogs({ ...OWN, ...query })) found.push(...part);
    return found;
  };
  const minutes = async (query: Partial<SelectLogsQuery>): Promise<number[]> =>
    (await select(query)).map(({ time }) => Number((time - at(0)) / 60_000_000_000n));
  const count = async (query: Partial<CountItemsQuery>): Promise<string[]> => {
    const counts = await open().countItems({ ...OWN, signal: 'logs', by: [], steps: 1, limit: 100, ...query });
    assert.ok(counts !== undefined);
    return counts.map(textOf).sort();
  };

  test('selected log records are those that searches return, in order', async () => {
    const searched = await open().searchLogs({ ...OWN, conditions: [], limit: 100, order: 'oldest' });
    const expected = searched.map(({ cursor: _, ...log }) => log);
    assert.deepEqual(await select({ order: 'oldest' }), expected);
    assert.deepEqual(await select({ order: 'newest' }), expected.toReversed());
    assert.equal((await select({})).length, 5);
    assert.deepEqual(await select({ start: at(50) }), []);
  });

  test('filters combine conditions', async () => {
    const order = 'oldest';
    const either: ItemFilter = {
      kind: 'any',
      filters: [where('attributes.user', '=', 'a'), where('service', '=', 'mail')],
    };
    assert.deepEqual(await minutes({ order, filter: either }), [1, 33]);
    assert.deepEqual(await minutes({ order, filter: { kind: 'not', filter: either } }), [2, 31, 32]);
    assert.deepEqual(await minutes({ order, filter: { kind: 'not', filter: where('body', '~', 'two') } }), [1, 31, 33]);
    const both: ItemFilter = {
      kind: 'all',
      filters: [where('body', '~', 'two'), where('resource.host.name', '=', 'host-of-shop')],
    };
    assert.deepEqual(await minutes({ order, filter: both }), [2, 32]);
    assert.deepEqual(await minutes({ order, filter: { kind: 'any', filters: [] } }), []);
  });

  test('counts items by their properties and steps', async () => {
    assert.deepEqual(await count({}), ['0: 5 ']);
    assert.deepEqual(await count({ by: ['service'], steps: 2 }), ['0: 2 shop', '1: 1 mail', '1: 2 shop']);
    assert.deepEqual(await count({ by: ['severity', 'attributeKeys'] }), [
      '0: 1 ',
      '0: 1 17 user,n',
      '0: 1 9',
      '0: 1 9 tags',
      '0: 1 9 user,n',
    ]);
    assert.deepEqual(await count({ by: ['resource'] }), ['0: 1 host-of-mail', '0: 4 host-of-shop']);
    assert.deepEqual(await count({ signal: 'traces', by: ['name', 'kind', 'status'] }), [
      '0: 1 GET SERVER ERROR',
      '0: 1 GET SERVER UNSET',
      '0: 1 charge SERVER UNSET',
      '0: 1 query CLIENT UNSET',
    ]);
    const filter = where('body', '~', 'two');
    assert.deepEqual(await count({ filter, steps: 60 }), ['2: 1 ', '32: 1 ']);
    assert.deepEqual(await count({ start: at(50) }), []);
  });

  test('adds up the sizes of bodies', async () => {
    const counts = await open().countItems({ ...OWN, signal: 'logs', by: [], steps: 1, limit: 1, bodies: true });
    assert.equal(counts?.[0]?.bodyBytes, 5 + 3 + 3 + 4);
  });

  test('has no counts if there are more than the limit', async () => {
    assert.equal(await open().countItems({ ...OWN, signal: 'logs', by: ['service'], steps: 1, limit: 1 }), undefined);
  });

  test('counts calls between services', async () => {
    assert.deepEqual(await open().serviceCalls(OWN), [{ caller: 'shop', called: 'pay', calls: 1 }]);
    assert.deepEqual(await open().serviceCalls({ ...OWN, start: at(30) }), []);
  });
}

function textOf(of: ItemCount): string {
  const host = of.resourceAttributes['host.name'];
  const severity = of.severityNumber === 0 ? '' : String(of.severityNumber);
  const values = [of.service, of.name, of.kind, of.statusCode, severity, of.attributeKeys.join(','), host];
  return `${of.step}: ${of.items} ${values.filter((value) => value !== '' && value !== undefined).join(' ')}`;
}
