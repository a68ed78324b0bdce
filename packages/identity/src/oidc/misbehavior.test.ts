import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  CLIENT,
  type Misbehavior,
  REDIRECT_URL,
  signed,
  startTestProvider,
} from '@otelier/testkit/servers/oidc-provider';
import { generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { ALLOW_ALL } from '../access.ts';
import type { AuditEvent } from '../audit/entry.ts';
import { openIdentity } from '../identity.ts';

const directory = mkdtempSync(join(tmpdir(), 'otelier-oidc-'));
const provider = await startTestProvider();
const clock = { offset: 0 };
const audit: AuditEvent[] = [];
const options = {
  ...{ name: 'Test', issuer: provider.issuer, ...CLIENT, redirectUrl: REDIRECT_URL },
  ...{ scopes: ['openid', 'email', 'profile'], groupsClaim: 'groups' },
  roles: [
    { group: 'sre', role: 'admin', tenant: '*' },
    { group: 'shop', role: 'viewer', tenant: 'shop' },
  ],
};
const now = () => Date.now() + clock.offset;
const identity = openIdentity({
  ...{ directory, now, oidc: options },
  audit: (event) => audit.push(event),
  groupGrants: [{ group: 'engineers', role: 'editor', tenant: '*' }],
});
const signIn = identity.provider ?? assert.fail();
after(async () => {
  await identity.close();
  await provider[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const requestOf = (url: URL, cookie = '') => ({
  ...{ method: 'GET', url, address: '192.0.2.1' },
  headers: new Headers({ cookie, 'user-agent': 'test' }),
});

async function begin(next = '/') {
  const begun = await signIn.begin(next);
  return 'reason' in begun ? assert.fail(begun.reason) : begun;
}

/** Signs in at a provider that misbehaves, and returns the result. */
async function attempt(misbehavior: Misbehavior) {
  provider.misbehavior = misbehavior;
  const { location, binding } = await begin();
  const url = await provider.authorize(location);
  const result = await signIn.finish(requestOf(url), binding);
  provider.misbehavior = {};
  return result;
}

const withClaims = (more: JWTPayload): Misbehavior => ({ claims: (claims) => ({ ...claims, ...more }) });
const seconds = () => Math.floor(Date.now() / 1000);
const base64 = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** What a provider or an attacker does, and why it is refused. */
const TABLE: readonly (readonly [name: string, misbehavior: Misbehavior, reason: RegExp])[] = [
  ['wrong nonce', withClaims({ nonce: 'another' }), /nonce/],
  ['wrong issuer', withClaims({ iss: 'https://evil.test' }), /"iss"/],
  ['wrong audience', withClaims({ aud: 'another client' }), /"aud"/],
  ['more audiences, of another party', withClaims({ aud: [CLIENT.clientId, 'x'], azp: 'x' }), /"azp"/],
  ['algorithm none', { sign: (claims) => `${base64({ alg: 'none' })}.${base64(claims)}.` }, /alg|signature/i],
  [
    'algorithm HS256 with the secret of the client',
    {
      sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(CLIENT.clientSecret)),
    },
    /alg/,
  ],
  [
    'wrong signature key',
    { sign: async (claims) => signed(claims, { key: (await generateKeyPair('RS256')).privateKey }) },
    /signature/,
  ],
  ['changed claims', { sign: async (claims, one) => withChangedSubject(await signed(claims, one)) }, /signature/],
  ['expired', withClaims({ exp: seconds() - 600 }), /"exp"/],
  ['issued in the future', withClaims({ iat: seconds() + 600 }), /^iat: expected a time in the past/],
  ['not yet valid', withClaims({ nbf: seconds() + 600 }), /"nbf"/],
  [
    'wrong at_hash',
    withClaims({ at_hash: 'AAAAAAAAAAAAAAAAAAAAAA' }),
    /^at_hash: expected the hash of the access token/,
  ],
  ['at_hash of another type', withClaims({ at_hash: 7 as never }), /^at_hash/],
  ['wrong state', { callback: (url) => url.searchParams.set('state', 'another') }, /state/],
  ['no state', { callback: (url) => url.searchParams.delete('state') }, /state/],
  [
    'mix-up: the response of another issuer',
    { callback: (url) => url.searchParams.set('iss', 'https://evil.test') },
    /iss/,
  ],
  ['no issuer in the response, which was promised', { callback: (url) => url.searchParams.delete('iss') }, /iss/],
  ['an unknown code', { callback: (url) => url.searchParams.set('code', 'guessed') }, /invalid_grant/],
  ['no ID token', { tokens: (response) => delete response['id_token'] }, /id_token/],
  ['no subject', { claims: ({ sub: _, ...claims }) => claims }, /"sub"/],
  [
    'an error of the provider',
    {
      callback({ searchParams }) {
        searchParams.delete('code');
        searchParams.set('error', 'access_denied');
      },
    },
    /access_denied/,
  ],
  [
    'an address that is not verified',
    withClaims({ email_verified: false }),
    /^email: expected an address that the provider has verified/,
  ],
  ['no address', { claims: ({ email: _, ...claims }) => claims }, /^email: expected the provider to send/],
  ['no group with a role', withClaims({ groups: ['others', '__proto__'] }), /^none of your groups has a role here/],
];

function withChangedSubject(token: string): string {
  const [head = '', body = '', signature = ''] = token.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString());
  return `${head}.${base64({ ...claims, sub: 'root' })}.${signature}`;
}

for (const [name, misbehavior, reason] of TABLE) {
  test(`refused: ${name}`, async () => {
    const result = await attempt(misbehavior);
    assert.equal(result.kind, 'refused');
    assert.match(result.kind === 'refused' ? result.reason : '', reason);
    assert.deepEqual([identity.users.list(), audit.at(-1)?.outcome], [[], 'denied']);
  });
}

test('refused: another browser, a code of another sign-in, a sign-in that began long ago', async () => {
  const [first, second] = [await begin(), await begin()];
  const url = await provider.authorize(first.location);
  const foreign = await provider.authorize(second.location);
  foreign.searchParams.set('state', url.searchParams.get('state') ?? '');
  const reasonOf = async (callback: URL, binding: string) => {
    const result = await signIn.finish(requestOf(callback), binding);
    return result.kind === 'refused' ? result.reason : assert.fail('signed in');
  };
  assert.match(await reasonOf(url, 'another'), /began in another browser/);
  // The verifier of this browser does not match the code of another one.
  assert.match(await reasonOf(foreign, first.binding), /invalid_grant/);
  assert.match(await reasonOf(url, `${first.binding.slice(0, -2)}AA`), /has ended/);
  assert.match(await reasonOf(url, ''), /has ended/);
  const third = await begin();
  clock.offset += 601_000;
  assert.match(await reasonOf(await provider.authorize(third.location), third.binding), /has ended/);
  clock.offset = 0;
  assert.deepEqual(identity.users.list(), []);
});

test('refused: metadata of another issuer, and a provider that does not respond', async (t) => {
  const open = (issuer: string) => {
    const other = mkdtempSync(join(tmpdir(), 'otelier-oidc-'));
    const opened = openIdentity({ directory: other, now, oidc: { ...options, issuer } });
    t.after(() => {
      opened.close();
      rmSync(other, { recursive: true });
    });
    return opened.provider?.begin('/');
  };
  provider.misbehavior = { metadata: { issuer: 'https://evil.test' } };
  assert.match(JSON.stringify(await open(provider.issuer)), /the provider cannot be reached: .*issuer/);
  provider.misbehavior = {};
  assert.match(JSON.stringify(await open('http://127.0.0.1:1')), /the provider cannot be reached/);
});

test('a correct provider signs a person in; groups decide the roles at each sign-in', async () => {
  const { location, binding } = await begin('/traces?service=a');
  const asked = new URL(location).searchParams;
  assert.deepEqual([asked.get('code_challenge_method'), asked.get('response_type')], ['S256', 'code']);
  const callback = await provider.authorize(location);
  const result = await signIn.finish(requestOf(callback), binding);
  if (result.kind !== 'signed_in') return assert.fail(result.reason);
  assert.equal(result.next, '/traces?service=a');
  const request = requestOf(new URL('https://otel.test/'), `otelier_identity=${result.secret}`);
  const access = identity.authenticate(request);
  assert.ok(access.kind === 'granted' && access.access.can('people:manage'), JSON.stringify(access));
  const [user] = identity.users.list();
  assert.deepEqual([user?.email, user?.name, user?.hasPassword], ['ada@example.com', 'Ada', false]);
  provider.groups = ['shop'];
  assert.equal((await attempt({})).kind, 'signed_in');
  assert.deepEqual(
    identity.users.list().map(({ grants }) => grants),
    [[{ role: 'viewer', tenant: 'shop' }]],
  );
  const logout = new URL((await identity.signOut(request)) ?? '');
  assert.deepEqual(
    [logout.pathname, logout.searchParams.get('post_logout_redirect_uri'), logout.searchParams.has('id_token_hint')],
    ['/session/end', 'https://otel.test/sign-in', true],
  );
  assert.equal(identity.authenticate(request).kind, 'unauthenticated');
  const replayed = await signIn.finish(requestOf(callback), binding);
  assert.match(replayed.kind === 'refused' ? replayed.reason : '', /invalid_grant/);
  assert.equal(
    (await identity.signIn({ email: 'ada@example.com', password: '', address: '', device: '' })).kind,
    'refused',
  );
});

/** Waits for what a session does in the background. */
async function eventually(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries += 1) {
    assert.ok(tries < 4000, 'nothing happened in the background');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('a session asks the provider again, takes new roles, and ends when the person has lost access', async () => {
  provider.groups = ['sre'];
  const result = await attempt({});
  const secret = result.kind === 'signed_in' ? result.secret : assert.fail();
  const request = requestOf(new URL('https://otel.test/'), `otelier_identity=${secret}`);
  const kind = () => identity.authenticate(request).kind;
  const asked = provider.requests.length;
  const minute = 60_000;
  assert.equal(kind(), 'granted');
  assert.equal(provider.requests.length, asked, 'no request before it is time');
  // The access token of the provider is valid for an hour.
  clock.offset = 61 * minute;
  provider.groups = ['shop'];
  assert.equal(kind(), 'granted');
  await eventually(() => identity.users.list()[0]?.grants[0]?.role === 'viewer');
  assert.equal(provider.requests.at(-1)?.['grant_type'], 'refresh_token');
  // The provider is out of order: the session stays, and asks again.
  clock.offset = 122 * minute;
  provider.misbehavior = { tokenStatus: 503 };
  const before = provider.requests.length;
  assert.equal(kind(), 'granted');
  await eventually(() => provider.requests.length > before);
  provider.misbehavior = {};
  provider.hasAccount = false;
  clock.offset += 31_000;
  await eventually(() => kind() === 'unauthenticated');
  assert.deepEqual([audit.at(-1)?.action, audit.at(-1)?.outcome], ['session.end', 'denied']);
  assert.match(audit.at(-1)?.reason ?? '', /invalid_grant/);
  provider.hasAccount = true;
  clock.offset = 0;
});

test('a session ends when its provider has not responded for an hour', async () => {
  const result = await attempt({});
  const secret = result.kind === 'signed_in' ? result.secret : assert.fail();
  const request = requestOf(new URL('https://otel.test/'), `otelier_identity=${secret}`);
  clock.offset = 121 * 60_000;
  assert.equal(identity.authenticate(request).kind, 'unauthenticated');
  clock.offset = 0;
  assert.equal(identity.authenticate(request).kind, 'granted');
});

test('a session with a changed ID token of the refresh is ended', async () => {
  const result = await attempt({});
  const secret = result.kind === 'signed_in' ? result.secret : assert.fail();
  const request = requestOf(new URL('https://otel.test/'), `otelier_identity=${secret}`);
  provider.misbehavior = withClaims({ sub: 'root' });
  clock.offset = 61 * 60_000;
  await eventually(() => identity.authenticate(request).kind === 'unauthenticated');
  provider.misbehavior = {};
  clock.offset = 0;
});

test('an account with a password is not taken over by the same address at the provider', async () => {
  const [user] = identity.users.list();
  identity.users.remove(user?.id ?? '');
  await identity.users.create(
    { email: 'ada@example.com', name: 'Local', password: 'correct horse battery', grants: [] },
    now(),
  );
  const result = await attempt({});
  assert.match(result.kind === 'refused' ? result.reason : '', /is the address of another account/);
});

test('a person who was provisioned keeps the roles of the groups, whatever the provider claims', async () => {
  const [user] = identity.users.list();
  identity.users.remove(user?.id ?? '');
  const { provisioning = assert.fail() } = identity.administration;
  const person = { userName: 'ada', email: 'ADA@example.com', name: 'Ada', isActive: true, attributes: {} };
  const { id } = await provisioning.createUser(ALLOW_ALL, person);
  const withoutRole = await attempt({});
  assert.match(withoutRole.kind === 'refused' ? withoutRole.reason : '', /^none of your groups has a role/);
  await provisioning.createGroup(ALLOW_ALL, { name: 'Engineers', externalId: undefined, members: [id] });
  provider.groups = ['sre'];
  assert.equal((await attempt({})).kind, 'signed_in');
  provider.groups = [];
  assert.equal((await attempt({})).kind, 'signed_in');
  assert.deepEqual(
    identity.users.list().map(({ grants, issuer }) => [grants, issuer]),
    [[[{ role: 'editor', tenant: '*' }], provider.issuer]],
  );
  await provisioning.replaceUser(ALLOW_ALL, id, { ...person, isActive: false });
  const locked = await attempt({});
  assert.match(locked.kind === 'refused' ? locked.reason : '', /this account is locked/);
  await assert.rejects(
    identity.administration.people.setPassword(ALLOW_ALL, id, 'correct horse battery'),
    /signs in with a provider/,
  );
});
