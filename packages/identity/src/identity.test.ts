import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { AccessResult } from './access-control.ts';
import { IDLE_MILLIS, MAX_AGE_MILLIS } from './accounts/sessions.ts';
import type { AuditEvent } from './audit/entry.ts';
import { decodeBase32 } from './credentials/base32.testing.ts';
import { totpAt, totpStep } from './credentials/totp.ts';
import { DATABASE_FILE, IdentityDatabaseError } from './database/open-database.ts';
import { openIdentity } from './identity.ts';

const PASSWORD = 'correct horse battery';
const START = 1_800_000_000_000;

function setUp(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-identity-'));
  const clock = { millis: START };
  const audit: AuditEvent[] = [];
  const identity = openIdentity({ directory, now: () => clock.millis, audit: (event) => audit.push(event) });
  t.after(async () => {
    await identity.close();
    rmSync(directory, { recursive: true });
  });
  const signIn = (email: string, password: string, code?: string) =>
    identity.signIn({ email, password, code, address: '192.0.2.1', device: 'test' });
  const ada = () =>
    identity.users.create(
      { email: 'ada@example.com', name: 'Ada', password: PASSWORD, grants: [{ role: 'viewer', tenant: 'shop' }] },
      clock.millis,
    );
  return { directory, clock, audit, identity, signIn, ada };
}

function ask(headers: Record<string, string>, method = 'GET') {
  return { method, url: new URL('http://localhost/'), headers: new Headers(headers), address: '192.0.2.1' };
}

function granted(result: AccessResult) {
  assert.equal(result.kind, 'granted', JSON.stringify(result));
  return result.kind === 'granted' ? result.access : assert.fail();
}

test('a person signs in, has the permissions of the role, and signs out', async (t) => {
  const { identity, signIn, ada, audit, directory } = setUp(t);
  await ada();
  const result = await signIn(' Ada@example.com', PASSWORD);
  assert.equal(result.kind, 'signed_in');
  const secret = result.kind === 'signed_in' ? result.secret : '';
  const cookie = { cookie: `a=b; otelier_identity=${secret}` };
  const access = granted(identity.authenticate(ask(cookie)));
  assert.deepEqual([access.subject, access.tenant, access.tenants], ['user:ada@example.com', 'shop', ['shop']]);
  assert.ok(access.can('telemetry:read') && !access.can('telemetry:write') && !access.can('operations:read'));
  assert.equal(access.inTenant?.('other').can('telemetry:read'), false);
  assert.equal(identity.authenticate(ask(cookie, 'POST')).kind, 'forbidden');
  granted(identity.authenticate(ask({ ...cookie, origin: 'http://localhost' }, 'POST')));
  await identity.signOut(ask(cookie));
  assert.equal(identity.authenticate(ask(cookie)).kind, 'unauthenticated');
  assert.deepEqual(
    audit.map(({ subject, action, outcome }) => [subject, action, outcome]),
    [['user:ada@example.com', 'sign_in', 'allowed']],
  );
  identity.flush();
  const stored =
    readFileSync(join(directory, DATABASE_FILE)) + readFileSync(join(directory, `${DATABASE_FILE}-wal`), 'latin1');
  assert.ok(!stored.includes(secret) && !stored.includes(PASSWORD));
});

test('refuses a wrong password, an unknown account and a wrong code in the same words', async (t) => {
  const { identity, signIn, ada, clock } = setUp(t);
  const { id } = await ada();
  const wrong = await signIn('ada@example.com', 'wrong');
  assert.deepEqual(await signIn('eve@example.com', PASSWORD), wrong);
  const secret = decodeBase32(identity.secondFactor.start(id));
  identity.secondFactor.confirm(id, totpAt(secret, totpStep(clock.millis)), clock.millis);
  clock.millis += 30_000;
  assert.deepEqual(await signIn('ada@example.com', PASSWORD), { kind: 'code_needed' });
  assert.deepEqual(await signIn('ada@example.com', PASSWORD, '000000'), wrong);
  const code = totpAt(secret, totpStep(clock.millis));
  assert.equal((await signIn('ada@example.com', PASSWORD, code)).kind, 'signed_in');
  assert.deepEqual(await signIn('ada@example.com', PASSWORD, code), wrong);
  identity.secondFactor.remove(id);
  identity.users.setState(id, 'locked');
  assert.match(JSON.stringify(await signIn('ada@example.com', PASSWORD)), /locked/);
});

test('delays attempts after failures, whether or not the account exists, and recovers', async (t) => {
  const { signIn, ada, clock } = setUp(t);
  await ada();
  for (const email of ['ada@example.com', 'eve@example.com']) {
    for (let attempt = 0; attempt < 6; attempt += 1) assert.equal((await signIn(email, 'wrong')).kind, 'refused');
    const limited = await signIn(email, PASSWORD);
    assert.deepEqual(limited, {
      kind: 'limited',
      reason: 'too many attempts to sign in have failed; try again in 1 s',
      retryAfterSeconds: 1,
    });
  }
  clock.millis += 1000;
  assert.equal((await signIn('ada@example.com', PASSWORD)).kind, 'signed_in');
});

