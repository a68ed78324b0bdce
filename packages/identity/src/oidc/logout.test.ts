import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { CLIENT, REDIRECT_URL, startTestProvider } from '@otelier/testkit/servers/oidc-provider';
import { generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { ALLOW_ALL } from '../access.ts';
import type { AuditEvent } from '../audit/entry.ts';
import { openIdentity } from '../identity.ts';

const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
const tokens: string[] = [];
/** The client, as far as the provider calls it. */
const listener = createServer(async (request, response) => {
  tokens.push(new URLSearchParams(await text(request)).get('logout_token') ?? '');
  response.end();
});
await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
const directory = mkdtempSync(join(tmpdir(), 'otelier-logout-'));
const provider = await startTestProvider(`http://127.0.0.1:${(listener.address() as AddressInfo).port}/logout`);
const clock = { offset: 0 };
const audit: AuditEvent[] = [];
const identity = openIdentity({
  ...{ directory, now: () => Date.now() + clock.offset, audit: (event) => audit.push(event), secondFactorFor: ['*'] },
  oidc: {
    ...{ name: 'Test', issuer: provider.issuer, ...CLIENT, redirectUrl: REDIRECT_URL, groupsClaim: 'groups' },
    ...{ scopes: ['openid', 'email', 'profile'], roles: [{ group: 'sre', role: 'admin', tenant: '*' }] },
  },
});
const signIn = identity.provider ?? assert.fail();
after(async () => {
  await identity.close();
  await provider[Symbol.asyncDispose]();
  listener.close();
  rmSync(directory, { recursive: true });
});

const requestOf = (url: URL, cookie = '') => ({
  ...{ method: 'GET', url, address: '192.0.2.1' },
  headers: new Headers({ cookie }),
});

/** Signs Ada in. Returns what tells whether the session is valid, and its ID at the provider. */
async function session() {
  const begun = await signIn.begin('/');
  if (begun.kind !== 'begun') return assert.fail(begun.reason);
  let sid = '';
  provider.misbehavior = {
    claims: (claims) => {
      sid = String(claims['sid']);
      return claims;
    },
  };
  const result = await signIn.finish(requestOf(await provider.authorize(begun.location)), begun.binding);
  provider.misbehavior = {};
  const secret = result.kind === 'signed_in' ? result.secret : assert.fail(JSON.stringify(result));
  const request = requestOf(new URL('https://otel.test/'), `otelier_identity=${secret}`);
  const isValid = () => identity.authenticate(request).kind === 'granted';
  assert.ok(isValid());
  return { sid, isValid };
}

/** Lets the provider send a token, and returns it. */
async function tokenOf(sid?: string): Promise<string> {
  await provider.logOut(sid);
  return tokens.at(-1) ?? assert.fail('no token');
}

test('a logout token of the provider ends the session that it names, and no other, once', async () => {
  const [first, second] = [await session(), await session()];
  assert.notEqual(first.sid, second.sid);
  const token = await tokenOf(first.sid);
  assert.deepEqual(await signIn.logOut(token), { kind: 'ended', sessions: 1 });
  assert.deepEqual([first.isValid(), second.isValid()], [false, true]);
  assert.deepEqual(
    [audit.at(-1)?.action, audit.at(-1)?.subject, audit.at(-1)?.target],
    [...['session.end', `provider:${provider.issuer}`, 'ada@example.com']],
  );
  const again = await signIn.logOut(token);
  assert.match('reason' in again ? again.reason : '', /^jti: expected a token that was not used/);
  assert.deepEqual(await signIn.logOut(await tokenOf('unknown')), { kind: 'ended', sessions: 0 });
  assert.ok(second.isValid());
});

test('a token for a person ends all sessions with the provider, and no keys', async () => {
  const [first, second] = [await session(), await session()];
  const claims = { iss: provider.issuer, aud: CLIENT.clientId, sub: 'ada-1', jti: 'all', events: { [EVENT]: {} } };
  const key = await identity.administration.keys.create(ALLOW_ALL, { name: 'k', role: 'viewer', tenant: '*' });
  const result = await signIn.logOut(await signed(claims));
  assert.ok(result.kind === 'ended' && result.sessions >= 2, JSON.stringify(result));
  assert.deepEqual([first.isValid(), second.isValid()], [false, false]);
  const byKey = { ...requestOf(new URL('https://otel.test/')), headers: new Headers({ 'x-api-key': key.text }) };
  assert.equal(identity.authenticate(byKey).kind, 'granted');
});

const seconds = () => Math.floor(Date.now() / 1000);

async function signed(
  claims: JWTPayload,
  head: object = {},
  key = provider.key,
  end: JWTPayload = { exp: seconds() + 120 },
): Promise<string> {
  const all = { iat: seconds(), ...end, ...claims };
  return new SignJWT(all).setProtectedHeader({ alg: 'RS256', kid: 'one', typ: 'logout+jwt', ...head }).sign(key);
}

test('refuses tokens that are not acceptable, with the reason, and ends nothing', async () => {
  const { sid, isValid } = await session();
  const base = { iss: provider.issuer, aud: CLIENT.clientId, sid, sub: 'ada-1', events: { [EVENT]: {} } };
  const { privateKey: other } = await generateKeyPair('RS256');
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const without = (name: string) =>
    Object.fromEntries(Object.entries({ ...base, jti: name }).filter(([key]) => key !== name));
  const valid = await signed({ ...base, jti: 'changed' });
  const [head = '', , signature = ''] = valid.split('.');
  for (const [name, token, reason] of [
    ['nothing', '', /^logout_token: expected a signed token/],
    ['two parts', 'a.b', /^logout_token/],
    ['no JSON', 'a.b.c', /^logout_token/],
    ['too long', `${'a'.repeat(20_000)}.b.c`, /^logout_token/],
    [
      'alg none',
      `${part({ alg: 'none' })}.${part({ ...base, jti: 'none', iat: seconds(), exp: seconds() + 60 })}.`,
      /^signature/,
    ],
    [
      'a shared secret',
      await new SignJWT({ ...base, jti: 'hs', iat: seconds(), exp: seconds() + 60 })
        .setProtectedHeader({ alg: 'HS256', kid: 'one' })
        .sign(Buffer.from(CLIENT.clientSecret)),
      /^signature/,
    ],
    ['another key', await signed({ ...base, jti: 'key' }, {}, other), /^signature/],
    ['an unknown key', await signed({ ...base, jti: 'kid' }, { kid: 'two' }), /^signature/],
    [
      'changed claims',
      `${head}.${part({ ...base, jti: 'x', iat: seconds(), exp: seconds() + 60 })}.${signature}`,
      /^signature/,
    ],
    ['another issuer', await signed({ ...base, jti: 'iss', iss: 'https://evil.test' }), /^iss/],
    ['another audience', await signed({ ...base, jti: 'aud', aud: 'another' }), /^aud/],
    ['expired', await signed({ ...base, jti: 'exp', exp: seconds() - 100 }), /^exp/],
    ['no end', await signed({ ...base, jti: 'noexp' }, {}, provider.key, {}), /^exp/],
    ['of the future', await signed({ ...base, jti: 'iat', iat: seconds() + 600 }), /^iat/],
    ['old', await signed({ ...base, jti: 'old', iat: seconds() - 4000 }), /^iat/],
    ['with a nonce', await signed({ ...base, jti: 'nonce', nonce: 'n' }), /^nonce/],
    ['an ID token', await signed({ ...without('events') }), /^events/],
    ['another event', await signed({ ...base, jti: 'event', events: { other: {} } }), /^events/],
    ['without jti', await signed(without('jti')), /^jti/],
    [
      'without subject and session',
      await signed({ iss: base.iss, aud: base.aud, events: base.events, jti: 'none' }),
      /^sub/,
    ],
    ['another type', await signed({ ...base, jti: 'typ' }, { typ: 'at+jwt' }), /^typ/],
  ] as const) {
    const result = await signIn.logOut(token);
    assert.equal(result.kind, 'refused', name);
    assert.match('reason' in result ? result.reason : '', reason, name);
  }
  assert.ok(isValid());
  assert.equal(audit.at(-1)?.outcome, 'denied');
  // A key that appears later is found, at most once a minute.
  clock.offset = 61_000;
  assert.equal((await signIn.logOut(valid)).kind, 'ended');
  clock.offset = 0;
});
