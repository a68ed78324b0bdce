import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { AUDIT_FILE, COPY_FILE, DATABASE_FILE, openIdentity } from '@otelier/identity';
import { otelier, printed, withTempDirectory } from '../otelier.testing.ts';
import { auditListCommand } from './audit.ts';
import {
  createKeyCommand,
  createServiceAccountCommand,
  createUserCommand,
  importIdentityCommand,
  inviteCommand,
  listIdentityCommand,
  removeSecondFactorCommand,
  revokeKeyCommand,
  rotateKeyCommand,
} from './command.ts';

const PASSWORD = 'correct horse battery';

test('creates an account and keys that work, lists them without credentials, and records it', () =>
  withTempDirectory(async (directory) => {
    const options = { directory };
    const user = { ...options, role: 'admin', tenant: '*' };
    const password = Readable.from([`${PASSWORD}\n`]);
    await printed((console) => createUserCommand('ada@example.com', user, console, password));
    const create = { ...options, role: 'ingest', tenant: 'shop', expires: '24h' };
    const key = (await printed((console) => createKeyCommand('shop', create, console))).stdout.trim();
    const id = key.slice(0, 'otl_'.length + 12);
    const rotated = await printed((console) => rotateKeyCommand(id, { ...options, overlap: '1h' }, console));
    const identity = openIdentity({ directory, now: Date.now });
    try {
      for (const text of [key, rotated.stdout.trim()])
        assert.partialDeepStrictEqual(identity.authenticate({ 'x-api-key': text }), {
          kind: 'authenticated',
          tenant: 'shop',
        });
      const signIn = { email: 'ada@example.com', password: PASSWORD, address: undefined, device: '' };
      assert.equal((await identity.signIn(signIn)).kind, 'signed_in');
      await printed((console) => revokeKeyCommand(id, options, console));
      assert.equal(identity.authenticate({ 'x-api-key': key }).kind, 'unauthenticated');
    } finally {
      await identity.close();
    }
    const { stdout: list } = await printed((console) => listIdentityCommand(options, console));
    assert.match(
      list,
      /^user ada@example\.com {2}active {2}admin in all tenants\nkey otl_\w{12} {2}shop {2}ingest in shop {2}expires \S+ {2}used \S+\n$/,
    );
    const { stdout: entries } = await printed((console) => auditListCommand({ directory, limit: 10 }, console));
    assert.deepEqual(
      entries
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).action),
      ['user.create', 'key.create', 'key.rotate', 'key.revoke'],
    );
    assert.ok(!entries.includes(PASSWORD));
  }));

test('invites by a link and creates a service account with a key', () =>
  withTempDirectory(async (directory) => {
    const options = { directory };
    const invite = { ...options, role: 'viewer', tenant: '*', expires: '1h', url: 'https://otel.example.com' };
    const link = await printed((console) => inviteCommand('ada@example.com', invite, console));
    assert.match(link.stdout, /^https:\/\/otel\.example\.com\/sign-in\/invitation\?token=[\w-]{43}\n$/);
    const wrong = printed((console) => inviteCommand('eve@example.com', { ...invite, url: 'otel' }, console));
    await assert.rejects(wrong, /--url: expected the address of the page, got "otel"/);
    const account = { ...options, role: 'ingest', tenant: 'shop' };
    await printed((console) => createServiceAccountCommand('ci', account, console));
    const create = { ...account, account: 'ci' };
    const key = (await printed((console) => createKeyCommand('k', create, console))).stdout.trim();
    await assert.rejects(
      printed((console) => createKeyCommand('k', { ...account, account: 'cd' }, console)),
      /--account: expected the name of a service account, got "cd"/,
    );
    const identity = openIdentity({ directory, now: Date.now });
    try {
      assert.partialDeepStrictEqual(identity.authenticate({ 'x-api-key': key }), {
        ...{ kind: 'authenticated', subject: 'service:ci', tenant: 'shop' },
      });
    } finally {
      await identity.close();
    }
    const { stdout: list } = await printed((console) => listIdentityCommand(options, console));
    assert.match(
      list,
      /^invitation ada@example\.com {2}expires \S+\nservice account ci {2}active {2}ingest in shop\nkey otl_\w{12} {2}k {2}of ci {2}expires never/,
    );
  }));

