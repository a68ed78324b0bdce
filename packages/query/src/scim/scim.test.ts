import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type AuditEvent, type Identity, openIdentity } from '@otelier/identity';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';

const directory = mkdtempSync(join(tmpdir(), 'otelier-scim-'));
const audit: AuditEvent[] = [];
let identity: Identity;
let server: TestApi;
let key = '';
let root = '';

before(async () => {
  identity = openIdentity({
    ...{ directory, now: Date.now, audit: (event) => audit.push(event) },
    groupGrants: [
      { group: 'SRE', role: 'admin', tenant: '*' },
      { group: 'shop', role: 'viewer', tenant: 'shop' },
    ],
  });
  server = await startTestApi({ accessControl: () => identity, needsIdentity: true });
  const admin = { email: 'root@example.com', name: 'Root', password: 'correct horse battery' };
  ({ id: root } = await identity.users.create({ ...admin, grants: [{ role: 'admin', tenant: '*' }] }, Date.now()));
  const account = identity.serviceAccounts.create('okta', [{ role: 'admin', tenant: '*' }], Date.now());
  key = keyOf({ role: '', tenant: '*', account });
});

after(async () => {
  await server.shutdown(0);
  await identity.close();
  rmSync(directory, { recursive: true });
});

function keyOf(grant: { readonly role: string; readonly tenant: string; readonly account?: string }): string {
  return identity.keys.create({ name: 'k', createdBy: 'test', ...grant }, Date.now()).text;
}

async function scim(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const type = body === undefined ? {} : { 'content-type': 'application/scim+json' };
  const init = {
    ...{ method, headers: { host: 'localhost', authorization: `Bearer ${key}`, ...type, ...headers } },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  };
  const response = await server.api.fetch(new Request(`http://localhost/scim/v2/${path}`, init));
  const text = await response.text();
  assert.deepEqual(server.errors, [], text);
  return { status: response.status, headers: response.headers, text, json: JSON.parse(text || '{}') };
}

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const person = (userName: string, more: object = {}) => ({
  schemas: [USER],
  userName,
  name: { givenName: 'Ada', familyName: 'Lovelace' },
  emails: [{ value: userName, type: 'work', primary: true }],
  active: true,
  ...more,
});
const patchOf = (...Operations: object[]) => ({ schemas: [PATCH], Operations });
const rolesOf = (id: string) => identity.users.get(id)?.grants.map(({ role, tenant }) => `${role} in ${tenant}`);
const equals = (attribute: string, value: string) => `filter=${encodeURIComponent(`${attribute} eq "${value}"`)}`;

test('a provider finds, creates, changes, deactivates and removes people', async () => {
  assert.equal((await scim('GET', `Users?${equals('userName', 'ada@example.com')}`)).json.totalResults, 0);
  const created = await scim('POST', 'Users', person('ada@example.com', { externalId: '00u1', password: 'ignored' }));
  assert.deepEqual([created.status, created.headers.get('content-type')], [201, 'application/scim+json'], created.text);
  const { id, meta } = created.json;
  assert.deepEqual([created.headers.get('location'), meta.resourceType], [meta.location, 'User']);
  assert.ok(!created.text.includes('ignored'));
  const found = (await scim('GET', `Users?${equals('username', 'ADA@example.com')}`)).json;
  assert.deepEqual(found.Resources, [created.json]);
  assert.deepEqual((await scim('GET', `Users/${id}`)).json, created.json);
  assert.equal(identity.users.get(id)?.name, 'Ada Lovelace');
  const replaced = await scim(
    'PUT',
    `Users/${id}`,
    person('ada@example.com', { displayName: 'Countess', id: 'other' }),
  );
  assert.deepEqual([replaced.status, replaced.json.id, replaced.json.externalId], [200, id, undefined]);
  assert.equal(identity.users.get(id)?.name, 'Countess');
  // Okta deactivates without a path, Entra ID with one and a text.
  const session = identity.sessions.create(id, { device: '', address: '' }, Date.now());
  const deactivated = await scim('PATCH', `Users/${id}`, patchOf({ op: 'replace', value: { active: false } }));
  assert.deepEqual([deactivated.status, deactivated.json.active], [200, false]);
  assert.deepEqual([identity.users.get(id)?.state, identity.sessions.find(session, Date.now())], ['locked', undefined]);
  await scim('PATCH', `Users/${id}`, patchOf({ op: 'Replace', path: 'active', value: 'True' }));
  assert.equal(identity.users.get(id)?.state, 'active');
  const work = patchOf({ op: 'replace', path: 'emails[type eq "work"].value', value: 'ada@shop.test' });
  await scim('PATCH', `Users/${id}`, work);
  await scim('PATCH', `Users/${id}`, patchOf({ op: 'add', path: 'name.familyName', value: 'King' }));
  const changed = (await scim('GET', `Users/${id}`)).json;
  assert.deepEqual([changed.emails[0].value, changed.name.familyName], ['ada@shop.test', 'King']);
  assert.equal(identity.users.get(id)?.email, 'ada@shop.test');
  assert.equal((await scim('DELETE', `Users/${id}`)).status, 204);
  assert.equal((await scim('GET', `Users/${id}`)).status, 404);
  assert.deepEqual(
    audit.filter(({ target }) => target?.startsWith('ada@')).map(({ action, subject }) => `${subject} ${action}`),
    ['create', 'change', 'lock', 'unlock', 'change', 'change', 'remove'].map((one) => `service:okta user.${one}`),
  );
});

