import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Access, type AccessControl, type AccessEvent, PERMISSIONS, type Permission } from '@otelier/identity';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { Hono } from 'hono';
import type { RoutePermission } from '../../request/permission.ts';
import { type Env, type Route, Routes } from './routes.ts';

const CONNECTION = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' };

/** Creates access control in which the header `authorization` names permissions, tenants and masked attributes. */
function accessControl(events: AccessEvent[] = []): AccessControl {
  return {
    authenticate({ headers }) {
      const text = headers.get('authorization');
      if (text === null) return { kind: 'unauthenticated', reason: 'expected credentials, got none' };
      const [permissions = '', tenants = 'all'] = text.split(' ');
      return { kind: 'granted', access: accessOf(permissions.split(',') as Permission[], tenants) };
    },
    record: (event) => events.push(event),
    signIn: async () => ({ kind: 'refused', reason: 'not in this test' }),
    signOut: async () => undefined,
  };
}

function accessOf(permissions: readonly Permission[], tenants: string): Access {
  const list = tenants.split(',');
  return {
    ...{ subject: 'key:test', kind: 'key', tenant: tenants === 'all' ? 'default' : (list[0] ?? ''), masked: [] },
    tenants: tenants === 'all' ? 'all' : list,
    can: (permission) => permissions.includes(permission),
  };
}

/** Sends a request that a route matches, with a body of a type that it accepts. */
async function send(
  { api }: TestApi,
  route: Pick<Route, 'method' | 'path'>,
  authorization?: string,
  isWriting = route.method === 'POST',
): Promise<{ readonly status: number; readonly text: string }> {
  const path = route.path.replace(/:\w+/g, 'x').replace(/\*$/, 'x');
  const type = path.startsWith('/prometheus/') ? 'application/x-www-form-urlencoded' : 'application/json';
  const headers = { host: 'localhost', ...(authorization !== undefined && { authorization }) };
  const request = new Request(`http://localhost${path}`, {
    headers: isWriting ? { ...headers, 'content-type': type } : headers,
    ...(isWriting && { method: 'POST', body: '{}' }),
  });
  const response = await api.fetch(request, CONNECTION);
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    await response.body?.cancel();
    return { status: response.status, text: '' };
  }
  return { status: response.status, text: await response.text() };
}

interface Cell {
  readonly route: Route;
  readonly permission: RoutePermission;
  readonly isWriting: boolean;
}

/** Returns the requests that the routes distinguish, with the permissions that suffice for each. */
function cellsOf(routes: readonly Route[]): readonly Cell[] {
  return routes.flatMap((route): Cell[] => {
    const reading = { route, permission: route.permission, isWriting: route.method === 'POST' };
    return route.writing === undefined ? [reading] : [reading, { route, permission: route.writing, isWriting: true }];
  });
}

function namesOf(permission: RoutePermission): readonly string[] {
  return typeof permission === 'string' ? [permission] : permission;
}

test('a caller without credentials reaches only the page, its form for signing in, and the health check', async () => {
  await using server = await startTestApi({ accessControl: () => accessControl() });
  for (const { route, isWriting } of cellsOf(server.api.routes)) {
    const { status } = await send(server, route, undefined, isWriting);
    const isPublic = route.path.startsWith('/sign-in') || ['/*', '/healthz', '/sign-out'].includes(route.path);
    assert.equal(status === 401, !isPublic, `${route.method} ${route.path}: ${status}`);
  }
});

test('every permission is needed by a route', async () => {
  await using server = await startTestApi();
  const needed = new Set(cellsOf(server.api.routes).flatMap(({ permission }) => namesOf(permission)));
  const unused = PERMISSIONS.filter((one) => !needed.has(one));
  assert.deepEqual(unused, []);
});

test('rejects a route that was added without a permission', () => {
  const app = new Hono<Env>();
  const routes = new Routes(app);
  app.use(async (_, next) => next());
  routes.add({ method: 'GET', path: '/declared', permission: 'telemetry:read' }, () => new Response());
  assert.equal(routes.declared().length, 1);
  app.get('/undeclared', () => new Response());
  assert.throws(() => routes.declared(), /^Error: route without a permission: GET \/undeclared$/);
});

test('rejects requests while identity is not available', async () => {
  await using server = await startTestApi({ accessControl: () => undefined });
  const { status, text } = await send(server, { method: 'GET', path: '/api/v1/services' }, 'telemetry:read');
  assert.equal(status, 503, text);
});

