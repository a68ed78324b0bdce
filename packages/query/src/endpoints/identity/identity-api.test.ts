import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { AuditLog, type Identity, openIdentity } from '@otelier/identity';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';

const PASSWORD = 'correct horse battery';
const directory = mkdtempSync(join(tmpdir(), 'otelier-identity-api-'));
const log = AuditLog.open({ directory, onError: (error) => assert.fail(String(error)) });
let identity: Identity;
let server: TestApi;
let cookie = '';

before(async () => {
  identity = openIdentity({ directory, now: Date.now, audit: (event) => log.record(event) });
  server = await startTestApi({ accessControl: () => identity, needsIdentity: true });
  const grants = [{ role: 'admin', tenant: '*' }];
  await identity.users.create({ email: 'root@example.com', name: 'Root', password: PASSWORD, grants }, Date.now());
  cookie = await signIn('root@example.com');
});

after(async () => {
  await server.shutdown(0);
  await identity.close();
  await log.close();
  rmSync(directory, { recursive: true });
});

const BROWSER = { host: 'localhost', origin: 'http://localhost' };

async function signIn(email: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await server.api.fetch(
    new Request('http://localhost/sign-in', {
      method: 'POST',
      headers: { host: 'localhost', 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams({ email, password: PASSWORD }).toString(),
    }),
  );
  assert.equal(response.status, 303, await response.text());
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

async function ask(path: string, body?: object, as: Record<string, string> = { cookie }) {
  const headers = { ...BROWSER, ...as, ...(body !== undefined && { 'content-type': 'application/json' }) };
  const init = { headers, ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }) };
  const response = await server.api.fetch(new Request(`http://localhost/api/v1/${path}`, init));
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text || '{}') };
}

test('people are created, changed and removed; responses contain no credentials', async () => {
  const grants = [{ role: 'viewer', tenant: 'shop' }];
  const person = { email: 'ada@example.com', name: 'Ada', password: PASSWORD, grants };
  const created = await ask('people/create', person);
  assert.equal(created.status, 200, created.text);
  const { id } = created.json;
  assert.deepEqual((await ask('people/create', person)).json.error.message, 'email: ada@example.com has an account');
  const change = { id, state: 'locked', grants: [{ role: 'editor', tenant: '*' }] };
  assert.deepEqual((await ask('people/change', change)).json, { changed: true });
  const { text, json } = await ask('people');
  const { createdMillis, ...ada } = json.people[0];
  assert.deepEqual(ada, {
    ...{ id, email: 'ada@example.com', name: 'Ada', state: 'locked', grants: change.grants },
    ...{ hasPassword: true, hasSecondFactor: false, hasPasskey: false },
  });
  assert.ok(createdMillis > 0 && !text.includes('argon2'));
  assert.equal((await ask('people/remove', { id })).status, 200);
  assert.deepEqual(
    [(await ask('people/remove', { id })).status, (await ask('people/change', { id: 'x' })).status],
    [404, 404],
  );
});

test('roles and keys: a key is shown once, rotated, used and revoked', async () => {
  const role = { name: 'support', permissions: ['telemetry:read'], masked: ['enduser.*'] };
  assert.equal((await ask('roles/save', role)).status, 200);
  const { roles, permissions } = (await ask('roles')).json;
  assert.deepEqual(roles.at(-1), { ...role, isBuiltIn: false });
  assert.ok(permissions.includes('audit:read'));
  const created = (await ask('keys/create', { name: 'ci', role: 'support', tenant: '*' })).json;
  assert.equal((await ask('services', undefined, { authorization: `Bearer ${created.text}` })).status, 200);
  const next = (await ask('keys/rotate', { id: created.id, overlapSeconds: 0 })).json;
  const asNext = { 'x-api-key': next.text };
  assert.equal((await ask('services', undefined, { 'x-api-key': created.text })).status, 403);
  assert.equal((await ask('services', undefined, asNext)).status, 200);
  const listed = await ask('keys');
  assert.ok(!listed.text.includes(next.text));
  const [, shown] = listed.json.keys;
  assert.deepEqual([shown.id, shown.role, shown.createdBy], [next.id, 'support', 'user:root@example.com']);
  assert.ok(shown.usedMillis > 0);
  assert.equal((await ask('keys/revoke', { id: next.id })).status, 200);
  assert.equal((await ask('services', undefined, asNext)).status, 401);
  assert.equal((await ask('keys/revoke', { id: next.id })).status, 404);
  assert.equal((await ask('keys/revoke', { id: created.id })).status, 200);
  assert.equal((await ask('roles/remove', { name: 'support' })).status, 200);
});

