import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Store } from '@otelier/store';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { maskStore } from './masked-store.ts';
import { ask, CONNECTION, maskingTests, READER, SECRETS, telemetryOf } from './masking.testing.ts';

const text = encodeURIComponent;

const servers = maskingTests(async (batches) => {
  const store = createMemoryStore();
  for (const batch of batches) await store.append(batch);
  return store;
});

test('taps and alerts are refused, and tools of MCP mask values', async () => {
  const [server = assert.fail()] = servers;
  const tap = await ask(server, '/api/v1/pipeline/tap?at=x');
  assert.deepEqual([tap.status, /a tap: expected a caller who may see all attributes/.test(tap.text)], [403, true]);
  assert.equal((await ask(server, '/alertmanager/api/v2/alerts')).status, 403);
  const list = await ask(server, '/mcp', 'reader', { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} });
  const names: string[] = [...list.text.matchAll(/"name":"(\w+)"/g)].map(([, name = '']) => name);
  assert.ok(names.length > 5, list.text.slice(0, 500));
  let shown = 0;
  for (const name of names)
    for (const args of [{}, { trace_id: '1'.repeat(32) }, { where: [`attributes.enduser.id = ${SECRETS[0]}`] }]) {
      const body = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args } };
      for (const one of servers) {
        const { text: response } = await ask(one, '/mcp', 'reader', body);
        assert.ok(!response.includes(SECRETS[1]), `${name}: ${response}`);
        if (!JSON.stringify(args).includes(SECRETS[0]))
          assert.ok(!response.includes(SECRETS[0]), `${name}: ${response}`);
        if (response.includes('GET /cart') || response.includes('order 1')) shown += 1;
      }
    }
  assert.ok(shown > 0, 'no tool showed anything');
});

test('masks what only other stores return: SQL is refused, differences of hidden attributes are removed', async () => {
  const differences = [
    { kind: 'attribute', key: 'enduser.id', values: [{ value: SECRETS[0], selected: 1 }] },
    { kind: 'attribute', key: 'http.route', values: [{ value: '/cart', selected: 1 }] },
  ];
  const asked: unknown[] = [];
  const store = {
    sql: { run: () => SECRETS[0] },
    populations: {
      compare: async (query: unknown) => {
        asked.push(query);
        return { differences };
      },
      values: async () => [{ value: SECRETS[0], count: 1 }],
    },
  };
  const masked = maskStore(store as unknown as Store, READER.masked) as unknown as typeof store;
  assert.throws(() => masked.sql.run(), /SQL: expected a caller who may see all attributes/);
  assert.deepEqual(await masked.populations.compare({ conditions: [] }), { differences: differences.slice(1) });
  for (const query of [
    { conditions: [{ field: 'attributes.enduser.id', op: '=', value: 'x' }] },
    {
      conditions: [
        { field: 'service', op: '=', value: 'x', or: [{ field: 'attributes.session-token', op: 'exists' }] },
      ],
    },
    { selection: { conditions: [{ field: 'resource.enduser.org', op: '~', value: '^a' }] } },
    { filter: { kind: 'not', filter: { kind: 'condition', condition: { field: 'attributes.enduser.id', op: '=' } } } },
    { text: 'alice' },
  ])
    assert.throws(() => masked.populations.compare(query), { name: 'ApiProblem', code: 'forbidden' });
  assert.equal(asked.length, 1);
});

test('a live tail masks values before its filters compare them', async () => {
  const [server = assert.fail()] = servers;
  const follow = async (query: string, authorization: string) => {
    const headers = { host: 'localhost', authorization };
    const response = await server.api.fetch(
      new Request(`http://localhost/api/v1/logs/tail?${query}`, { headers }),
      CONNECTION,
    );
    const reader = response.body?.getReader() ?? assert.fail();
    let received = '';
    const reading = (async () => {
      for (let read = await reader.read(); !read.done; read = await reader.read())
        received += Buffer.from(read.value).toString();
    })();
    await turn();
    const [, logs = assert.fail()] = telemetryOf(SECRETS[0]);
    server.publish(logs);
    for (let i = 0; i < 50; i += 1) await turn();
    await reader.cancel();
    await reading;
    return received;
  };
  const guess = `where=${text(`attributes.enduser.id = ${SECRETS[0]}`)}`;
  assert.match(await follow(guess, 'plain'), /order 1/);
  assert.doesNotMatch(await follow(guess, 'reader'), /order/);
  const all = await follow('', 'reader');
  assert.match(all, /"enduser\.id":"\*\*\*"/);
  assert.ok(!all.includes(SECRETS[0]));
});
