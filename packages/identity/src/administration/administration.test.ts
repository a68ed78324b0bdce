import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Access, ALLOW_ALL } from '../access.ts';
import type { AuditEvent } from '../audit/entry.ts';
import { decodeBase32 } from '../credentials/base32.testing.ts';
import { totpAt, totpStep } from '../credentials/totp.ts';
import { openIdentity } from '../identity.ts';

const PASSWORD = 'correct horse battery';
const START = 1_800_000_000_000;

function setUp(t: TestContext, secondFactorFor: readonly string[] = []) {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-administration-'));
  const clock = { millis: START };
  const audit: AuditEvent[] = [];
  const identity = openIdentity({
    ...{ directory, secondFactorFor, now: () => clock.millis },
    audit: (event) => audit.push(event),
  });
  t.after(async () => {
    await identity.close();
    rmSync(directory, { recursive: true });
  });
  const create = (email: string, role: string, tenant = '*') =>
    identity.administration.people.create(ALLOW_ALL, {
      email,
      name: email,
      password: PASSWORD,
      grants: [{ role, tenant }],
    });
  /** Signs in and returns a request of the session. */
  const signIn = async (email: string, password = PASSWORD, code?: string) => {
    const result = await identity.signIn({ email, password, code, address: '192.0.2.1', device: 'test' });
    if (result.kind !== 'signed_in') return assert.fail(JSON.stringify(result));
    return requestWith({ cookie: `otelier_identity=${result.secret}`, origin: 'http://localhost' });
  };
  const accessOf = (request: ReturnType<typeof requestWith>): Access => {
    const result = identity.authenticate(request);
    return result.kind === 'granted' ? result.access : assert.fail(JSON.stringify(result));
  };
  return { identity, ...identity.administration, clock, audit, create, signIn, accessOf };
}

function requestWith(headers: Record<string, string>) {
  return { method: 'POST', url: new URL('http://localhost/'), headers: new Headers(headers), address: '192.0.2.1' };
}

const FORBIDDEN = { name: 'IdentityForbiddenError' };

test('callers give only permissions that they have, by roles, keys, passwords or changes of others', async (t) => {
  const { identity, people, roles, keys, create, signIn, accessOf } = setUp(t);
  const root = await create('root@example.com', 'admin');
  identity.roles.define('managers', ['people:manage', 'keys:manage', 'telemetry:read', 'telemetry:write']);
  await create('eve@example.com', 'managers');
  const eve = accessOf(await signIn('eve@example.com'));
  const person = { email: 'new@example.com', name: 'New', password: PASSWORD };
  for (const grants of [[{ role: 'admin', tenant: '*' }], [{ role: 'editor', tenant: 'shop' }]]) {
    await assert.rejects(people.create(eve, { ...person, grants }), FORBIDDEN);
    const [grant = assert.fail()] = grants;
    await assert.rejects(() => keys.create(eve, { name: 'k', ...grant }), FORBIDDEN);
  }
  await assert.rejects(people.setPassword(eve, root, 'another long password'), FORBIDDEN);
  await assert.rejects(() => people.change(eve, { id: root, state: 'locked' }), FORBIDDEN);
  await assert.rejects(() => people.remove(eve, root), FORBIDDEN);
  await assert.rejects(() => people.removeSecondFactor(eve, root), FORBIDDEN);
  const [session] = identity.sessions.list(root, START);
  assert.equal(session, undefined);
  await signIn('root@example.com');
  await assert.rejects(() => people.endSession(eve, identity.sessions.list(root, START)[0]?.id ?? ''), FORBIDDEN);
  for (const permissions of [['audit:read'], ['people:manage', 'configuration:write']])
    await assert.rejects(() => roles.save(eve, { name: 'managers', permissions, masked: [] }), FORBIDDEN);
  const adminKey = await keys.create(ALLOW_ALL, { name: 'admin', role: 'admin', tenant: '*' });
  await assert.rejects(() => keys.rotate(eve, adminKey.id, 0), FORBIDDEN);
  await assert.rejects(() => keys.revoke(eve, adminKey.id), FORBIDDEN);
  // What the role has may be given.
  await people.create(eve, { ...person, grants: [{ role: 'ingest', tenant: 'shop' }] });
  await keys.create(eve, { name: 'k', role: 'ingest', tenant: '*' });
});