test('sessions end when they are idle, old, revoked, or the account is locked', async (t) => {
  const { identity, ada, clock } = setUp(t);
  const { id } = await ada();
  const open = () => identity.sessions.create(id, { device: 'test', address: '' }, clock.millis);
  const state = (secret: string) => identity.authenticate(ask({ cookie: `otelier_identity=${secret}` })).kind;
  const idle = open();
  clock.millis += IDLE_MILLIS;
  assert.equal(state(idle), 'unauthenticated');
  const old = open();
  for (let millis = 0; millis < MAX_AGE_MILLIS; millis += IDLE_MILLIS / 2) {
    assert.equal(state(old), 'granted');
    clock.millis += IDLE_MILLIS / 2;
  }
  assert.equal(state(old), 'unauthenticated');
  const revoked = open();
  const other = open();
  const [first] = identity.sessions.list(id, clock.millis);
  identity.sessions.revoke(first?.id ?? '');
  assert.deepEqual([state(revoked), state(other)].sort(), ['granted', 'unauthenticated']);
  identity.users.setState(id, 'locked');
  assert.deepEqual([state(revoked), state(other)], ['unauthenticated', 'unauthenticated']);
});

test('an API key is accepted as every OTLP client sends it, and only with its secret', (t) => {
  const { identity } = setUp(t);
  const key = { name: 'shop', role: 'ingest', tenant: 'shop', createdBy: 'local' };
  const { id, text } = identity.keys.create(key, START);
  const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
  for (const headers of [
    { authorization: `Bearer ${text}` },
    { authorization: basic('any', text) },
    { authorization: basic(text, '') },
    { 'x-api-key': text },
  ]) {
    assert.deepEqual(identity.authenticate(headers), { kind: 'authenticated', subject: `key:${id}`, tenant: 'shop' });
    const access = granted(identity.authenticate(ask(headers as Record<string, string>)));
    assert.ok(access.can('telemetry:write') && !access.can('telemetry:read'));
  }
  for (const wrong of [
    text.slice(0, -1),
    `${text}a`,
    `${id}_${'A'.repeat(43)}`,
    `otl_000000000000_${text.slice(17)}`,
    '',
    'x'.repeat(9000),
  ])
    assert.equal(identity.authenticate({ 'x-api-key': wrong }).kind, 'unauthenticated', wrong);
  const reader = identity.keys.create({ ...key, role: 'viewer' }, START);
  assert.match(JSON.stringify(identity.authenticate({ 'x-api-key': reader.text })), /forbidden.*telemetry:write/);
});

test('keys expire, rotate with an overlap, are limited and revoked', (t) => {
  const { identity, clock } = setUp(t);
  const base = { name: 'shop', role: 'ingest', tenant: '*', createdBy: 'local' };
  const state = (text: string) => identity.authenticate({ 'x-api-key': text });
  const old = identity.keys.create({ ...base, expiresMillis: START + 1000, requestsPerMinute: 2 }, START);
  assert.equal(state(old.text).kind, 'authenticated');
  assert.equal(state(old.text).kind, 'authenticated');
  assert.deepEqual(state(old.text), {
    kind: 'busy',
    reason: `the API key ${old.id} may make 2 requests per minute`,
    afterMillis: 30_000,
  });
  clock.millis += 1000;
  assert.match(JSON.stringify(state(old.text)), /"forbidden".*has expired; create a new one/);
  const first = identity.keys.create(base, clock.millis);
  const next = identity.keys.rotate(first.id, {
    createdBy: 'local',
    overlapUntilMillis: clock.millis + 5000,
    nowMillis: clock.millis,
  });
  assert.deepEqual([state(first.text).kind, state(next.text).kind], ['authenticated', 'authenticated']);
  clock.millis += 5000;
  assert.deepEqual([state(first.text).kind, state(next.text).kind], ['forbidden', 'authenticated']);
  identity.flush();
  assert.equal(identity.keys.list().find(({ id }) => id === next.id)?.usedMillis, clock.millis);
  identity.keys.revoke(next.id);
  assert.equal(state(next.text).kind, 'unauthenticated');
  assert.throws(() => identity.keys.revoke(next.id), { name: 'IdentityMissingError' });
});

test('a suspended tenant gives no access, and a role in one tenant none to the process', (t) => {
  const { identity } = setUp(t);
  identity.tenants.create('shop', { ingestBytesPerSecond: 1000 }, START);
  const changes: string[] = [];
  identity.tenants.onChange((name) => changes.push(name));
  const { text } = identity.keys.create({ name: 'k', role: 'admin', tenant: 'shop', createdBy: 'local' }, START);
  const access = granted(identity.authenticate(ask({ 'x-api-key': text })));
  assert.ok(access.can('telemetry:export'));
  for (const permission of [
    'configuration:write',
    'people:manage',
    'tenants:manage',
    'audit:read',
    'operations:profile',
  ] as const)
    assert.equal(access.can(permission), false, permission);
  identity.tenants.setState('shop', 'suspended');
  assert.deepEqual(identity.authenticate(ask({ 'x-api-key': text })), {
    kind: 'forbidden',
    reason: 'the tenant is suspended',
  });
  assert.deepEqual(changes, ['shop']);
  assert.deepEqual(identity.tenants.list(), [
    {
      ...{ name: 'shop', displayName: 'shop', state: 'suspended', createdMillis: START },
      limits: { ingestBytesPerSecond: 1000 },
    },
  ]);
});