test('rejects weak passwords, unknown roles and wrong durations, and changes nothing', () =>
  withTempDirectory(async (directory) => {
    const user = { directory, role: 'admin', tenant: '*' };
    const createUser = (email: string, password: string) =>
      printed((console) => createUserCommand(email, user, console, Readable.from([password])));
    await assert.rejects(createUser('a@b.c', 'short'), /password: expected at least 12 characters/);
    await assert.rejects(createUser('a@b.c', 'a'.repeat(16)), /password: expected at least 5 different/);
    await assert.rejects(createUser('not an address', PASSWORD), /email: expected an address/);
    const createKey = (more: object) => printed((console) => createKeyCommand('k', { ...user, ...more }, console));
    await assert.rejects(createKey({ role: 'owner' }), /role: expected admin.*got "owner"/);
    await assert.rejects(createKey({ expires: 'soon' }), /--expires: expected a duration/);
    const identity = openIdentity({ directory, now: Date.now });
    assert.deepEqual([identity.users.list(), identity.keys.list()], [[], []]);
    await identity.close();
  }));

test('audit verify finds a change with its position and exits with 1; a damaged database is explained', () =>
  withTempDirectory(async (directory) => {
    const created = await otelier(['identity', 'create-key', 'shop', '--directory', directory]);
    assert.match(created.stdout, /^otl_[0-9a-f]{12}_[\w-]{43}\n$/);
    const intact = await otelier(['audit', 'verify', '--directory', directory]);
    assert.match(intact.stdout, /^intact: 1 entries; the last one has the hash [0-9a-f]{64}\n$/);
    const log = join(directory, AUDIT_FILE);
    writeFileSync(log, readFileSync(log, 'utf8').replace('key.create', 'key.delete'));
    const damaged = await otelier(['audit', 'verify', '--directory', directory]);
    assert.deepEqual([damaged.code, damaged.stderr], [1, '']);
    assert.match(damaged.stdout, /^damaged: \S+audit\.log:1 \(byte 0\): the signature does not match the entry\n$/);
    writeFileSync(join(directory, DATABASE_FILE), 'damaged');
    const list = await otelier(['identity', 'list', '--directory', directory]);
    assert.equal(list.code, 1);
    assert.match(list.stderr, /^otelier: \S+identity\.db: the identity database is damaged \(.*restore identity\.db/);
  }));

test('removes the second factor of a person, and needs the address of a database of which there is a copy', () =>
  withTempDirectory(async (directory) => {
    const identity = openIdentity({ directory, now: Date.now });
    const person = { email: 'ada@example.com', name: 'Ada', password: PASSWORD, grants: [] };
    const { id } = await identity.users.create(person, Date.now());
    identity.passkeys.add(id, 'x', 'phone', { publicKey: Buffer.from('x'), signCount: 0 }, Date.now());
    await printed((console) => removeSecondFactorCommand(person.email, { directory }, console));
    assert.deepEqual(identity.passkeys.list(id), []);
    await identity.close();
    await assert.rejects(
      printed((console) => removeSecondFactorCommand('eve@example.com', { directory }, console)),
      /there is no account "eve@example\.com"/,
    );
    await assert.rejects(
      printed((console) => importIdentityCommand({ directory }, console)),
      /OTELIER_IDENTITY_DATABASE: expected a URL such as postgresql:/,
    );
    writeFileSync(join(directory, COPY_FILE), '');
    await assert.rejects(
      printed((console) => listIdentityCommand({ directory }, console)),
      /expected the URL of the PostgreSQL database, of which it has a copy/,
    );
  }));
