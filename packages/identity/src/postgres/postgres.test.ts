import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, afterEach, test } from 'node:test';
import { ALLOW_ALL } from '../access.ts';
import type { AuditEvent } from '../audit/entry.ts';
import { decodeBase32 } from '../credentials/base32.testing.ts';
import { totpAt, totpStep } from '../credentials/totp.ts';
import { COPY_FILE, IdentityDatabaseError } from '../database/open-database.ts';
import { type Identity, openIdentity } from '../identity.ts';
import { Device, ORIGIN } from '../passkeys/device.testing.ts';
import { importIdentityDatabase } from './import-database.ts';
import { openIdentityCopy, openSharedIdentity } from './open-shared-identity.ts';
import { startTestPostgres } from './postgres.testing.ts';
import { SHARED_TABLES } from './schema.ts';

const PASSWORD = 'correct horse battery';
const ADMIN = [{ role: 'admin', tenant: '*' }];
const MAX_OUTAGE = 600_000;
const server = await startTestPostgres();
const root = mkdtempSync(join(tmpdir(), 'otelier-shared-'));
const clock = { millis: 1_800_000_000_000 };
const audit: AuditEvent[] = [];
const states: boolean[] = [];
const opened: Identity[] = [];

const optionsOf = (name: string) => ({
  ...{ directory: join(root, name), now: () => clock.millis, audit: (event: AuditEvent) => audit.push(event) },
  postgres: {
    ...{ url: server.url, maxOutageMillis: MAX_OUTAGE },
    onState: ({ isReachable }: { isReachable: boolean }) => states.push(isReachable),
  },
});
async function gateway(name: string): Promise<Identity> {
  const identity = await openSharedIdentity(optionsOf(name));
  opened.push(identity);
  return identity;
}
const request = (headers: Record<string, string>) => ({
  ...{ method: 'POST', url: new URL('http://localhost/'), address: '192.0.2.1' },
  headers: new Headers({ origin: ORIGIN, ...headers }),
});
const kindWith = (identity: Identity, secret: string) =>
  identity.authenticate(request({ cookie: `otelier_identity=${secret}` })).kind;
const signIn = async (identity: Identity, email: string, code?: string, password = PASSWORD) =>
  identity.signIn({ email, password, code, address: '192.0.2.1', device: 'test' });
const secretOf = (result: { readonly kind: string; readonly secret?: string }) =>
  result.kind === 'signed_in' ? (result.secret ?? '') : assert.fail(JSON.stringify(result));
const person = (email: string) => ({ email, name: email, password: PASSWORD, grants: ADMIN });
const kindsOf = (results: readonly { readonly kind: string }[]) => results.map(({ kind }) => kind).toSorted();
/** Waits until a gateway has what others changed. */
async function follow(...identities: readonly Identity[]): Promise<void> {
  clock.millis += 5000;
  for (const identity of identities) await identity.follow();
}

/** Asserts that PostgreSQL and the copies of gateways have the same rows. */
async function assertSame(...names: readonly string[]): Promise<void> {
  const sorted = (rows: readonly Record<string, unknown>[]) =>
    rows
      .map((row) => JSON.stringify(row, (_, value) => (ArrayBuffer.isView(value) ? String(value) : value)))
      .toSorted();
  for (const table of SHARED_TABLES) {
    const columns = (await server.query(
      "SELECT column_name, data_type FROM information_schema.columns WHERE table_schema = 'otelier_identity' AND table_name = $1",
      [table],
    )) as { column_name: string; data_type: string }[];
    const rows = await server.query(`SELECT * FROM otelier_identity.${table}`);
    const typed = rows.map((row) =>
      Object.fromEntries(
        columns
          .toSorted((a, b) => (a.column_name < b.column_name ? -1 : 1))
          .map(({ column_name: name, data_type: type }) => {
            const value = row[name];
            if (type === 'bytea' && value !== null) return [name, [...(value as Uint8Array)]];
            return [name, type === 'bigint' && value !== null ? Number(value) : value];
          }),
      ),
    );
    for (const name of names) {
      const database = new DatabaseSync(join(root, name, COPY_FILE), { readOnly: true });
      const copied = database
        .prepare(`SELECT * FROM ${table}`)
        .all()
        .map((row) =>
          Object.fromEntries(
            Object.entries(row)
              .toSorted(([a], [b]) => (a < b ? -1 : 1))
              .map(([column, value]) => [column, value instanceof Uint8Array ? [...value] : value]),
          ),
        );
      const names = database.prepare('SELECT name FROM pragma_table_info(?)').all(table);
      database.close();
      assert.deepEqual(names.map((row) => row['name']).toSorted(), columns.map((one) => one.column_name).toSorted());
      assert.deepEqual(sorted(copied), sorted(typed), `${name}: ${table}`);
    }
  }
}

