import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AUDIT_FILE, type Identity, openIdentity } from '@otelier/identity';
import { ACCEPTED } from '@otelier/otlp';
import type { RemovalProof, Tenant } from '@otelier/query';
import { printed } from '../cli/otelier.testing.ts';
import { listTenantsCommand, removeTenantCommand } from '../cli/tenants/command.ts';
import { exportTenantCommand } from '../cli/tenants/export.ts';
import { type Gateway, startGateway } from './gateway.testing.ts';

const LOGS = '/api/v1/logs?start=1699999000000&end=1700001000000';

/** Starts a gateway and opens its database of identities, as another process does. */
async function setUp(t: TestContext): Promise<{ readonly gateway: Gateway; readonly identity: Identity }> {
  const gateway = await startGateway(t);
  const identity = openIdentity({ directory: join(gateway.directory, 'identity'), now: Date.now });
  t.after(() => identity.close());
  return { gateway, identity };
}

function keyFor(identity: Identity, role: string, tenant: string): string {
  return identity.keys.create({ name: role, role, tenant, createdBy: 'test' }, Date.now()).text;
}

const as = (key: string) => ({ authorization: `Bearer ${key}` });

test('an administrator creates, limits, renames, suspends, exports and removes a tenant, without a restart', async (t) => {
  const { gateway, identity } = await setUp(t);
  const admin = keyFor(identity, 'admin', '*');
  const change = async (action: string, body: object, key = admin): Promise<Tenant> => {
    const { status, text } = await gateway.request(`/api/v1/tenants/${action}`, as(key), body);
    assert.equal(status, 200, text);
    return JSON.parse(text) as Tenant;
  };
  const created = await change('create', { tenant: 'acme', displayName: 'Acme', limits: { diskBytes: 5_000_000 } });
  assert.partialDeepStrictEqual(created, {
    ...{ tenant: 'acme', displayName: 'Acme', state: 'active', definedBy: 'identity' },
    ...{ limits: { diskBytes: 5_000_000 }, ownLimits: { diskBytes: 5_000_000 } },
    usage: { receivedItems: 0, storedBytes: 0 },
  });
  const [sender, reader] = [keyFor(identity, 'ingest', 'acme'), keyFor(identity, 'viewer', 'acme')];
  assert.deepEqual(await gateway.sendWith(as(sender)), ACCEPTED);
  const order = /order \d+ was placed/;
  assert.match((await gateway.request(LOGS, as(reader))).text, order);

  // Limits apply to the next request.
  await change('limits', { tenant: 'acme', limits: { ingestItemsPerSecond: 1 } });
  assert.deepEqual(await gateway.sendWith(as(sender), 1000), ACCEPTED);
  const limited = await gateway.sendWith(as(sender));
  assert.match(JSON.stringify(limited), /"retry".*tenant acme may send 1 items per second, and sent more/);
  const free = await change('limits', { tenant: 'acme', limits: { ingestItemsPerSecond: null } });
  assert.deepEqual(free.ownLimits, { diskBytes: 5_000_000 });
  assert.deepEqual(await gateway.sendWith(as(sender)), ACCEPTED);

  const renamed = await change('rename', { tenant: 'acme', displayName: 'Acme Corporation' });
  assert.partialDeepStrictEqual(renamed, { tenant: 'acme', displayName: 'Acme Corporation' });
  assert.match((await gateway.request(LOGS, as(reader))).text, order);

  await change('suspend', { tenant: 'acme' });
  assert.match(JSON.stringify(await gateway.sendWith(as(sender))), /"refused".*suspended/);
  for (const key of [reader, admin]) {
    const refused = await gateway.request(`${LOGS}&tenant=acme`, as(key));
    assert.equal(refused.status, 403);
    assert.match(refused.text, /suspended/);
  }
  const output = join(gateway.directory, 'exported');
  const environment = { OTELIER_TOKEN: admin };
  const { stdout } = await printed(
    (console) => exportTenantCommand('acme', { url: gateway.url, output }, console),
    environment,
  );
  assert.match(stdout, /^wrote traces\.jsonl \(0 requests, 0 B\), .*logs\.jsonl \([1-9]/);
  assert.match(await readFile(join(output, 'logs.jsonl'), 'utf8'), order);
  assert.equal((await gateway.request('/api/v1/export?signal=logs&tenant=acme', as(reader))).status, 403);
  await change('resume', { tenant: 'acme' });
  assert.deepEqual(await gateway.sendWith(as(sender)), ACCEPTED);

  const list = await printed((console) => listTenantsCommand({ url: gateway.url }, console), environment);
  assert.match(list.stdout, /^acme +Acme Corporation +active +[\d.]+ +\S+ +0B +\S+ of 5MB +[1-9]/m);
  const remove = { url: gateway.url, confirm: 'acme', json: true };
  await assert.rejects(
    printed((console) => removeTenantCommand('acme', { ...remove, confirm: 'default' }, console)),
    /--confirm: expected "acme"/,
  );
  const removed = await printed((console) => removeTenantCommand('acme', remove, console), environment);
  const { statement } = JSON.parse(removed.stdout) as RemovalProof;
  assert.partialDeepStrictEqual(JSON.parse(statement), { tenant: 'acme', keys: 2, grants: 0, rows: 1009 });
  assert.match(JSON.stringify(await gateway.sendWith(as(sender))), /API key is not valid/);
  assert.equal(identity.tenants.get('acme'), undefined);

  const log = await readFile(join(gateway.directory, 'identity', AUDIT_FILE), 'utf8');
  for (const action of ['create', 'limits', 'rename', 'suspend', 'resume', 'remove'])
    assert.match(log, new RegExp(`"action":"POST /api/v1/tenants/${action}".*"target":"acme"`), action);
});

test('what another process changes about a tenant applies to senders that are connected', async (t) => {
  const { gateway, identity } = await setUp(t);
  identity.tenants.create('acme', {}, Date.now());
  const sender = keyFor(identity, 'ingest', '*');
  assert.deepEqual(await gateway.sendWith(as(sender)), ACCEPTED);
  identity.tenants.create('default', { ingestItemsPerSecond: 1 }, Date.now());
  // The thread finds the change within a second.
  while ((await gateway.sendWith(as(sender))).kind === 'accepted');
  assert.match(JSON.stringify(await gateway.sendWith(as(sender))), /tenant default may send 1 items per second/);
});

test('only callers with tenants:manage see and change tenants, and mistakes are explained', async (t) => {
  const { gateway, identity } = await setUp(t);
  const [admin, editor, local] = [
    keyFor(identity, 'admin', '*'),
    keyFor(identity, 'editor', '*'),
    keyFor(identity, 'admin', 'acme'),
  ];
  for (const key of [editor, local]) {
    for (const [path, body] of [
      ['/api/v1/tenants', undefined],
      ['/api/v1/tenants/create', { tenant: 'new' }],
      ['/api/v1/tenants/suspend', { tenant: 'acme' }],
    ] as const) {
      const { status, text } = await gateway.request(path, as(key), body);
      assert.equal(status, 403, path);
      assert.match(text, /expected tenants:manage/, path);
    }
  }
  const failed = async (action: string, body: object) => {
    const { status, text } = await gateway.request(`/api/v1/tenants/${action}`, as(admin), body);
    return `${status} ${JSON.parse(text).error.message}`;
  };
  assert.equal((await gateway.request('/api/v1/tenants/create', as(admin), { tenant: 'acme' })).status, 200);
  assert.equal(await failed('create', { tenant: 'acme' }), '409 tenant: acme exists');
  assert.match(await failed('create', { tenant: '../x' }), /^400 tenant: expected a name of .*, got "\.\.\/x"$/);
  assert.match(await failed('rename', { tenant: 'absent', displayName: 'x' }), /^404 tenant: there is no "absent"/);
  assert.match(
    await failed('rename', { tenant: 'acme', displayName: 'a\u001b' }),
    /^400 displayName: expected 1 to 200/,
  );
  assert.match(
    await failed('limits', { tenant: 'acme', limits: { weight: 0 } }),
    /^400 limits\.weight: expected at least/,
  );
  assert.match(
    await failed('limits', { tenant: 'acme', limits: { diskBytes: '5GB' } }),
    /^400 limits\.diskBytes: expected/,
  );
  assert.match(await failed('limits', { tenant: 'acme', limits: { disc: 1 } }), /^400 limits/);
  await gateway.request('/api/v1/tenants/create', as(admin), { tenant: 'default' });
  assert.match(await failed('suspend', { tenant: 'default' }), /^400 tenant: expected one other than default/);
});