test('groups give roles in tenants, for as long as a person is in them', async () => {
  const [ada, bob] = await Promise.all(
    ['ada@group.test', 'bob@group.test'].map(async (name) => (await scim('POST', 'Users', person(name))).json.id),
  );
  assert.deepEqual(rolesOf(ada), []);
  const group = await scim('POST', 'Groups', { displayName: 'sre', externalId: 'g1', members: [{ value: ada }] });
  assert.equal(group.status, 201, group.text);
  const { id } = group.json;
  assert.deepEqual([rolesOf(ada), rolesOf(bob)], [['admin in *'], []]);
  assert.equal((await scim('GET', `Users/${ada}`)).json.groups[0].display, 'sre');
  const shop = await scim('POST', 'Groups', { displayName: 'shop', members: [{ value: ada }, { value: bob }] });
  assert.deepEqual([rolesOf(ada)?.length, rolesOf(bob)], [2, ['viewer in shop']]);
  // As Entra ID adds and removes members.
  await scim('PATCH', `Groups/${id}`, patchOf({ op: 'Add', path: 'members', value: [{ value: bob }, { value: ada }] }));
  assert.equal((await scim('GET', `Groups/${id}`)).json.members.length, 2);
  await scim('PATCH', `Groups/${id}`, patchOf({ op: 'Remove', path: 'members', value: [{ value: ada }] }));
  assert.deepEqual([rolesOf(ada), rolesOf(bob)?.length], [['viewer in shop'], 2]);
  await scim('PATCH', `Groups/${id}`, patchOf({ op: 'remove', path: `members[value eq "${bob}"]` }));
  assert.deepEqual(rolesOf(bob), ['viewer in shop']);
  await scim('PATCH', `Groups/${shop.json.id}`, patchOf({ op: 'replace', value: { displayName: 'other' } }));
  assert.deepEqual([rolesOf(ada), rolesOf(bob)], [[], []]);
  await scim('PUT', `Groups/${shop.json.id}`, { displayName: 'Shop', members: [{ value: bob }] });
  assert.deepEqual([rolesOf(ada), rolesOf(bob)], [[], ['viewer in shop']]);
  const without = await scim('GET', `Groups?${equals('displayName', 'shop')}&excludedAttributes=members`);
  assert.deepEqual([without.json.totalResults, without.json.Resources[0].members], [1, undefined]);
  assert.equal((await scim('DELETE', `Groups/${shop.json.id}`)).status, 204);
  assert.deepEqual(rolesOf(bob), []);
  await scim('DELETE', `Groups/${id}`);
  for (const one of [ada, bob]) await scim('DELETE', `Users/${one}`);
});

test('filters, pages and selects attributes as RFC 7644 says', async () => {
  const names = ['a@list.test', 'b@list.test', 'c@list.test'];
  for (const [index, name] of names.entries())
    await scim('POST', 'Users', person(name, { displayName: `N ${index}`, active: index !== 1, title: 'x"y' }));
  const namesFor = async (filter: string) => {
    const { json, text } = await scim('GET', `Users?${new URLSearchParams({ filter })}`);
    assert.ok(Array.isArray(json.Resources), text);
    return json.Resources.map(({ userName }: { userName: string }) => userName[0]).join('');
  };
  for (const [filter, expected] of [
    ['userName co "list.TEST"', 'abc'],
    ['userName sw "b"', 'b'],
    ['userName ew "@list.test" and active eq true', 'ac'],
    ['not (active eq true)', 'b'],
    ['displayName eq "N 0" or displayName eq "N 2"', 'ac'],
    ['(displayName eq "N 0" or displayName eq "N 2") and userName ne "a@list.test"', 'c'],
    ['displayName gt "N 0" and displayName le "N 2"', 'bc'],
    ['emails[type eq "work" and value sw "a"]', 'a'],
    ['emails eq "b@list.test"', 'b'],
    ['emails.value eq "c@list.test"', 'c'],
    [`${USER}:userName eq "a@list.test"`, 'a'],
    ['title pr', 'abc'],
    ['nickName pr', ''],
    ['title eq "x\\"y" AND userName SW "a"', 'a'],
    ['meta.resourceType eq "User" and not (userName sw "c")', 'ab'],
  ] as const)
    assert.equal(await namesFor(filter), expected, filter);
  const page = (await scim('GET', 'Users?startIndex=2&count=1&attributes=userName')).json;
  assert.deepEqual([page.totalResults, page.startIndex, page.itemsPerPage], [3, 2, 1]);
  assert.deepEqual(Object.keys(page.Resources[0]).toSorted(), ['id', 'schemas', 'userName']);
  assert.deepEqual((await scim('GET', 'Users?startIndex=-5&count=-1')).json.Resources, []);
  for (const one of (await scim('GET', 'Users')).json.Resources) await scim('DELETE', `Users/${one.id}`);
});