afterEach(async () => {
  server.restore();
  for (const identity of opened.splice(0)) await identity.close();
  audit.length = 0;
});
after(async () => {
  await server.close();
  rmSync(root, { recursive: true });
});

test('gateways share accounts, sessions, keys, roles and tenants, and apply the changes of others', async () => {
  const [a, b] = [await gateway('a'), await gateway('b')];
  const { people, keys, roles } = a.administration;
  const ada = await people.create(ALLOW_ALL, person('ada@example.com'));
  await roles.save(ALLOW_ALL, { name: 'support', permissions: ['telemetry:read'], masked: ['enduser.*'] });
  const key = await keys.create(ALLOW_ALL, { name: 'k', role: 'support', tenant: 'shop' });
  await a.tenants.edit.create('shop', { weight: 2 }, clock.millis);
  const changed: string[] = [];
  b.tenants.onChange((name) => changed.push(name));
  await follow(b);
  assert.deepEqual([changed, b.tenants.get('shop')?.limits], [['shop'], { weight: 2 }]);
  const secret = secretOf(await signIn(b, 'ada@example.com'));
  await follow(a);
  assert.deepEqual([kindWith(a, secret), kindWith(b, secret)], ['granted', 'granted']);
  const byKey = b.authenticate(request({ 'x-api-key': key.text }));
  assert.deepEqual(byKey.kind === 'granted' && byKey.access.masked, ['enduser.*']);
  await b.flush();
  await a.administration.keys.revoke(ALLOW_ALL, key.id);
  await b.tenants.edit.change('shop', { state: 'suspended' });
  await people.create(ALLOW_ALL, person('bob@example.com'));
  await people.change(ALLOW_ALL, { id: ada, state: 'locked' });
  await follow(a, b);
  assert.deepEqual(
    [kindWith(b, secret), b.authenticate(request({ 'x-api-key': key.text })).kind],
    [...['unauthenticated', 'unauthenticated']],
  );
  assert.equal(a.tenants.get('shop')?.state, 'suspended');
  await assertSame('a', 'b');
  assert.throws(() => b.users.setState(ada, 'active'), /readonly/, 'only changes reach PostgreSQL');
});