test('the last person who manages people can neither be removed, locked nor lose the role', async (t) => {
  const { people, create } = setUp(t);
  const first = await create('first@example.com', 'admin');
  const last = /is the last one who manages people/;
  await assert.rejects(() => people.remove(ALLOW_ALL, first), last);
  await assert.rejects(() => people.change(ALLOW_ALL, { id: first, state: 'locked' }), last);
  await assert.rejects(
    () => people.change(ALLOW_ALL, { id: first, grants: [{ role: 'admin', tenant: 'shop' }] }),
    last,
  );
  const second = await create('second@example.com', 'admin');
  await people.change(ALLOW_ALL, { id: first, state: 'locked' });
  await assert.rejects(() => people.remove(ALLOW_ALL, second), last);
  await people.change(ALLOW_ALL, { id: first, state: 'active' });
  await people.remove(ALLOW_ALL, second);
  assert.deepEqual(
    people.list().map(({ email }) => email),
    ['first@example.com'],
  );
});

test('each change is recorded with who made it and what it changed, without secrets', async (t) => {
  const { people, roles, keys, create, audit } = setUp(t);
  await create('root@example.com', 'admin');
  const id = await create('ada@example.com', 'viewer', 'shop');
  await people.change(ALLOW_ALL, { id, name: 'Ada', grants: [{ role: 'editor', tenant: 'shop' }], state: 'locked' });
  await people.change(ALLOW_ALL, { id, state: 'active' });
  await people.setPassword(ALLOW_ALL, id, 'another long password');
  await people.removeSecondFactor(ALLOW_ALL, id);
  await roles.save(ALLOW_ALL, { name: 'support', permissions: ['telemetry:read'], masked: ['enduser.*'] });
  await roles.save(ALLOW_ALL, { name: 'support', permissions: [], masked: [] });
  await roles.remove(ALLOW_ALL, 'support');
  const key = await keys.create(ALLOW_ALL, { name: 'k', role: 'ingest', tenant: 'shop' });
  const next = await keys.rotate(ALLOW_ALL, key.id, 1000);
  await keys.revoke(ALLOW_ALL, next.id);
  await people.remove(ALLOW_ALL, id);
  assert.deepEqual(
    audit.map(({ action, target }) => `${action} ${target?.replaceAll(/otl_\w+/g, 'otl')}`),
    [
      'user.create root@example.com: admin in all tenants',
      'user.create ada@example.com: viewer in shop',
      'user.roles ada@example.com: editor in shop',
      'user.lock ada@example.com',
      'user.unlock ada@example.com',
      'user.set_password ada@example.com',
      'user.remove_second_factor ada@example.com',
      'role.create support: telemetry:read; masked enduser.*',
      'role.change support: ',
      'role.remove support',
      'key.create otl k: ingest',
      'key.rotate otl otl',
      'key.revoke otl',
      'user.remove ada@example.com',
    ],
  );
  const text = JSON.stringify(audit);
  for (const secret of [PASSWORD, 'another long password', key.text, next.text]) assert.ok(!text.includes(secret));
});