test('a person sees the own account, rotates the session by signing in and by a new password, and ends others', async () => {
  const first = await signIn('root@example.com');
  const second = await signIn('root@example.com', { cookie: first });
  assert.equal((await ask('account', undefined, { cookie: first })).status, 401, 'the earlier session ended');
  const { json } = await ask('account', undefined, { cookie: second });
  assert.deepEqual(
    [json.subject, json.kind, json.tenants, json.hasIdentity, json.person.name, json.person.recoveryCodes],
    ['user:root@example.com', 'user', 'all', true, 'Root', 0],
  );
  const other = json.person.sessions.find(({ id }: { id: string }) => id !== json.person.session);
  assert.equal((await ask('account/sessions/revoke', { id: other.id }, { cookie: second })).status, 200);
  assert.equal((await ask('account')).status, 401, 'the session of another device');
  const wrong = await ask('account/password', { current: 'no', password: PASSWORD }, { cookie: second });
  assert.deepEqual([wrong.status, wrong.json.error.message], [400, 'password: expected the current one, got another']);
  const passwords = { current: PASSWORD, password: 'another long password' };
  const changed = await ask('account/password', passwords, { cookie: second });
  const set = changed.headers.get('set-cookie') ?? '';
  assert.match(set, /^otelier_identity=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.equal((await ask('account', undefined, { cookie: second })).status, 401);
  cookie = set.split(';')[0] ?? '';
  const back = await ask('account/password', { current: passwords.password, password: PASSWORD });
  cookie = back.headers.get('set-cookie')?.split(';')[0] ?? '';
  assert.equal((await ask('account')).status, 200);
  const start = await ask('account/second-factor/start', { password: PASSWORD });
  assert.match(start.json.link, /^otpauth:/);
  assert.equal((await ask('account/second-factor/confirm', { code: '000' })).status, 400);
});

test('a session cookie changes nothing for another page, and an account is not that of a key', async () => {
  const request = new Request('http://localhost/api/v1/people/create', {
    method: 'POST',
    headers: { host: 'localhost', cookie, 'content-type': 'application/json' },
    body: '{}',
  });
  assert.equal((await server.api.fetch(request)).status, 403);
  const { text, id } = (await ask('keys/create', { name: 'k', role: 'admin', tenant: '*' })).json;
  const byKey = await ask('account', undefined, { 'x-api-key': text });
  assert.deepEqual([byKey.json.kind, byKey.json.person], ['key', undefined]);
  const change = await ask('account/password', { current: PASSWORD, password: 'x' }, { 'x-api-key': text });
  assert.deepEqual([change.status, change.json.error.message.split(':')[0]], [403, 'account']);
  await ask('keys/revoke', { id });
});

test('the audit log is searched, exported and verified', async () => {
  await log.flush();
  const { json } = await ask('audit?action=key.&limit=2');
  assert.deepEqual(
    json.entries.map((entry: Record<string, unknown>) => [entry['action'], entry['subject'], entry['isIntact']]),
    [
      ['key.revoke', 'user:root@example.com', true],
      ['key.create', 'user:root@example.com', true],
    ],
  );
  const older = await ask(`audit?action=key.&limit=2&before=${json.next}`);
  assert.ok(older.json.entries[0].sequence < json.entries[1].sequence);
  const response = await server.api.fetch(
    new Request('http://localhost/api/v1/audit/export?search=SIGN_IN', { headers: { ...BROWSER, cookie } }),
  );
  const lines = (await response.text()).trimEnd().split('\n');
  assert.ok(lines.length >= 3 && lines.every((line) => JSON.parse(line).action === 'sign_in'));
  assert.equal((await ask('audit/verify')).json.kind, 'intact');
  for (const [path, message] of [
    ['audit?before=-1', /before: expected a whole number/],
    ['audit?outcome=x', /outcome: expected one of any, allowed, denied, failed/],
    ['audit?limit=0', /limit: expected/],
  ] as const)
    assert.match((await ask(path)).json.error.message, message);
  assert.deepEqual(server.errors, []);
});

test('a link of an invitation shows a form without scripts, which creates the account and signs in', async () => {
  const grants = [{ role: 'viewer', tenant: 'shop' }];
  const invited = await ask('people/invite', { email: 'new@example.com', grants });
  assert.equal(invited.status, 200, invited.text);
  assert.deepEqual((await ask('people/invitations')).json.invitations.length, 1);
  const open = (path: string) =>
    server.api.fetch(
      new Request(`http://localhost${path}`, { headers: { host: 'localhost', 'accept-language': 'de' } }),
    );
  const form = await open(invited.json.path);
  const html = await form.text();
  assert.equal(form.status, 200);
  assert.ok(html.includes('Konto für localhost anlegen') && html.includes('value="new@example.com"'), html);
  const other = await open('/sign-in/invitation?token=%22%3E%3Cscript%3E');
  assert.deepEqual([other.status, (await other.text()).includes('<script>')], [404, false]);
  const token = new URLSearchParams(invited.json.path.split('?')[1]).get('token') ?? '';
  const post = (fields: Record<string, string>, origin = 'http://localhost') =>
    server.api.fetch(
      new Request('http://localhost/sign-in/invitation', {
        method: 'POST',
        headers: { host: 'localhost', origin, 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ token, name: 'New <b>', ...fields }).toString(),
      }),
    );
  assert.equal((await post({ password: PASSWORD }, 'https://evil.example')).status, 403);
  const weak = await post({ password: 'short' });
  assert.equal(weak.status, 400);
  assert.match(await weak.text(), /role="alert">password: expected at least 12 characters/);
  const accepted = await post({ password: PASSWORD });
  assert.deepEqual([accepted.status, accepted.headers.get('location')], [303, '/']);
  const session = accepted.headers.get('set-cookie')?.split(';')[0] ?? '';
  assert.equal((await ask('account', undefined, { cookie: session })).json.person.name, 'New <b>');
  assert.equal((await post({ password: PASSWORD })).status, 404);
  const next = await ask('people/invite', { email: 'later@example.com', grants });
  assert.equal((await ask('people/invitations/revoke', { id: next.json.id })).status, 200);
  assert.equal((await open(next.json.path)).status, 404);
});

