import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createHttpServer } from '@otelier/transport/http-server';
import { type Access, ALLOW_ALL } from '../access.ts';
import type { AuditEvent } from '../audit/entry.ts';
import { openIdentity } from '../identity.ts';

const PASSWORD = 'correct horse battery';
const START = 1_800_000_000_000;
const WEEK = 7 * 24 * 3_600_000;

function setUp(t: TestContext, browserOrigins: readonly string[] = []) {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-accounts-'));
  const clock = { millis: START };
  const audit: AuditEvent[] = [];
  const identity = openIdentity({
    ...{ directory, browserOrigins, now: () => clock.millis },
    audit: (event) => audit.push(event),
  });
  t.after(async () => {
    await identity.close();
    rmSync(directory, { recursive: true });
  });
  const accessWith = (headers: Record<string, string>) =>
    identity.authenticate({
      ...{ method: 'GET', url: new URL('http://localhost/'), address: '192.0.2.1' },
      headers: new Headers(headers),
    });
  const managerOf = (permissions: readonly string[]): Access => {
    identity.roles.define('managers', permissions);
    const key = identity.keys.create({ name: 'm', role: 'managers', tenant: '*', createdBy: 'test' }, START);
    const result = accessWith({ 'x-api-key': key.text });
    return result.kind === 'granted' ? result.access : assert.fail(JSON.stringify(result));
  };
  return { ...identity.administration, directory, identity, clock, audit, accessWith, managerOf };
}

const FORBIDDEN = { name: 'IdentityForbiddenError' };
const VIEWER = [{ role: 'viewer', tenant: 'shop' }];

function tokenOf({ path }: { readonly path: string }): string {
  assert.match(path, /^\/sign-in\/invitation\?token=[\w-]{43}$/);
  return new URLSearchParams(path.split('?')[1]).get('token') ?? '';
}

const acceptance = (token: string, password = PASSWORD) => ({
  ...{ token, name: 'Ada', password, address: '192.0.2.1', device: 'test' },
});

test('an invited person creates the account once, and is signed in with the roles of the invitation', async (t) => {
  const { identity, directory, invitations, accessWith, audit } = setUp(t);
  const invitation = { email: 'ada@example.com', grants: VIEWER, validMillis: WEEK };
  const withdrawn = tokenOf(await invitations.create(ALLOW_ALL, invitation));
  const token = tokenOf(await invitations.create(ALLOW_ALL, invitation));
  assert.equal(identity.invited.emailOf(withdrawn), undefined, 'the later one replaces it');
  assert.deepEqual([identity.invited.emailOf(token), invitations.list().length], ['ada@example.com', 1]);
  const weak = await identity.invited.accept(acceptance(token, 'short'));
  assert.match(weak.kind === 'refused' ? weak.reason : '', /password: expected at least 12 characters/);
  const results = await Promise.all([token, token].map((one) => identity.invited.accept(acceptance(one))));
  const [first, second] = results.toSorted((a, b) => a.kind.localeCompare(b.kind));
  assert.deepEqual([first?.kind, second?.kind], ['refused', 'signed_in'], 'one of two requests at the same time');
  const secret = second?.kind === 'signed_in' ? second.secret : assert.fail();
  const access = accessWith({ cookie: `otelier_identity=${secret}` });
  assert.ok(access.kind === 'granted' && access.access.subject === 'user:ada@example.com');
  assert.deepEqual([access.access.tenants, access.access.can('telemetry:read')], [['shop'], true]);
  const again = await identity.invited.accept(acceptance(token));
  assert.match(again.kind === 'refused' ? again.reason : '', /^invitation: it was used or withdrawn, or has expired$/);
  assert.deepEqual(invitations.list(), []);
  await assert.rejects(() => invitations.create(ALLOW_ALL, invitation), /email: ada@example\.com has an account/);
  assert.deepEqual(audit.map(({ action, target }) => [action, target]).slice(1), [
    ['invitation.create', 'ada@example.com: viewer in shop'],
    ['invitation.accept', 'ada@example.com'],
  ]);
  identity.flush();
  const stored = readFileSync(join(directory, 'identity.db'), 'latin1') + JSON.stringify(audit);
  assert.ok(!stored.includes(token));
});