test('describes what it supports', async () => {
  const config = (await scim('GET', 'ServiceProviderConfig')).json;
  assert.deepEqual([config.patch.supported, config.bulk.supported, config.filter.maxResults], [true, false, 500]);
  assert.deepEqual((await scim('GET', 'ResourceTypes')).json.totalResults, 2);
  assert.equal((await scim('GET', `Schemas/${USER}`)).json.name, 'User');
  assert.equal((await scim('GET', 'Schemas/x')).status, 404);
});

test('refuses what is not possible with the type of the error, and changes nothing', async () => {
  const local = { email: 'local@example.com', name: 'Local', password: 'correct horse battery', grants: [] };
  const { id: localId } = await identity.users.create(local, Date.now());
  const { id } = (await scim('POST', 'Users', person('eve@example.com'))).json;
  const before = await scim('GET', 'Users');
  const filter = (text: string) => `Users?${new URLSearchParams({ filter: text })}`;
  const table: readonly (readonly [string, string, unknown, number, string | undefined])[] = [
    ['POST', 'Users', person('EVE@example.com'), 409, 'uniqueness'],
    ['POST', 'Users', person('local@example.com'), 409, 'uniqueness'],
    ['POST', 'Users', person('no address', { emails: [] }), 400, 'invalidValue'],
    ['POST', 'Users', {}, 400, 'invalidValue'],
    ['POST', 'Users', { ...person('x@x.test'), active: 'maybe' }, 400, 'invalidValue'],
    ['POST', 'Users', { ...person('x@x.test'), emails: 'x' }, 400, 'invalidValue'],
    ['POST', 'Users', { ...person('x@x.test'), note: 'x'.repeat(20_000) }, 400, 'invalidValue'],
    ['POST', 'Users', '[1]', 400, 'invalidValue'],
    ['POST', 'Users', '{', 400, 'invalidValue'],
    ['POST', 'Users', `{"a":"${'x'.repeat(1_100_000)}"}`, 413, undefined],
    ['POST', 'Groups', { displayName: 'g', members: [{ value: 'none' }] }, 404, undefined],
    ['POST', 'Groups', { displayName: 'g', members: [{ value: localId }] }, 404, undefined],
    ['POST', 'Groups', { displayName: '' }, 400, 'invalidValue'],
    ['GET', `Users/${localId}`, undefined, 404, undefined],
    ['DELETE', `Users/${localId}`, undefined, 404, undefined],
    ['GET', 'Users/%zz', undefined, 400, undefined],
    ['PUT', 'Users', person('x@x.test'), 405, undefined],
    ['GET', 'Bulk', undefined, 404, undefined],
    ['GET', `Users/${id}/more`, undefined, 404, undefined],
    ['PATCH', `Users/${id}`, patchOf(), 400, 'invalidSyntax'],
    ['PATCH', `Users/${id}`, patchOf({ op: 'move', path: 'active', value: true }), 400, 'invalidSyntax'],
    ['PATCH', `Users/${id}`, patchOf({ op: 'remove' }), 400, 'noTarget'],
    [
      'PATCH',
      `Users/${id}`,
      patchOf({ op: 'replace', path: 'emails[type eq "home"].value', value: 'x' }),
      400,
      'noTarget',
    ],
    ['PATCH', `Users/${id}`, patchOf({ op: 'replace', path: 'emails[', value: 'x' }), 400, 'invalidPath'],
    ['PATCH', `Users/${id}`, patchOf({ op: 'replace', path: 'userName', value: 7 }), 400, 'invalidValue'],
    ['PATCH', `Users/${id}`, patchOf({ op: 'remove', path: 'userName' }), 400, 'invalidValue'],
    ['GET', filter('userName'), undefined, 400, 'invalidFilter'],
    ['GET', filter('userName eq'), undefined, 400, 'invalidFilter'],
    ['GET', filter('userName is "x"'), undefined, 400, 'invalidFilter'],
    ['GET', filter('userName eq x'), undefined, 400, 'invalidFilter'],
    ['GET', filter('userName eq "x" garbage'), undefined, 400, 'invalidFilter'],
    ['GET', filter(`${'('.repeat(500)}a pr`), undefined, 400, 'invalidFilter'],
    ['GET', filter(`userName eq "${'x'.repeat(3000)}"`), undefined, 400, 'invalidFilter'],
    ['GET', filter('emails[type eq "work"'), undefined, 400, 'invalidFilter'],
    ['GET', filter('userName eq "unterminated'), undefined, 400, 'invalidFilter'],
    ['GET', 'Users?count=many', undefined, 400, 'invalidValue'],
    ['GET', 'Users?sortBy=userName&sortOrder=up', undefined, 400, 'invalidValue'],
  ];
  for (const [method, path, body, status, scimType] of table) {
    const response = await scim(method, path, body);
    const what = `${method} ${path.slice(0, 100)}: ${response.text.slice(0, 200)}`;
    assert.deepEqual([response.status, response.json.scimType], [status, scimType], what);
    assert.ok(response.json.status === String(status) && response.json.detail.length > 0, what);
  }
  // Names of the language are attributes like others.
  const strange = '{"schemas":[],"userName":"p@x.test","__proto__":{"active":false},"constructor":"c"}';
  const proto = await scim('POST', 'Users', strange);
  assert.deepEqual([proto.status, proto.json.active, proto.json.constructor], [201, true, 'c'], proto.text);
  await scim('DELETE', `Users/${proto.json.id}`);
  assert.deepEqual((await scim('GET', 'Users')).text, before.text);
  await scim('DELETE', `Users/${id}`);
});