test('a person changes the password, which ends all sessions but a new one', async (t) => {
  const { identity, account, create, signIn } = setUp(t);
  await create('ada@example.com', 'viewer');
  const other = await signIn('ada@example.com');
  const request = await signIn('ada@example.com');
  const password = 'another long password';
  const wrong = /password: expected the current one, got another/;
  await assert.rejects(account.changePassword(request, { current: 'wrong password', password }), wrong);
  await assert.rejects(
    account.changePassword(request, { current: PASSWORD, password: PASSWORD }),
    /expected a new one/,
  );
  await assert.rejects(account.changePassword(request, { current: PASSWORD, password: 'short' }), /at least 12/);
  const { secret } = await account.changePassword(request, { current: PASSWORD, password });
  for (const ended of [other, request]) assert.equal(identity.authenticate(ended).kind, 'unauthenticated');
  const changed = requestWith({ cookie: `otelier_identity=${secret}`, origin: 'http://localhost' });
  assert.equal(account.get(changed)?.sessions.length, 1);
  for (let i = 0; i < 6; i += 1)
    await assert.rejects(
      account.changePassword(changed, { current: 'wrong password', password: `${password}!` }),
      wrong,
    );
  await assert.rejects(account.changePassword(changed, { current: password, password: `${password}!` }), {
    name: 'IdentityLimitError',
  });
  const { text } = await identity.administration.keys.create(ALLOW_ALL, { name: 'k', role: 'admin', tenant: '*' });
  const byKey = requestWith({ 'x-api-key': text });
  assert.equal(account.get(byKey), undefined);
  await assert.rejects(account.changePassword(byKey, { current: PASSWORD, password }), FORBIDDEN);
});

test('a second factor is enrolled with the password and a code, and recovery codes work once', async (t) => {
  const { identity, account, clock, create, signIn, people } = setUp(t);
  await create('root@example.com', 'admin');
  const id = await create('ada@example.com', 'viewer');
  const request = await signIn('ada@example.com');
  await assert.rejects(account.startSecondFactor(request, 'wrong password'), /expected the current one/);
  await assert.rejects(() => account.confirmSecondFactor(request, '000000'), /expected an enrolment that has started/);
  const { secret, link } = await account.startSecondFactor(request, PASSWORD);
  assert.match(link, /^otpauth:\/\/totp\/otelier:ada%40example\.com\?secret=[A-Z2-7]{32}&issuer=otelier$/);
  const code = () => totpAt(decodeBase32(secret), totpStep(clock.millis));
  await signIn('ada@example.com');
  await assert.rejects(() => account.confirmSecondFactor(request, '12345'), /expected the six digits/);
  const codes = await account.confirmSecondFactor(request, code());
  assert.deepEqual([codes.length, new Set(codes).size], [10, 10]);
  assert.match(codes[0] ?? '', /^[a-z2-7]{4}(-[a-z2-7]{4}){5}$/);
  const kindWith = async (given?: string) =>
    (await identity.signIn({ email: 'ada@example.com', password: PASSWORD, code: given, address: '', device: '' }))
      .kind;
  assert.deepEqual([await kindWith(), await kindWith(code())], ['code_needed', 'refused'], 'a code counts once');
  clock.millis += 30_000;
  assert.equal(await kindWith(code()), 'signed_in');
  const typed = (codes[3] ?? '').toUpperCase().replaceAll('-', ' ');
  assert.deepEqual([await kindWith(typed), await kindWith(typed)], ['signed_in', 'refused']);
  assert.equal(account.get(request)?.recoveryCodes, 9);
  await assert.rejects(
    account.removeSecondFactor(request, { password: PASSWORD, code: typed }),
    /code: expected one of/,
  );
  await account.removeSecondFactor(request, { password: PASSWORD, code: codes[0] ?? '' });
  assert.equal(await kindWith(), 'signed_in');
  await people.removeSecondFactor(ALLOW_ALL, id);
  await assert.rejects(() => account.endSession(request, 'abc'), { name: 'IdentityMissingError' });
});

test('a person ends only own sessions', async (t) => {
  const { identity, account, create, signIn } = setUp(t);
  await create('ada@example.com', 'viewer');
  await create('bob@example.com', 'viewer');
  const [ada, bob] = [await signIn('ada@example.com'), await signIn('bob@example.com')];
  const session = account.get(bob)?.session ?? assert.fail();
  await assert.rejects(() => account.endSession(ada, session), /session: there is no/);
  assert.equal(identity.authenticate(bob).kind, 'granted');
  await account.endSession(bob, session);
  assert.equal(identity.authenticate(bob).kind, 'unauthenticated');
});

