import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ALLOW_ALL } from '../access.ts';
import type { AuditEvent } from '../audit/entry.ts';
import { openIdentity } from '../identity.ts';
import { type Change, Device, ORIGIN } from './device.testing.ts';

const PASSWORD = 'correct horse battery';
const START = 1_800_000_000_000;

async function setUp(t: TestContext) {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-passkeys-'));
  const clock = { millis: START };
  const audit: AuditEvent[] = [];
  const identity = openIdentity({ directory, now: () => clock.millis, audit: (event) => audit.push(event) });
  t.after(async () => {
    await identity.close();
    rmSync(directory, { recursive: true });
  });
  const grants = [{ role: 'viewer', tenant: '*' }];
  const { id: user } = await identity.users.create(
    { email: 'ada@example.com', name: 'Ada', password: PASSWORD, grants },
    START,
  );
  const secret = identity.sessions.create(user, { device: '', address: '' }, START);
  const session = requestWith({ cookie: `__Host-otelier_identity=${secret}` });
  const { passkeys } = identity.administration.account;
  const add = async (device: Device, change: Change = {}) => {
    const { challenge } = await passkeys.start(session, PASSWORD);
    await passkeys.add(session, { name: 'phone', ...device.create(challenge, change) });
  };
  const signIn = async (device: Device, change: Change = {}, request = requestWith({})) => {
    const { challenge } = await identity.passkeySignIn.begin(request);
    return identity.passkeySignIn.finish(request, device.get(challenge, change));
  };
  return { identity, user, session, passkeys, clock, audit, add, signIn };
}

function requestWith(headers: Record<string, string>) {
  return {
    ...{ method: 'POST', url: new URL('http://127.0.0.1:4319/'), address: '192.0.2.1' },
    headers: new Headers({ origin: ORIGIN, ...headers }),
  };
}

test('a person adds passkeys of each kind of key, signs in with them, and removes them', async (t) => {
  const { identity, user, session, passkeys, audit, add, signIn } = await setUp(t);
  await assert.rejects(passkeys.start(session, 'wrong password'), /expected the current one/);
  for (const type of ['ec', 'ed25519', 'rsa'] as const) {
    const device = new Device(type);
    await add(device);
    for (let times = 0; times < 2; times += 1) {
      const result = await signIn(device);
      const secret = result.kind === 'signed_in' ? result.secret : assert.fail(JSON.stringify(result));
      assert.equal(identity.authenticate(requestWith({ cookie: `otelier_identity=${secret}` })).kind, 'granted');
    }
  }
  const [first, ...others] = identity.passkeys.list(user);
  assert.deepEqual([first?.name, first?.usedMillis, others.length], ['phone', START, 2]);
  const { known } = await passkeys.start(session, PASSWORD);
  assert.equal(known.length, 3);
  await assert.rejects(passkeys.remove(session, { id: known[0] ?? '', password: 'wrong password' }), /current one/);
  await passkeys.remove(session, { id: known[0] ?? '', password: PASSWORD });
  await identity.administration.people.removeSecondFactor(ALLOW_ALL, user);
  assert.deepEqual(identity.passkeys.list(user), []);
  const actions = audit.map(({ action }) => action);
  assert.deepEqual(
    [actions.filter((one) => one === 'sign_in').length, actions.includes('account.remove_passkey')],
    [6, true],
  );
});

