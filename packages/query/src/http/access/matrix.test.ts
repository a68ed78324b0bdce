import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  type Access,
  type AccessControl,
  ALL_TENANTS,
  type Identity,
  openIdentity,
  PERMISSIONS,
  type Permission,
  ROLES,
} from '@otelier/identity';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { batchOf } from '@otelier/testkit/request-codec';
import type { Route } from './routes.ts';

const CONNECTION = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' };
const START = 1_700_000_000_000;
const TENANTS = ['acme', 'umbra'] as const;

/** The permissions that a role in a single tenant gives. The others concern the whole process. */
const OF_TENANTS: ReadonlySet<string> = new Set([
  ...['telemetry:read', 'telemetry:write', 'telemetry:export', 'telemetry:delete', 'restricted:read'],
  ...['documents:write', 'alerts:write'],
]);

/** Routes that need a permission over the process, and are about the tenant of the caller. */
const SCOPED: ReadonlySet<string> = new Set([
  '/api/v1/pipeline/tap',
  '/api/v1/pipeline/tap/items',
  '/api/v1/alerting/deliveries',
  '/api/v1/tenants',
  '/api/v1/tenants/usage',
  ...['create', 'rename', 'suspend', 'resume', 'limits', 'remove'].map((change) => `/api/v1/tenants/${change}`),
]);

/** A caller with every permission in one tenant, such as that of a header from a trusted proxy. */
const PROXIED: Access = {
  ...{ subject: 'tenant:acme', kind: 'service', tenant: 'acme', tenants: ['acme'], masked: [] },
  can: () => true,
};

/** A key of a role in a tenant, or in all of them. */
interface Caller {
  readonly name: string;
  readonly tenant: string;
  readonly held: ReadonlySet<string>;
  readonly key: string;
}

interface Matrix {
  readonly server: TestApi;
  readonly callers: readonly Caller[];
}

/** Starts the API over one store and a database of identities with a key of each role, in one tenant and in all. */
async function started(t: TestContext): Promise<Matrix> {
  const directory = mkdtempSync(join(tmpdir(), 'otelier-matrix-'));
  const identity = openIdentity({ directory, now: () => START });
  const server = await startTestApi({
    accessControl: () => controlOf(identity),
    clock: { now: () => START + 60_000, monotonic: () => 0, setTimeout: () => () => undefined },
  });
  t.after(async () => {
    await server.shutdown(0);
    await identity.close();
    rmSync(directory, { recursive: true });
  });
  for (const tenant of TENANTS) for (const batch of telemetryOf(tenant)) await server.store.append(batch);
  return { server, callers: callersOf(identity) };
}

/** Returns access control by the keys of an identity, and for the caller of a trusted proxy. */
function controlOf(identity: Identity): AccessControl {
  return {
    administration: identity.administration,
    authenticate: (request) =>
      request.headers.get('authorization') === 'Bearer proxied'
        ? { kind: 'granted', access: PROXIED }
        : identity.authenticate(request),
    record: (event) => identity.record(event),
    signIn: (request) => identity.signIn(request),
    signOut: (request) => identity.signOut(request),
  };
}

function callersOf(identity: Identity): readonly Caller[] {
  identity.roles.define('support', ['telemetry:read', 'operations:read', 'configuration:read']);
  const roles: Readonly<Record<string, readonly Permission[]>> = {
    ...ROLES,
    support: ['telemetry:read', 'operations:read', 'configuration:read'],
  };
  const proxied = { name: 'a proxy in acme', tenant: 'acme', held: new Set<string>(PERMISSIONS), key: 'proxied' };
  const keys = Object.entries(roles).flatMap(([role, permissions]) =>
    ['acme', ALL_TENANTS].map((tenant): Caller => {
      const held = permissions.filter((one) => tenant === ALL_TENANTS || OF_TENANTS.has(one));
      const { text } = identity.keys.create({ name: role, role, tenant, createdBy: 'test' }, START);
      return { name: `${role} in ${tenant}`, tenant, held: new Set(held), key: text };
    }),
  );
  return [...keys, proxied];
}

function telemetryOf(tenant: string) {
  const value = { stringValue: `of-${tenant}` };
  const attributes = [{ key: 'service.name', value }];
  const [time, traceId] = [`${START}000000`, tenant === 'acme' ? 'a'.repeat(32) : 'b'.repeat(32)];
  const spans = [{ traceId, spanId: 'c'.repeat(16), name: 'GET', startTimeUnixNano: time, endTimeUnixNano: time }];
  const dataPoints = [{ timeUnixNano: time, asDouble: 1, attributes: [{ key: 'owner', value }] }];
  return [
    batchOf('traces', { resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] }, { tenant }),
    batchOf(
      'logs',
      {
        resourceLogs: [
          { resource: { attributes }, scopeLogs: [{ logRecords: [{ timeUnixNano: time, body: value }] }] },
        ],
      },
      { tenant },
    ),
    batchOf(
      'metrics',
      {
        resourceMetrics: [
          { resource: { attributes }, scopeMetrics: [{ metrics: [{ name: 'seen', gauge: { dataPoints } }] }] },
        ],
      },
      { tenant },
    ),
  ];
}

