import assert from 'node:assert/strict';
import { verify } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACCEPTED } from '@otelier/otlp';
import { backupStore } from '@otelier/store';
import { startGateway } from './gateway.testing.ts';

const LOGS = '/api/v1/logs?start=1699999000000&end=1700001000000';

test('tenants behind a proxy read only what they sent, and see only their own use', async (t) => {
  const suspended = { state: 'suspended' };
  const named = { umbra: suspended, slow: { limits: { concurrent_queries: 1, query_time: '10s' } } };
  const gateway = await startGateway(t, { trusted_proxies: ['127.0.0.1'], named });
  for (const tenant of ['acme', 'slow']) assert.deepEqual(await gateway.send(tenant), ACCEPTED);
  assert.match((await gateway.get(LOGS, 'acme')).text, /order 2 was placed/);
  for (const [path, tenant] of [
    [LOGS, undefined],
    [LOGS, 'other'],
    ['/loki/loki/api/v1/query_range?query={service_name="shop"}&start=1699999900&end=1700000100', 'other'],
  ] as const) {
    const { status, text } = await gateway.get(path, tenant);
    assert.equal(status, 200, text);
    assert.doesNotMatch(text, /order/, `${path} ${tenant}`);
  }
  assert.equal((await gateway.get(`${LOGS}&tenant=acme`)).status, 403);
  assert.equal((await gateway.get(`${LOGS}&tenant=acme`, 'other')).status, 403);
  const refused = await gateway.get(LOGS, 'umbra');
  assert.equal(refused.status, 403);
  assert.match(refused.text, /tenant umbra is suspended: it cannot be queried/);
  const { tenants } = JSON.parse((await gateway.get('/api/v1/tenants/usage', 'acme')).text);
  assert.equal(tenants.length, 1);
  assert.partialDeepStrictEqual(tenants[0], {
    ...{ tenant: 'acme', state: 'active', receivedItems: 3, pendingRows: 3, rejectedRequests: 0, rejectedQueries: 0 },
  });
  assert.ok(tenants[0].queries >= 2);
  // Until two queries run at the same time.
  for (let isLimited = false; !isLimited; ) {
    const responses = await Promise.all([gateway.get(LOGS, 'slow'), gateway.get(LOGS, 'slow')]);
    const statuses = responses.map(({ status }) => status).sort();
    assert.equal(statuses[0], 200);
    isLimited = statuses[1] === 429;
  }
});

test('removes a tenant with a statement that its signature proves', async (t) => {
  const gateway = await startGateway(t, { trusted_proxies: ['127.0.0.1'] });
  for (const tenant of ['acme', 'other']) assert.deepEqual(await gateway.send(tenant), ACCEPTED);
  const path = '/api/v1/tenants/remove';
  const board = { kind: 'board', id: 'a', name: 'A', content: {}, revision: 0 };
  assert.equal((await gateway.post('/api/v1/documents/save', board, 'acme')).status, 200);
  const headers = { 'content-type': 'application/json' };
  const denied = await fetch(`${gateway.url}${path}`, { method: 'POST', headers, body: '{"tenant":"acme"}' });
  assert.equal(denied.status, 401);
  assert.equal((await gateway.post(path, { tenant: 'acme' }, 'other')).status, 403);
  assert.equal((await gateway.post(path, { tenant: 'default' }, 'default')).status, 400);
  const backup = `${gateway.directory}-backup`;
  t.after(() => rm(backup, { recursive: true, force: true }));
  await backupStore(gateway.directory, backup);
  const { text } = await gateway.post(path, { tenant: 'acme' }, 'acme');
  const { statement, signature, publicKey } = JSON.parse(text);
  const isSigned = (what: string) => verify(null, Buffer.from(what), publicKey, Buffer.from(signature, 'base64'));
  assert.ok(isSigned(statement), text);
  assert.ok(!isSigned(`${statement} `));
  const removed = JSON.parse(statement);
  assert.partialDeepStrictEqual(removed, {
    ...{ tenant: 'acme', by: 'tenant:acme', rows: 3, documents: 1, queues: [] },
    backups: [{ directory: backup }],
  });
  assert.match(removed.files[0].name, /^data\/acme\/logs\//);
  assert.equal(removed.journals.length, 1);
  const kept = await readdir(join(gateway.directory, 'removals'));
  assert.equal(kept.filter((name) => /^acme-\d+\.json$/.test(name)).length, 1);
  assert.doesNotMatch((await gateway.get(LOGS, 'acme')).text, /order/);
  assert.match((await gateway.get(LOGS, 'other')).text, /order/);
  assert.match(JSON.stringify(await gateway.send('acme')), /tenant acme was removed/);
  assert.equal((await gateway.post(path, { tenant: 'acme', accepts: true }, 'acme')).status, 200);
  assert.deepEqual(await gateway.send('acme'), ACCEPTED);
});