test('refuses new passkeys that are not what was asked for', async (t) => {
  const { user, passkeys, session, add, identity, clock } = await setUp(t);
  const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  const weak = generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey;
  for (const [change, message] of [
    [{ type: 'webauthn.get' }, /type: expected webauthn\.create/],
    [{ challenge: 'x' }, /the request has ended/],
    [{ origin: 'https://evil.example' }, /origin: expected https:\/\/otel\.example\.com/],
    [{ crossOrigin: true }, /origin: expected/],
    [{ rpId: 'evil.example' }, /rpId: expected a passkey of otel\.example\.com/],
    [{ flags: 0x41 }, /verified the person/],
    [{ flags: 0x05 }, /expected a new credential/],
    [{ id: 'AAAA' }, /id: expected that of the credential/],
    [{ key: other }, /publicKey: expected that of the credential/],
    [{ key: weak }, /publicKey: expected P-256/],
    [{ raw: { publicKey: 'AAAA' } }, /publicKey: expected a key/],
    [{ raw: { authenticatorData: 'AAAA' } }, /authenticatorData: expected at least 37 bytes/],
    [{ raw: { authenticatorData: 'a b' } }, /authenticatorData: expected base64url/],
    [{ raw: { clientData: 'AAAA' } }, /the request has ended/],
  ] as const)
    await assert.rejects(add(new Device(), change), message, JSON.stringify(change));
  assert.deepEqual(identity.passkeys.list(user), []);
  const device = new Device();
  const { challenge } = await passkeys.start(session, PASSWORD);
  const created = { name: 'phone', ...device.create(challenge, {}) };
  await passkeys.add(session, created);
  await assert.rejects(() => passkeys.add(session, created), /the request has ended/, 'a challenge counts once');
  await assert.rejects(add(device), /it was added before/);
  const late = await passkeys.start(session, PASSWORD);
  clock.millis += 301_000;
  await assert.rejects(
    () => passkeys.add(session, { name: 'x', ...new Device().create(late.challenge, {}) }),
    /has ended/,
  );
  const { challenge: elsewhere } = await identity.passkeySignIn.begin(requestWith({}));
  await assert.rejects(() => passkeys.add(session, { name: 'x', ...new Device().create(elsewhere, {}) }), /has ended/);
  await assert.rejects(
    () => identity.passkeySignIn.begin(requestWith({ origin: 'http://192.0.2.1' })),
    /by HTTPS, or at localhost/,
  );
});

test('refuses signatures that are not of the passkey, this page and this sign-in, and limits attempts', async (t) => {
  const { identity, user, audit, clock, add, signIn } = await setUp(t);
  const [device, foreign] = [new Device(), new Device()];
  await add(device);
  const reasonOf = async (change: Change, by = device) => {
    const result = await signIn(by, change);
    return result.kind === 'signed_in' ? assert.fail(JSON.stringify(change)) : result.reason;
  };
  for (const [change, message] of [
    [{ type: 'webauthn.create' }, /type: expected webauthn\.get/],
    [{ challenge: Buffer.from('a.9999999999999.b').toString('base64url') }, /the sign-in has ended/],
    [{ origin: 'https://otel.example.com.evil.example' }, /origin: expected/],
    [{ rpId: 'evil.example' }, /rpId: expected/],
    [{ flags: 0x01 }, /verified the person/],
    [{ flags: 0x04 }, /verified the person/],
    [{ count: 1 }, /the passkey was copied/],
    [{ key: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey }, /the signature does not match/],
    [{ signature: (bytes: Buffer) => bytes.subarray(0, -1) }, /the signature does not match/],
    [{ raw: { id: 'unknown' } }, /not known here/],
    [{ raw: { clientData: '' } }, /clientData: expected/],
  ] as const)
    assert.match(await reasonOf(change), message, JSON.stringify(change));
  assert.match(await reasonOf({}, foreign), /not known here/);
  const { challenge } = await identity.passkeySignIn.begin(requestWith({}));
  const signature = device.get(challenge, {});
  assert.equal((await identity.passkeySignIn.finish(requestWith({}), signature)).kind, 'signed_in');
  assert.equal(
    (await identity.passkeySignIn.finish(requestWith({}), signature)).kind,
    'refused',
    'a signature counts once',
  );
  identity.users.setState(user, 'locked');
  assert.match(await reasonOf({}), /this account is locked/);
  identity.users.setState(user, 'active');
  assert.equal(audit.at(-1)?.outcome, 'denied');
  for (let times = 0; times < 40; times += 1) await signIn(foreign);
  const limited = await signIn(device);
  assert.ok(limited.kind === 'limited' && limited.retryAfterSeconds > 0);
  clock.millis += 20 * 60_000;
  assert.equal((await signIn(device)).kind, 'signed_in');
});