test('an invitation ends by time or by a manager, and gives only what the inviter has', async (t) => {
  const { identity, invitations, clock, managerOf } = setUp(t);
  const manager = managerOf(['people:manage', 'telemetry:read', 'operations:read']);
  const invitation = { email: 'eve@example.com', grants: VIEWER, validMillis: 1000 };
  for (const role of ['admin', 'editor', 'ingest'])
    await assert.rejects(
      () => invitations.create(manager, { ...invitation, grants: [{ role, tenant: '*' }] }),
      FORBIDDEN,
      role,
    );
  const late = tokenOf(await invitations.create(manager, invitation));
  clock.millis += 1000;
  const refused = await identity.invited.accept(acceptance(late));
  assert.match(refused.kind === 'refused' ? refused.reason : '', /has expired/);
  const ended = await invitations.create(manager, invitation);
  await invitations.revoke(manager, ended.id);
  assert.equal(identity.invited.emailOf(tokenOf(ended)), undefined);
  await assert.rejects(() => invitations.revoke(manager, ended.id), { name: 'IdentityMissingError' });
  const ofAdmin = await invitations.create(ALLOW_ALL, { ...invitation, grants: [{ role: 'admin', tenant: '*' }] });
  await assert.rejects(() => invitations.revoke(manager, ofAdmin.id), FORBIDDEN);
  for (const [more, message] of [
    [{ email: 'no address' }, /email: expected an address/],
    [{ validMillis: 0 }, /validSeconds: expected more than 0/],
    [{ validMillis: 31 * 24 * 3_600_000 }, /at most 30 days/],
    [{ grants: [{ role: 'king', tenant: '*' }] }, /role: expected admin/],
  ] as const)
    await assert.rejects(() => invitations.create(ALLOW_ALL, { ...invitation, ...more }), message);
  for (const token of ['', 'x', 'ü'.repeat(5000)]) assert.equal(identity.invited.emailOf(token), undefined);
});

test('keys of a service account have its roles, until it is locked or removed', async (t) => {
  const { identity, serviceAccounts, keys, accessWith, people, audit } = setUp(t);
  const id = await serviceAccounts.create(ALLOW_ALL, { name: 'grafana', grants: VIEWER });
  const { text, id: key } = await keys.create(ALLOW_ALL, { name: 'k', account: id });
  const find = () => accessWith({ 'x-api-key': text });
  const granted = () => {
    const result = find();
    return result.kind === 'granted' ? result.access : assert.fail(JSON.stringify(result));
  };
  const { subject, kind, tenants } = granted();
  assert.deepEqual([subject, kind, tenants], ['service:grafana', 'service', ['shop']]);
  assert.ok(granted().can('telemetry:read') && !granted().can('telemetry:write'));
  assert.equal(identity.authenticate({ 'x-api-key': text }).kind, 'forbidden');
  await serviceAccounts.change(ALLOW_ALL, { id, grants: [{ role: 'editor', tenant: '*' }] });
  assert.ok(granted().can('configuration:write'), 'at once, for keys that exist');
  const next = await keys.rotate(ALLOW_ALL, key, 1000);
  assert.equal(accessWith({ 'x-api-key': next.text }).kind, 'granted');
  await serviceAccounts.change(ALLOW_ALL, { id, state: 'locked' });
  const locked = find();
  assert.match(locked.kind === 'forbidden' ? locked.reason : '', /the service account is locked/);
  await serviceAccounts.change(ALLOW_ALL, { id, state: 'active' });
  assert.equal(find().kind, 'granted');
  assert.deepEqual(people.list(), [], 'it is no person');
  await assert.rejects(() => people.remove(ALLOW_ALL, id), { name: 'IdentityMissingError' });
  await serviceAccounts.remove(ALLOW_ALL, id);
  assert.deepEqual([find().kind, (await keys.list()).length], ['unauthenticated', 0]);
  assert.deepEqual(
    audit.map(({ action, target }) => `${action} ${target?.replaceAll(/otl_\w+/g, 'otl')}`),
    [
      'service_account.create grafana: viewer in shop',
      'key.create otl k: service:grafana',
      'service_account.roles grafana: editor in all tenants',
      'key.rotate otl otl',
      'service_account.lock grafana',
      'service_account.unlock grafana',
      'service_account.remove grafana',
    ],
  );
});

