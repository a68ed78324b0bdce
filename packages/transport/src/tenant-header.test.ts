import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Authenticator } from './auth.ts';
import { networksOf } from './endpoint.ts';
import { TenantHeader, withTenantHeader } from './tenant-header.ts';

const header = new TenantHeader({ name: 'X-Scope-OrgID', trustedProxies: ['10.1.0.0/16', '192.0.2.7', 'fd00::/8'] });

test('reads the tenant only from trusted proxies', () => {
  for (const peer of ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', 'fd00::1'])
    assert.deepEqual(header.read({ 'x-scope-orgid': 'acme' }, peer), { kind: 'named', tenant: 'acme' }, peer);
  for (const peer of ['10.2.2.3', '::ffff:10.2.2.3', '192.0.2.8', 'fe80::1', '::1', '', 'x', undefined]) {
    const rejected = header.read({ 'x-scope-orgid': 'acme' }, peer);
    assert.equal(rejected.kind, 'unauthenticated', String(peer));
    assert.deepEqual(header.read({}, peer), { kind: 'none', isTrusted: false });
  }
});

test('ignores the header without a trusted proxy', () => {
  const unused = new TenantHeader({ name: 'X-Scope-OrgID', trustedProxies: [] });
  assert.deepEqual(unused.read({ 'x-scope-orgid': 'acme' }, '127.0.0.1'), { kind: 'none', isTrusted: false });
});

test('refuses values that are not the name of one tenant', () => {
  for (const value of ['', 'A', 'a|b', '../b', 'a/b', 'a b', '_a', `${'a'.repeat(64)}`, 'a\n', 'ä', ['a', 'b'], []]) {
    const rejected = header.read({ 'x-scope-orgid': value }, '10.1.2.3');
    assert.equal(rejected.kind, 'malformed', JSON.stringify(value));
    assert.ok(
      'reason' in rejected && rejected.reason.startsWith('header x-scope-orgid: expected the name of one tenant'),
    );
  }
});

test('does not replace the tenant of a credential', () => {
  const credential: Authenticator = {
    challenge: 'Key',
    authenticate({ key }) {
      if (key === undefined) return { kind: 'unauthenticated', reason: 'expected a key' };
      return { kind: 'authenticated', subject: 'ann', ...(key === 'bound' && { tenant: 'acme' }) };
    },
  };
  const auth = withTenantHeader(credential, header);
  const check = (headers: Record<string, string>) => auth.authenticate(headers, '10.1.0.1');
  assert.equal(auth.challenge, 'Key');
  assert.equal(check({ 'x-scope-orgid': 'acme' }).kind, 'unauthenticated');
  assert.deepEqual(check({ key: 'free', 'x-scope-orgid': 'umbra' }), {
    ...{ kind: 'authenticated', subject: 'ann', tenant: 'umbra' },
  });
  assert.deepEqual(check({ key: 'bound' }), { kind: 'authenticated', subject: 'ann', tenant: 'acme' });
  assert.equal(check({ key: 'bound', 'x-scope-orgid': 'acme' }).kind, 'authenticated');
  assert.equal(check({ key: 'bound', 'x-scope-orgid': 'umbra' }).kind, 'forbidden');
  assert.deepEqual(withTenantHeader(undefined, header).authenticate({}, '10.9.9.9'), {
    ...{ kind: 'authenticated', subject: undefined },
  });
});

test('rejects invalid networks', () => {
  for (const network of ['', '10.0.0.0/33', '10.0.0/8', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', 'fd00::/129', 'x'])
    assert.throws(() => networksOf([network]), RangeError, network);
});