test('changes of a tenant by one process reach the listeners of another, and its removal ends keys and roles', (t) => {
  const { identity, directory, clock } = setUp(t);
  const other = openIdentity({ directory, now: () => clock.millis });
  t.after(() => other.close());
  const changes: string[] = [];
  identity.tenants.onChange((name) => changes.push(name));
  other.tenants.create('shop', { ingestBytesPerSecond: 1000, weight: 2 }, START, 'The Shop');
  other.tenants.create('search', {}, START);
  const { text } = other.keys.create({ name: 'k', role: 'ingest', tenant: 'shop', createdBy: 'local' }, START);
  identity.tenants.refresh();
  assert.deepEqual(changes.splice(0), ['search', 'shop']);
  other.tenants.change('shop', { displayName: 'Shop', limits: { ingestBytesPerSecond: null, diskBytes: 5 } });
  assert.partialDeepStrictEqual(identity.tenants.get('shop'), {
    ...{ displayName: 'Shop', state: 'active' },
    limits: { weight: 2, diskBytes: 5 },
  });
  identity.tenants.refresh();
  assert.deepEqual(changes.splice(0), ['shop']);
  for (const change of [{ displayName: '' }, { displayName: 'a\u001b[31m' }, { displayName: 'x'.repeat(201) }])
    assert.throws(
      () => identity.tenants.change('shop', change),
      /^IdentityChangeError: displayName: expected 1 to 200/,
    );
  assert.throws(() => identity.tenants.change('absent', {}), /there is no "absent"/);
  assert.throws(() => identity.tenants.create('shop', {}, START), /tenant: shop exists/);
  identity.tenants.create('default', {}, START);
  assert.throws(() => identity.tenants.setState('default', 'suspended'), /expected one other than default/);
  assert.deepEqual(identity.tenants.remove('shop'), { keys: 1, grants: 0 });
  assert.deepEqual(identity.tenants.remove('shop'), { keys: 0, grants: 0 });
  assert.equal(identity.authenticate({ 'x-api-key': text }).kind, 'unauthenticated');
  assert.equal(other.tenants.get('shop'), undefined);
});

test('custom roles have exactly their permissions, and the ones that exist cannot be changed', (t) => {
  const { identity } = setUp(t);
  identity.roles.define('support', ['telemetry:read', 'operations:read']);
  const { text } = identity.keys.create({ name: 'k', role: 'support', tenant: '*', createdBy: 'local' }, START);
  const access = granted(identity.authenticate(ask({ 'x-api-key': text })));
  assert.ok(access.can('operations:read') && !access.can('telemetry:write'));
  assert.throws(() => identity.roles.define('admin', []), { name: 'IdentityChangeError' });
  assert.throws(() => identity.roles.define('x', ['everything']), /expected telemetry:read.*got "everything"/);
});

test('refused requests and changes are recorded, without flooding the log', (t) => {
  const { identity, audit, clock } = setUp(t);
  const event = {
    access: undefined,
    request: ask({}),
    route: 'GET /api/v1/services',
    permission: 'telemetry:read',
  } as const;
  identity.record({ ...event, outcome: 'allowed', status: 200 });
  for (let i = 0; i < 100; i += 1) identity.record({ ...event, outcome: 'denied', status: 401 });
  clock.millis += 1000;
  identity.record({
    ...event,
    permission: 'configuration:write',
    route: 'POST /api/v1/config/apply',
    outcome: 'allowed',
    status: 200,
  });
  assert.equal(audit.length, 61);
  assert.deepEqual([audit.at(-1)?.action, audit.at(-1)?.suppressed], ['POST /api/v1/config/apply', 40]);
});

test('a damaged database and one of a newer version refuse to open, and say how to restore', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-identity-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, DATABASE_FILE);
  const options = { directory, now: () => START };
  await openIdentity(options).close();
  const bytes = readFileSync(file);
  for (const damaged of [
    Buffer.from('not a database'),
    Buffer.concat([bytes.subarray(0, 100), Buffer.alloc(bytes.length - 100, 7)]),
    bytes.subarray(0, 5000),
  ]) {
    writeFileSync(file, damaged);
    assert.throws(
      () => openIdentity(options),
      (error) => error instanceof IdentityDatabaseError && /is damaged \(.*restore identity\.db/.test(error.message),
    );
    assert.deepEqual(readFileSync(file), damaged, 'the damaged file is not changed');
  }
  writeFileSync(file, bytes);
  const database = new DatabaseSync(file);
  database.exec('PRAGMA user_version = 99');
  database.close();
  assert.throws(() => openIdentity(options), /expected version 9 or older, got 99, which a newer otelier wrote/);
});