test('a reader writes nothing by any API, and a writer reads nothing', async () => {
  await using server = await startTestApi({ accessControl: () => accessControl() });
  const post = async (path: string, type: string, authorization: string) => {
    const headers = { host: 'localhost', 'content-type': type, authorization };
    const body = type.endsWith('json') ? '{"streams":[]}' : 'query=up';
    return server.api.fetch(new Request(`http://localhost${path}`, { method: 'POST', headers, body }), CONNECTION);
  };
  for (const path of ['/loki/api/v1/push', '/loki/loki/api/v1/push', '/otlp/v1/logs', '/loki/otlp/v1/logs']) {
    const response = await post(path, 'application/json', 'telemetry:read');
    assert.equal(response.status, 403, `${path}: ${await response.text()}`);
  }
  for (const path of ['/prometheus/api/v1/query', '/prometheus/api/v1/series?match[]=up']) {
    const response = await post(path, 'application/x-www-form-urlencoded', 'telemetry:write');
    assert.equal(response.status, 403, `${path}: ${await response.text()}`);
  }
  assert.deepEqual(server.errors, []);
});

test('refuses another tenant in the same words whether it exists or not, however it is named', async () => {
  await using server = await startTestApi({ accessControl: () => accessControl() });
  const ask = async (path: string, headers: Record<string, string> = {}) => {
    const all = { host: 'localhost', authorization: 'telemetry:read shop', ...headers };
    const response = await server.api.fetch(new Request(`http://localhost${path}`, { headers: all }), CONNECTION);
    return { status: response.status, text: await response.text() };
  };
  const messages = new Set<string>();
  for (const tenant of ['default', 'absent', 'shop2', '../shop', 'SHOP'])
    for (const { status, text } of [
      await ask(`/api/v1/services?tenant=${tenant}`),
      await ask('/tempo/api/search', { 'x-scope-orgid': tenant }),
      await ask('/prometheus/api/v1/labels', { 'x-scope-orgid': tenant }),
    ]) {
      assert.equal(status, 403, text);
      messages.add(JSON.parse(text).error.message);
    }
  assert.deepEqual([...messages], ['tenant: expected one that the caller may select']);
  assert.equal((await ask('/api/v1/services?tenant=shop')).status, 200);
  assert.equal((await ask('/tempo/api/search', { 'x-scope-orgid': 'shop' })).status, 200);
});

test('a WebSocket needs the permission to read', async () => {
  await using server = await startTestApi({ accessControl: () => accessControl() });
  const open = async (authorization?: string) => {
    const headers = { host: 'localhost', ...(authorization !== undefined && { authorization }) };
    const url = 'http://localhost/loki/api/v1/tail?query=invalid';
    const opened = await server.api.upgrade(new Request(url, { headers }), CONNECTION);
    return opened instanceof Response ? opened.status : 101;
  };
  assert.equal(await open(), 401);
  assert.equal(await open('telemetry:write'), 403);
  assert.equal(await open('telemetry:read'), 400);
});

test('parts of a batch and tools of MCP have the permissions of the caller', async () => {
  await using server = await startTestApi({ accessControl: () => accessControl() });
  const response = await server.api.fetch(
    new Request('http://localhost/api/v1/batch', {
      method: 'POST',
      headers: { host: 'localhost', 'content-type': 'application/json', authorization: 'telemetry:read' },
      body: JSON.stringify({ requests: ['/api/v1/services', '/api/v1/pipeline'] }),
    }),
    CONNECTION,
  );
  const lines = (await response.text()).trimEnd().split('\n');
  const statuses = lines.map((line) => JSON.parse(line)).sort((a, b) => a.index - b.index);
  assert.deepEqual(
    statuses.map(({ status }) => status),
    [200, 403],
  );
});

test('records each request with its caller, route and outcome', async () => {
  const events: AccessEvent[] = [];
  await using server = await startTestApi({ accessControl: () => accessControl(events) });
  await send(server, { method: 'POST', path: '/api/v1/documents/save' }, 'telemetry:read');
  await send(server, { method: 'GET', path: '/api/v1/services' }, 'telemetry:read');
  await send(server, { method: 'GET', path: '/api/v1/services' });
  assert.deepEqual(
    events.map(({ access, route, permission, outcome, status }) => [
      access?.subject,
      route,
      permission,
      outcome,
      status,
    ]),
    [
      ['key:test', 'POST /api/v1/documents/save', 'documents:write', 'denied', 403],
      ['key:test', 'GET /api/v1/services', 'telemetry:read', 'allowed', 200],
      [undefined, 'GET /api/v1/services', 'telemetry:read', 'denied', 401],
    ],
  );
});