test('service accounts are created, get keys, and are locked and removed', async () => {
  const grants = [{ role: 'viewer', tenant: '*' }];
  const { id } = (await ask('service-accounts/create', { name: 'ci', grants })).json;
  const created = await ask('keys/create', { name: 'k', account: id });
  assert.equal(created.status, 200, created.text);
  const key = created.json;
  const asService = { 'x-api-key': key.text };
  const own = await ask('account', undefined, asService);
  assert.equal(own.json.subject, 'service:ci', own.text);
  assert.equal((await ask('people', undefined, asService)).status, 403);
  assert.equal((await ask('service-accounts/change', { id, state: 'locked' })).status, 200);
  assert.equal((await ask('services', undefined, asService)).status, 403);
  assert.partialDeepStrictEqual((await ask('service-accounts')).json.serviceAccounts, [
    { id, name: 'ci', state: 'locked', grants },
  ]);
  assert.equal((await ask('keys')).json.keys.find((one: { id: string }) => one.id === key.id).account, id);
  assert.equal((await ask('service-accounts/remove', { id })).status, 200);
  assert.equal((await ask('services', undefined, asService)).status, 401);
});

test('refuses bodies that are not as expected, naming the field', async () => {
  for (const [path, body, message] of [
    ['people/create', {}, /email: expected an email address\n/],
    ['people/create', { email: 'x', name: 'x', password: PASSWORD, grants: [{}] }, /^grants\.role: expected a role/m],
    ['people/change', { id: 'x', admin: true }, /admin: unknown parameter/],
    [
      'keys/create',
      { name: 'k', role: 'ingest', tenant: '*', requestsPerMinute: 0 },
      /requestsPerMinute: expected at least 1/,
    ],
    [
      'keys/create',
      { name: 'k', role: 'ingest', tenant: '*', expiresMillis: 1 },
      /expiresMillis: expected a time in the future/,
    ],
    ['roles/save', { name: 'R', permissions: [] }, /role: expected lowercase letters/],
  ] as const) {
    const { status, json } = await ask(path, body);
    assert.equal(status, 400, path);
    assert.match(json.error.message, message);
  }
});