async function ask({ api }: TestApi, { key }: Caller, tenant: string, url: string, body?: string, type?: string) {
  const headers = {
    ...{ host: 'localhost', authorization: `Bearer ${key}`, 'x-scope-orgid': tenant },
    ...(body !== undefined && { 'content-type': type ?? 'application/json' }),
  };
  const init = { headers, ...(body !== undefined && { method: 'POST', body }) };
  const response = await api.fetch(new Request(`http://localhost${url}`, init), CONNECTION);
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return { status: response.status, text: '' };
  }
  return { status: response.status, text: await response.text() };
}

/** Returns what must be missing, or `undefined` if a caller may use a route in a tenant. */
function missing(route: Route, isWriting: boolean, caller: Caller, tenant: string): RegExp | undefined {
  const permission = isWriting ? (route.writing ?? route.permission) : route.permission;
  if (permission === 'public') return undefined;
  if (caller.tenant !== ALL_TENANTS && caller.tenant !== tenant)
    return /tenant: expected one that the caller may select/;
  const needed = typeof permission === 'string' ? [permission] : permission;
  if (permission !== 'any caller' && !needed.some((one) => caller.held.has(one)))
    return new RegExp(`permission: expected ${needed.join(' or ')}, which the caller does not have`);
  const isOfProcess = needed.every((one) => one.includes(':') && !OF_TENANTS.has(one)) && !SCOPED.has(route.path);
  return isOfProcess && caller.tenant !== ALL_TENANTS ? /tenant: expected a caller of all tenants/ : undefined;
}

/** Returns every route in each way that it distinguishes, for every caller, in every tenant. */
function* cellsOf({ server, callers }: Matrix) {
  for (const route of server.api.routes) {
    const ways = route.method === 'POST' ? [true] : route.writing === undefined ? [false] : [false, true];
    for (const isWriting of ways)
      for (const caller of callers) for (const tenant of TENANTS) yield { route, isWriting, caller, tenant };
  }
}

test('every role reaches exactly the routes that are declared for it, in exactly its tenants', async (t) => {
  const matrix = await started(t);
  let cells = 0;
  for (const { route, isWriting, caller, tenant } of cellsOf(matrix)) {
    cells += 1;
    const name = `${caller.name} asks ${tenant}: ${isWriting ? 'POST' : route.method} ${route.path}`;
    const path = route.path.replace(/:\w+/g, 'x').replace(/\*$/, 'x');
    const { status, text } = await ask(matrix.server, caller, tenant, path, isWriting ? '{}' : undefined);
    const expected = missing(route, isWriting, caller, tenant);
    if (expected === undefined) assert.ok(status !== 401 && status !== 403, `${name}: ${status} ${text}`);
    else {
      assert.equal(status, 403, `${name}: ${text}`);
      assert.match(text, expected, name);
    }
  }
  assert.ok(cells > 2000, String(cells));
  assert.deepEqual(matrix.server.errors, []);
});

const SECONDS = `start=${START / 1000 - 60}&end=${START / 1000 + 60}`;
const MILLIS = `start=${START - 60_000}&end=${START + 60_000}`;

/** A query in each language, whose result names who owns what it found. */
const LANGUAGES: Readonly<Record<string, string>> = {
  promql: `/prometheus/api/v1/query_range?query=seen&${SECONDS}&step=15`,
  'labels of PromQL': `/prometheus/api/v1/label/owner/values?${SECONDS}`,
  logql: `/loki/loki/api/v1/query_range?query=${encodeURIComponent('{service_name=~".+"}')}&${SECONDS}`,
  traceql: `/tempo/api/search?q=${encodeURIComponent('{}')}&${SECONDS}`,
  jaeger: `/jaeger/api/services`,
  logs: `/api/v1/logs?${MILLIS}`,
  services: `/api/v1/services?${MILLIS}`,
  export: `/api/v1/export?signal=logs&${MILLIS}`,
};

function* queriesOf({ callers }: Matrix) {
  for (const [language, path] of Object.entries(LANGUAGES))
    for (const caller of callers) for (const tenant of TENANTS) yield { language, path, caller, tenant };
}

test('every language reads only the tenant of a reader, and nothing for others', async (t) => {
  const matrix = await started(t);
  for (const { language, path, caller, tenant } of queriesOf(matrix)) {
    const name = `${language} of ${tenant} by ${caller.name}`;
    const { status, text } = await ask(matrix.server, caller, tenant, path);
    const permission = language === 'export' ? 'telemetry:export' : 'telemetry:read';
    const mayRead = caller.held.has(permission) && (caller.tenant === ALL_TENANTS || caller.tenant === tenant);
    assert.equal(status, mayRead ? 200 : 403, `${name}: ${text}`);
    for (const owner of TENANTS)
      assert.equal(text.includes(`of-${owner}`), mayRead && owner === tenant, `${name}: ${text}`);
  }
});