test('needs the permission, and everything that the roles of groups give', async () => {
  identity.roles.define('provisioner', ['people:manage', 'telemetry:read']);
  const weak = { authorization: `Bearer ${keyOf({ role: 'provisioner', tenant: '*' })}` };
  const viewer = { authorization: `Bearer ${keyOf({ role: 'viewer', tenant: '*' })}` };
  assert.equal((await scim('GET', 'Users', undefined, viewer)).status, 403);
  assert.equal((await scim('GET', 'Users', undefined, { authorization: '' })).status, 401);
  const { id } = (await scim('POST', 'Users', person('kim@example.com'), weak)).json;
  const recorded = audit.length;
  const refused = await scim('POST', 'Groups', { displayName: 'SRE', members: [{ value: id }] }, weak);
  assert.deepEqual([refused.status, rolesOf(id)], [403, []], refused.text);
  assert.equal((await scim('GET', `Groups?${equals('displayName', 'SRE')}`)).json.totalResults, 0);
  assert.deepEqual(
    audit.slice(recorded).map(({ action, outcome }) => [action, outcome]),
    [['POST /scim/v2/Groups', 'denied']],
  );
  await scim('POST', 'Groups', { displayName: 'SRE', members: [{ value: id }] });
  for (const [method, body] of [
    ['DELETE', undefined],
    ['PATCH', patchOf({ op: 'replace', path: 'active', value: false })],
  ] as const)
    assert.equal((await scim(method, `Users/${id}`, body, weak)).status, 403);
  assert.deepEqual(rolesOf(id), ['admin in *']);
  // The last person who manages people stays.
  identity.users.remove(root);
  const last = await scim('DELETE', `Users/${id}`);
  assert.deepEqual([last.status, last.json.detail.includes('someone remains who manages people')], [400, true]);
  for (const origin of ['https://evil.example', 'null'])
    assert.equal((await scim('DELETE', `Users/${id}`, undefined, { origin })).status, 403);
});

test('lists are sorted by attributes, without regard to case, and those without one are last', async () => {
  const ids: string[] = [];
  for (const [userName, familyName] of [
    ['b@sort.test', 'young'],
    ['A@sort.test', 'Old'],
    ['c@sort.test', undefined],
  ] as const) {
    const { json } = await scim('POST', 'Users', person(userName, { name: { familyName, givenName: 'x' } }));
    ids.push(json.id);
  }
  const listed = async (query: string) => {
    const { json } = await scim('GET', `Users?filter=${encodeURIComponent('userName ew "sort.test"')}&${query}`);
    return json.Resources.map(({ userName }: { readonly userName: string }) => userName[0]);
  };
  assert.deepEqual(await listed('sortBy=userName'), ['A', 'b', 'c']);
  assert.deepEqual(await listed('sortBy=userName&sortOrder=descending&count=2'), ['c', 'b']);
  assert.deepEqual(await listed('sortBy=name.familyName'), ['A', 'b', 'c']);
  assert.deepEqual(await listed('sortBy=name.familyName&sortOrder=descending'), ['c', 'b', 'A']);
  assert.deepEqual(await listed('sortBy=emails'), ['A', 'b', 'c']);
  for (const id of ids) await scim('DELETE', `Users/${id}`);
});