test('service accounts and their keys give only what the caller has, and have names that are no addresses', async (t) => {
  const { identity, serviceAccounts, keys, managerOf } = setUp(t);
  const manager = managerOf(['people:manage', 'keys:manage', 'telemetry:write']);
  await assert.rejects(() => serviceAccounts.create(manager, { name: 'a', grants: VIEWER }), FORBIDDEN);
  const id = await serviceAccounts.create(ALLOW_ALL, { name: 'admin-bot', grants: [{ role: 'admin', tenant: '*' }] });
  await assert.rejects(() => keys.create(manager, { name: 'k', account: id }), FORBIDDEN);
  await assert.rejects(() => serviceAccounts.change(manager, { id, state: 'locked' }), FORBIDDEN);
  await assert.rejects(() => serviceAccounts.remove(manager, id), FORBIDDEN);
  const key = await keys.create(ALLOW_ALL, { name: 'k', account: id });
  await assert.rejects(() => keys.rotate(manager, key.id, 0), FORBIDDEN);
  await assert.rejects(() => keys.revoke(manager, key.id), FORBIDDEN);
  await assert.rejects(
    () => keys.create(ALLOW_ALL, { name: 'k', account: id, role: 'viewer', tenant: '*' }),
    /role: expected none/,
  );
  await assert.rejects(
    () => keys.create(ALLOW_ALL, { name: 'k', role: 'viewer' }),
    /role: expected a role and a tenant/,
  );
  await assert.rejects(() => keys.create(ALLOW_ALL, { name: 'k', account: 'x' }), { name: 'IdentityMissingError' });
  for (const name of ['', 'A', 'ada@example.com', '../x', 'x'.repeat(64)])
    await assert.rejects(
      () => serviceAccounts.create(ALLOW_ALL, { name, grants: [] }),
      /name: expected 1 to 63 characters/,
    );
  await assert.rejects(
    () => serviceAccounts.create(ALLOW_ALL, { name: 'admin-bot', grants: [] }),
    /there is a service account/,
  );
  const signIn = await identity.signIn({ email: 'admin-bot', password: '', address: '', device: '' });
  assert.equal(signIn.kind, 'refused');
});

test('a page of an allowed origin sends with a key in the query, which may only send', async (t) => {
  const { identity, keys } = setUp(t, ['https://*.shop.example']);
  const keyOf = async (role: string) => (await keys.create(ALLOW_ALL, { name: role, role, tenant: 'shop' })).text;
  const [ingest, editor] = [await keyOf('ingest'), await keyOf('editor')];
  const handler = createRecordingHandler();
  const server = await createHttpServer({ endpoint: '127.0.0.1:0', auth: identity }, handler);
  t.after(() => server.shutdown(0));
  const send = async (query: string, headers: Record<string, string> = {}) => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: '{}' };
    const response = await fetch(`http://${server.address}/v1/traces${query}`, init);
    return [response.status, await response.text()] as const;
  };
  const page = { origin: 'https://www.shop.example' };
  assert.equal((await send(`?api_key=${ingest}`, page))[0], 200);
  assert.equal(handler.requests[0]?.tenant, 'shop');
  for (const origin of [{}, { origin: 'https://evil.example' }, { origin: 'null' }]) {
    const [status, body] = await send(`?api_key=${ingest}`, origin);
    assert.deepEqual([status, body.includes('browser_origins')], [403, true], JSON.stringify(origin));
  }
  const [status, body] = await send(`?a=1&api_key=${editor}`, page);
  assert.deepEqual([status, body.includes('expected a key that may only send')], [403, true]);
  assert.equal((await send(`?api_key=${ingest.slice(0, -1)}!`, page))[0], 401);
  assert.equal((await send(`?x_api_key=${ingest}`, page))[0], 401);
  // The headers of a request count first.
  assert.equal((await send(`?api_key=${ingest}`, { ...page, authorization: 'Bearer wrong' }))[0], 401);
  const [, refused] = await send(`?api_key=${ingest}`, { origin: 'https://evil.example' });
  assert.ok(!refused.includes(ingest));
});