test('of two requests at two gateways, one gets what is valid once', async () => {
  const [a, b] = [await gateway('a'), await gateway('b')];
  const both = <T>(run: (identity: Identity) => Promise<T>) => Promise.all([run(a), run(b)]);
  const created = await Promise.allSettled([a, b].map((one) => one.users.create(person('eve@example.com'), 0)));
  assert.deepEqual(created.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  const invitation = { email: 'new@example.com', grants: ADMIN, validMillis: 60_000 };
  const { path } = await a.administration.invitations.create(ALLOW_ALL, invitation);
  const token = new URLSearchParams(path.split('?')[1]).get('token') ?? '';
  await follow(b);
  const acceptance = { token, name: 'New', password: PASSWORD, address: '', device: '' };
  assert.deepEqual(kindsOf(await both((one) => one.invited.accept(acceptance))), ['refused', 'signed_in']);

  const eve = a.users.findByEmail('eve@example.com')?.user.id ?? '';
  const secret = await a.changes.run(() => a.secondFactor.start(eve));
  const code = () => totpAt(decodeBase32(secret), totpStep(clock.millis));
  const codes = await a.changes.run(() => a.secondFactor.confirm(eve, code(), clock.millis));
  clock.millis += 30_000;
  await follow(a, b);
  assert.deepEqual(kindsOf(await both((one) => signIn(one, 'eve@example.com', code()))), ['refused', 'signed_in']);
  assert.deepEqual(kindsOf(await both((one) => signIn(one, 'eve@example.com', codes[0]))), ['refused', 'signed_in']);

  const device = new Device();
  const session = request({ cookie: `otelier_identity=${secretOf(await signIn(a, 'eve@example.com', codes[1]))}` });
  const own = a.administration.account.passkeys;
  const { challenge } = await own.start(session, PASSWORD);
  await own.add(session, { name: 'phone', ...device.create(challenge, {}) });
  await follow(b);
  const begun = await a.passkeySignIn.begin(request({}));
  const signature = device.get(begun.challenge, {});
  const finished = await both((one) => one.passkeySignIn.finish(request({}), signature));
  assert.deepEqual(kindsOf(finished), ['refused', 'signed_in'], 'also at a gateway that did not create the challenge');

  const managers = a.users.list().map(({ id }) => id);
  const [first = '', ...others] = managers;
  for (const id of others.slice(1)) await a.administration.people.remove(ALLOW_ALL, id);
  await follow(b);
  const removed = await Promise.allSettled([
    a.administration.people.remove(ALLOW_ALL, first),
    b.administration.people.remove(ALLOW_ALL, others[0] ?? ''),
  ]);
  assert.deepEqual(removed.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
  await follow(a, b);
  assert.equal(a.users.list().length, 1);
  await assertSame('a', 'b');
});

test('failed attempts to sign in count at all gateways together', async () => {
  const gateways = [await gateway('a'), await gateway('b')] as const;
  for (let attempt = 0; attempt < 6; attempt += 1)
    assert.equal(
      (await signIn(gateways[attempt % 2] ?? gateways[0], 'x@example.com', undefined, 'no')).kind,
      'refused',
    );
  for (const one of gateways) {
    const result = await signIn(one, 'X@example.com');
    assert.deepEqual([result.kind, 'retryAfterSeconds' in result && result.retryAfterSeconds], ['limited', 1]);
  }
  clock.millis += 1000;
  assert.equal((await signIn(gateways[1], 'x@example.com')).kind, 'refused');
  const waiting = await signIn(gateways[0], 'x@example.com');
  assert.deepEqual('retryAfterSeconds' in waiting && waiting.retryAfterSeconds, 2);
  clock.millis += 3_600_000;
  assert.equal((await signIn(gateways[0], 'x@example.com')).kind, 'refused', 'forgotten after a time');
});

test('without PostgreSQL, known callers are identified for a time, and nothing changes', async () => {
  const [a, b] = [await gateway('a'), await gateway('b')];
  await a.administration.people.create(ALLOW_ALL, person('carl@example.com'));
  await follow(a, b);
  const secret = secretOf(await signIn(a, 'carl@example.com'));
  await follow(b);
  audit.length = 0;
  states.length = 0;
  server.cut();
  const unavailable = { name: 'IdentityUnavailableError', message: /cannot be reached/ };
  await assert.rejects(b.administration.people.create(ALLOW_ALL, person('dora@example.com')), unavailable);
  await assert.rejects(b.tenants.edit.create('late', {}, clock.millis), unavailable);
  await assert.rejects(b.follow(), unavailable);
  assert.equal((await signIn(b, 'carl@example.com')).kind, 'unavailable');
  clock.millis += 60_000;
  assert.equal(kindWith(b, secret), 'granted');
  await assert.rejects(b.flush(), unavailable);
  await b.close();
  const again = await gateway('b');
  assert.equal(kindWith(again, secret), 'granted', 'after a restart as well');
  const thread = openIdentityCopy(optionsOf('b'));
  opened.push(thread);
  clock.millis += MAX_OUTAGE + 1;
  assert.deepEqual([kindWith(again, secret), kindWith(thread, secret)], ['unavailable', 'unavailable']);
  assert.equal(again.authenticate({ 'x-api-key': 'x' }).kind, 'unavailable');
  assert.deepEqual(
    audit.filter(({ outcome }) => outcome === 'allowed'),
    [],
  );
  server.restore();
  await a.tenants.edit.create('meanwhile', {}, clock.millis);
  await follow(again);
  assert.ok(again.tenants.get('meanwhile') !== undefined && again.tenants.get('late') === undefined);
  await again.administration.people.create(ALLOW_ALL, person('dora@example.com'));
  assert.equal(kindWith(again, secret), 'granted');
  await follow(a);
  await assertSame('a', 'b');
  assert.deepEqual(states.includes(false) && states.at(-1), true);
  server.cut();
  const empty = await gateway('empty');
  assert.equal(kindWith(empty, secret), 'unavailable', 'without a copy');
  server.restore();
  await follow(empty);
  assert.equal(kindWith(empty, secret), 'granted');
});

test('a copy that missed too much, is damaged or of a database that was restored is made anew', async () => {
  const [a, b] = [await gateway('a'), await gateway('b')];
  await a.tenants.edit.create('one', {}, clock.millis);
  await server.query('DELETE FROM otelier_identity.changes');
  await follow(b);
  await assertSame('a', 'b');
  await b.tenants.edit.create('two', {}, clock.millis);
  // As a backup of before.
  await server.query("UPDATE otelier_identity.state SET version = version - 1, head = 'restored'");
  await server.query('DELETE FROM otelier_identity.changes');
  await server.query("DELETE FROM otelier_identity.tenants WHERE name = 'two'");
  await follow(a, b);
  assert.deepEqual([a.tenants.get('two'), b.tenants.get('two')], [undefined, undefined]);
  await b.close();
  writeFileSync(join(root, 'b', COPY_FILE), 'damaged');
  await gateway('b');
  await assertSame('a', 'b');
});

test('threads beside the first one identify callers by its copy, and pass on when keys were used', async () => {
  const a = await gateway('a');
  const key = await a.administration.keys.create(ALLOW_ALL, { name: 'k', role: 'ingest', tenant: 'lab' });
  const thread = openIdentityCopy(optionsOf('a'));
  opened.push(thread);
  assert.equal(thread.authenticate({ 'x-api-key': key.text }).kind, 'authenticated');
  await thread.flush();
  const used = (await a.administration.keys.list()).find(({ id }) => id === key.id)?.usedMillis;
  assert.equal(used, clock.millis);
  await a.administration.keys.revoke(ALLOW_ALL, key.id);
  assert.equal(thread.authenticate({ 'x-api-key': key.text }).kind, 'unauthenticated');
  await assert.rejects(
    thread.changes.run(() => undefined),
    { name: 'IdentityUnavailableError' },
  );
});

test('refuses a newer version, and wrong addresses, without the password in the message', async () => {
  const a = await gateway('a');
  const { schema_version: version } =
    (await server.query('SELECT schema_version FROM otelier_identity.state'))[0] ?? {};
  await server.query('UPDATE otelier_identity.state SET schema_version = 99');
  const newer = /expected version 9 or older in the schema otelier_identity of PostgreSQL, got 99/;
  await assert.rejects(gateway('c'), (error) => error instanceof IdentityDatabaseError && newer.test(error.message));
  await assert.rejects(a.tenants.edit.create('x', {}, 0), newer);
  await server.query('UPDATE otelier_identity.state SET schema_version = $1', [version]);
  await a.tenants.edit.create('x', {}, 0);
  const nowhere = { ...optionsOf('nowhere').postgres, url: 'postgresql://ada:geheim@127.0.0.1:1/x' };
  const identity = await openSharedIdentity({ ...optionsOf('nowhere'), postgres: nowhere });
  opened.push(identity);
  await assert.rejects(
    identity.follow(),
    (error) => error instanceof Error && /cannot be reached/.test(error.message) && !/geheim/.test(String(error.stack)),
  );
});

test('an existing database is imported once, and a directory with accounts does not start without them', async () => {
  await server.query('DROP SCHEMA otelier_identity CASCADE');
  const directory = join(root, 'old');
  const old = openIdentity({ directory, now: () => clock.millis });
  await old.users.create(person('ada@example.com'), clock.millis);
  const { text } = old.keys.create({ name: 'k', role: 'viewer', tenant: '*', createdBy: 'x' }, clock.millis);
  await old.close();
  await assert.rejects(
    gateway('old'),
    /expected its accounts in PostgreSQL, which has none; run `otelier identity import`/,
  );
  const { postgres } = optionsOf('old');
  const { users, keys, grants } = await importIdentityDatabase(directory, postgres, optionsOf('old').now);
  assert.deepEqual([users, keys, grants], [1, 1, 1]);
  await assert.rejects(
    importIdentityDatabase(directory, postgres, optionsOf('old').now),
    /expected an empty identity database/,
  );
  const [first, second] = [await gateway('old'), await gateway('a')];
  for (const one of [first, second]) assert.equal(one.authenticate(request({ 'x-api-key': text })).kind, 'granted');
  secretOf(await signIn(second, 'ada@example.com'));
  await follow(first);
  await assertSame('old', 'a');
});