test('refuses roles, names, tenants and times that are not possible, naming what was expected', async (t) => {
  const { people, roles, keys, create } = setUp(t);
  const id = await create('ada@example.com', 'viewer');
  await assert.rejects(
    () => people.change(ALLOW_ALL, { id, grants: [{ role: 'king', tenant: '*' }] }),
    /role: expected admin/,
  );
  await assert.rejects(
    () => people.change(ALLOW_ALL, { id, grants: [{ role: 'viewer', tenant: '../x' }] }),
    /tenant: expected/,
  );
  await assert.rejects(() => people.change(ALLOW_ALL, { id: 'none', state: 'locked' }), {
    name: 'IdentityMissingError',
  });
  await assert.rejects(() => people.change(ALLOW_ALL, { id, name: ' ' }), /name: expected 1 to 200/);
  await assert.rejects(() => keys.create(ALLOW_ALL, { name: '', role: 'ingest', tenant: '*' }), /name: expected/);
  await assert.rejects(
    () => keys.create(ALLOW_ALL, { name: 'k', role: 'ingest', tenant: '*', expiresMillis: START }),
    /expiresMillis: expected a time in the future/,
  );
  const role = { name: 'r', permissions: ['telemetry:read'], masked: ['enduser.*'] };
  for (const masked of [
    ['a b'],
    ['"'],
    ['*'],
    ['exception.*'],
    ['x'.repeat(201)],
    Array.from({ length: 51 }, (_, i) => `a${i}`),
  ])
    await assert.rejects(() => roles.save(ALLOW_ALL, { ...role, masked }), /masked: expected/);
  await assert.rejects(
    () => roles.save(ALLOW_ALL, { ...role, permissions: ['restricted:read'] }),
    /masked: expected no patterns/,
  );
  await roles.save(ALLOW_ALL, role);
  await people.change(ALLOW_ALL, { id, grants: [{ role: 'r', tenant: '*' }] });
  await assert.rejects(() => roles.remove(ALLOW_ALL, 'r'), /expected one that is not in use/);
  await assert.rejects(() => roles.remove(ALLOW_ALL, 'absent'), { name: 'IdentityMissingError' });
});

test('people of a role that demands a second factor can only set one up, until they have', async (t) => {
  const { identity, account, clock, create, signIn, accessOf, people } = setUp(t, ['admin']);
  const id = await create('root@example.com', 'admin');
  await create('ada@example.com', 'viewer');
  assert.equal(accessOf(await signIn('ada@example.com')).lacks, undefined, 'another role');
  const request = await signIn('root@example.com');
  const before = accessOf(request);
  assert.deepEqual([before.lacks, before.tenants, before.can('telemetry:read')], ['second factor', [], false]);
  const { secret } = await account.startSecondFactor(request, PASSWORD);
  const code = () => totpAt(decodeBase32(secret), totpStep(clock.millis));
  const codes = await account.confirmSecondFactor(request, code());
  assert.ok(accessOf(request).can('people:manage'), 'in the session that has set it up');
  clock.millis += 30_000;
  const strong = await signIn('root@example.com', PASSWORD, code());
  assert.equal(accessOf(strong).lacks, undefined);
  const changed = await account.changePassword(strong, { current: PASSWORD, password: `${PASSWORD}!` });
  const after = requestWith({ cookie: `otelier_identity=${changed.secret}`, origin: 'http://localhost' });
  assert.ok(accessOf(after).can('people:manage'), 'a new password does not ask again');
  await account.removeSecondFactor(after, { password: `${PASSWORD}!`, code: codes[0] ?? '' });
  assert.equal(accessOf(after).lacks, 'second factor', 'removed again');
  await account.startSecondFactor(after, `${PASSWORD}!`);
  await people.removeSecondFactor(ALLOW_ALL, id);
  const key = identity.keys.create({ name: 'k', role: 'admin', tenant: '*', createdBy: 'x' }, START);
  assert.equal(accessOf(requestWith({ 'x-api-key': key.text })).lacks, undefined, 'keys are not people');
});
