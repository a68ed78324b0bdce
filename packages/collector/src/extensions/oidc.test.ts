import assert from 'node:assert/strict';
import { createHmac, createPublicKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { createRandom } from '@otelier/testkit/otlp/random';
import type { Authenticator } from '@otelier/transport/auth';
import { systemClock } from '@otelier/transport/clock';
import { createSigningKey, startIssuer, type TestIssuer } from './oidc/issuer.testing.ts';
import { oidc } from './oidc.ts';

extensionContract(oidc, { config: { issuer_url: 'http://127.0.0.1:1', audience: 'otelier' } });

const rsa = await createSigningKey('RS256');

async function started(t: TestContext, config: Readonly<Record<string, unknown>>): Promise<ComponentBench> {
  const bench = await createComponentBench(oidc, { config, startMillis: Date.now() });
  t.after(() => bench.close());
  await bench.start();
  return bench;
}

async function issuerWith(t: TestContext, ...keys: { jwk: TestIssuer['keys'][number] }[]): Promise<TestIssuer> {
  const issuer = await startIssuer();
  t.after(() => issuer.close());
  issuer.keys = keys.map(({ jwk }) => jwk);
  return issuer;
}

function check(bench: ComponentBench, token: string): string {
  const offers = bench.service.host.extension('tested')?.offers as Authenticator;
  const result = offers.authenticate({ authorization: `Bearer ${token}` });
  return result.kind === 'authenticated' ? (result.subject ?? '') : `${result.kind}: ${result.reason}`;
}

for (const alg of [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]) {
  test(`accepts tokens signed with ${alg}, and none that was changed`, async (t) => {
    const key = await createSigningKey(alg);
    const issuer = await issuerWith(t, key);
    const bench = await started(t, { issuer_url: issuer.url, audience: 'otelier' });
    const token = await issuer.sign(key);
    assert.equal(check(bench, token), 'alice');
    assert.equal(check(bench, token), 'alice');
    const [header, payload, signature] = token.split('.');
    const other = Buffer.from(JSON.stringify({ iss: issuer.url, aud: 'otelier', sub: 'eve', exp: 9e9 }));
    assert.match(check(bench, `${header}.${other.toString('base64url')}.${signature}`), /^unauthenticated/);
    const random = createRandom(3);
    for (let round = 0; round < 60; round++) {
      const bytes = Buffer.from(token);
      const at = random(bytes.length);
      bytes[at] = random(256);
      const changed = bytes.toString('latin1');
      // The last characters can have bits that are not part of the value.
      if (Buffer.from(changed.split('.')[2] ?? '', 'base64url').equals(Buffer.from(signature ?? '', 'base64url'))) {
        if (changed.startsWith(`${header}.${payload}.`)) continue;
      }
      assert.match(check(bench, changed), /^un/, `round ${round}`);
    }
  });
}

test('refuses the algorithm none, shared secrets made of public keys, and keys in the token', async (t) => {
  const issuer = await issuerWith(t, rsa);
  const bench = await started(t, { issuer_url: issuer.url, audience: 'otelier' });
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = encode({ iss: issuer.url, aud: 'otelier', sub: 'eve', exp: 9e9 });
  for (const alg of ['none', 'None', 'NONE', '']) {
    assert.match(check(bench, `${encode({ alg, kid: rsa.kid })}.${claims}.`), /^unauthenticated/);
    assert.match(check(bench, `${encode({ alg, kid: rsa.kid })}.${claims}.x`), /expected an asymmetric signature/);
  }
  const pem = createPublicKey({ key: { ...rsa.jwk }, format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  for (const secret of [pem, JSON.stringify(rsa.jwk), rsa.jwk.n ?? '']) {
    const signed = `${encode({ alg: 'HS256', kid: rsa.kid })}.${claims}`;
    const signature = createHmac('sha256', secret).update(signed).digest('base64url');
    assert.match(check(bench, `${signed}.${signature}`), /expected an asymmetric signature/);
  }
  const eve = await createSigningKey('RS256', rsa.kid);
  const header = { jwk: eve.jwk, jku: 'http://127.0.0.1:1/jwks', x5u: 'http://127.0.0.1:1/x' };
  assert.match(check(bench, await issuer.sign(eve, {}, header)), /its signature is not valid/);
  assert.match(check(bench, await issuer.sign({ ...rsa, alg: 'PS256' }).catch(() => 'x.y.z')), /^unauthenticated/);
  assert.match(check(bench, await issuer.sign(rsa, {}, { crit: ['b64'], b64: true })), /no critical extensions/);
});

for (const [what, claims, expected] of [
  ['another issuer', { iss: 'https://evil' }, /another issuer/],
  ['another audience', { aud: 'other' }, /another audience/],
  ['one of several audiences', { aud: ['other', 'otelier'] }, /^alice$/],
  ['no audience', { aud: undefined }, /another audience/],
  ['no expiry', { exp: undefined }, /expected the claim exp/],
  ['a past expiry', { exp: Date.now() / 1000 - 120 }, /it has expired/],
  ['an expiry within the tolerance', { exp: Date.now() / 1000 - 20 }, /^alice$/],
  ['a future start', { nbf: Date.now() / 1000 + 600 }, /not valid yet/],
  ['a start within the tolerance', { nbf: Date.now() / 1000 + 30 }, /^alice$/],
  ['no subject', { sub: undefined }, /expected the claim sub/],
] as const) {
  test(`a token with ${what}`, async (t) => {
    const issuer = await issuerWith(t, rsa);
    const bench = await started(t, { issuer_url: issuer.url, audience: 'otelier' });
    assert.match(check(bench, await issuer.sign(rsa, claims)), expected);
  });
}

test('takes the name of the sender from a claim, and requires the groups', async (t) => {
  const issuer = await issuerWith(t, rsa);
  const config = { issuer_url: issuer.url, ignore_audience: true, username_claim: 'email', groups_claim: 'roles' };
  const bench = await started(t, { providers: [config], attribute: 'X-Token' });
  const offers = bench.service.host.extension('tested')?.offers as Authenticator;
  const of = async (claims: object) =>
    offers.authenticate({ 'x-token': `Bearer ${await issuer.sign(rsa, { aud: 'any', ...claims })}` });
  assert.deepEqual(await of({ email: 'a@b', roles: ['x'] }), { kind: 'authenticated', subject: 'a@b' });
  assert.equal((await of({ email: 'a@b' })).kind, 'unauthenticated');
  assert.equal((await of({ email: 7, roles: [] })).kind, 'unauthenticated');
});

test('chooses among several issuers, and never lets one sign for another', async (t) => {
  const [one, two] = [await issuerWith(t, rsa), await issuerWith(t, await createSigningKey('ES256'))];
  const providers = [one, two].map(({ url }) => ({ issuer_url: url, audience: 'otelier' }));
  const bench = await started(t, { providers });
  assert.equal(check(bench, await one.sign(rsa)), 'alice');
  assert.match(check(bench, await one.sign(rsa, { iss: two.url })), /^un/);
  assert.match(check(bench, await one.sign(rsa, { iss: 'https://else' })), /unknown issuer/);
});

test('reads new keys when a token has an unknown one, at most every 10 seconds, and forgets withdrawn ones', async (t) => {
  const issuer = await issuerWith(t, rsa);
  const bench = await started(t, { issuer_url: issuer.url, audience: 'otelier' });
  const old = await issuer.sign(rsa);
  assert.equal(check(bench, old), 'alice');
  const next = await createSigningKey('RS256', 'next');
  issuer.keys = [next.jwk];
  const token = await issuer.sign(next);
  // The keys were read just now: an unknown key is none of the issuer.
  assert.match(check(bench, token), /unknown key/);
  await bench.clock.advance(11_000);
  assert.match(check(bench, token), /^unavailable: the keys of the issuer are being read/);
  while (check(bench, token) !== 'alice') await new Promise(setImmediate);
  assert.match(check(bench, old), /unknown key/);
  const before = issuer.keyRequests;
  for (let round = 0; round < 100; round++) check(bench, await issuer.sign({ ...next, kid: `made-up-${round}` }));
  assert.equal(issuer.keyRequests, before);
});

for (const [what, path, response] of [
  ['fails', '/jwks', { status: 500, body: '' }],
  ['sends no JSON', '/.well-known/openid-configuration', { status: 200, body: '<html>' }],
  ['names another issuer', '/.well-known/openid-configuration', { status: 200, body: '{"issuer":"https://evil"}' }],
  ['has no keys', '/jwks', { status: 200, body: '{"keys":[]}' }],
  ['has only shared secrets', '/jwks', { status: 200, body: '{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}' }],
  ['sends too much', '/jwks', { status: 200, body: ' '.repeat(3 << 20) }],
] as const) {
  test(`an issuer that ${what} makes requests retryable until it recovers`, async (t) => {
    const issuer = await issuerWith(t, rsa);
    issuer.misbehave = (requested) => (requested === path ? response : undefined);
    const bench = await started(t, { issuer_url: issuer.url, audience: 'otelier' });
    const token = await issuer.sign(rsa);
    assert.match(check(bench, token), /^unavailable/);
    assert.equal(bench.logs.filter(({ msg }) => msg === 'keys of the issuer not read, retrying').length, 1);
    issuer.misbehave = () => undefined;
    await bench.clock.advance(10_000);
    while (check(bench, token) !== 'alice') await new Promise(setImmediate);
  });
}

test('uses the keys in a file, and reads it again when it changes', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-oidc-'));
  t.after(() => rm(directory, { recursive: true }));
  const file = join(directory, 'jwks.json');
  await writeFile(file, JSON.stringify({ keys: [rsa.jwk, { kty: 'oct', k: 'eA' }] }));
  const issuer = await issuerWith(t);
  const bench = await started(t, {
    providers: [{ issuer_url: issuer.url, audience: 'otelier', public_keys_file: file }],
  });
  assert.equal(check(bench, await issuer.sign(rsa)), 'alice');
  const next = await createSigningKey('ES256', 'next');
  await writeFile(file, JSON.stringify({ keys: [next.jwk] }));
  await bench.clock.advance(60_000);
  assert.equal(check(bench, await issuer.sign(next)), 'alice');
  assert.match(check(bench, await issuer.sign(rsa)), /unknown key/);
  assert.equal(issuer.keyRequests, 0);
});

for (const [config, message] of [
  [{}, /expected providers or issuer_url/],
  [{ issuer_url: 'http://x' }, /expected audience or ignore_audience for http:\/\/x/],
  [{ issuer_url: 'ftp://x', audience: 'a' }, /issuer_url: expected/],
  [
    { providers: [{ issuer_url: 'http://x', audience: 'a', public_keys_file: '/none' }] },
    /public_keys_file: expected a readable file/,
  ],
] as const) {
  test(`refuses ${JSON.stringify(config)}`, async () => {
    await assert.rejects(createComponentBench(oidc, { config, clock: systemClock }), (error: Error) =>
      message.test(error.message),
    );
  });
}
