import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type Access, type AccessControl, ALLOW_ALL, PERMISSIONS } from '@otelier/identity';
import { startTestApi, type TestApi, testStatus } from '@otelier/testkit/memory-api';
import { batchOf } from '@otelier/testkit/request-codec';
import type { Documents, PipelineInspector, TapRequest } from '../../endpoints/endpoint.ts';
import type { RuleGroupView } from '../../prometheus/api/rules-view.ts';

const CONNECTION = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' };

/** The header `authorization` names the tenants of a caller with every permission; the first is that of the request. */
const control: AccessControl = {
  authenticate: ({ headers }) => ({
    kind: 'granted',
    access: accessOf(headers.get('authorization')?.split(',') ?? []),
  }),
  record: () => undefined,
  signIn: async () => ({ kind: 'refused', reason: 'not in this test' }),
  signOut: () => undefined,
};

function accessOf(tenants: readonly string[]): Access {
  const can: Access['can'] = (permission) => PERMISSIONS.includes(permission);
  return { subject: 'key:test', kind: 'key', tenant: tenants[0] ?? '', tenants, masked: [], can };
}

async function started(t: TestContext, more: Parameters<typeof startTestApi>[0] = {}): Promise<TestApi> {
  const server = await startTestApi({ accessControl: () => control, ...more });
  t.after(() => server.shutdown(0));
  return server;
}

function get({ api }: TestApi, path: string, authorization: string, more: Record<string, string> = {}) {
  const headers = { host: 'localhost', authorization, ...more };
  return api.fetch(new Request(`http://localhost${path}`, { headers }), CONNECTION);
}

const STORE_SIZES = { sizeBytes: 7, maxBytes: 9, pendingRows: 0, journalBytes: 0, rows: {}, oldestNanos: undefined };

function logsOf(tenant: string) {
  const logRecords = [{ timeUnixNano: '1700000000000000000', body: { stringValue: `of ${tenant}` } }];
  return batchOf('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] }, { tenant });
}

/** Reads what a stream has sent after some turns of the event loop, and cancels it. */
async function received(response: Response, publish: () => void): Promise<string> {
  const reader = response.body?.getReader();
  assert.ok(reader !== undefined, String(response.status));
  let text = '';
  const done = (async () => {
    for (;;) {
      const { value, done: isEnd } = await reader.read();
      if (isEnd) return;
      text += Buffer.from(value).toString();
    }
  })();
  await turn();
  publish();
  for (let i = 0; i < 50 && !text.includes('of '); i++) await turn();
  await reader.cancel();
  await done;
  return text;
}

test('shows in the live tail only records of the tenant of the caller', async (t) => {
  const server = await started(t);
  const publish = () => {
    for (const tenant of ['default', 'umbra', 'acme']) server.publish(logsOf(tenant));
  };
  const own = await received(await get(server, '/api/v1/logs/tail', 'acme'), publish);
  assert.match(own, /of acme/);
  assert.doesNotMatch(own, /of (?:umbra|default)/);
  const selected = await received(await get(server, '/api/v1/logs/tail?tenant=umbra', 'acme,umbra'), publish);
  assert.match(selected, /of umbra/);
  assert.doesNotMatch(selected, /of acme/);
  assert.equal((await get(server, '/api/v1/logs/tail?tenant=umbra', 'acme')).status, 403);
  assert.equal((await get(server, '/api/v1/logs/tail', 'acme', { 'x-scope-orgid': 'umbra' })).status, 403);
});

test('taps the pipeline for the tenant of the caller, and for all tenants only if the caller may see all', async (t) => {
  const tapped: (string | undefined)[] = [];
  const tap = ({ tenant }: TapRequest) => {
    tapped.push(tenant);
    return { kind: 'open', stop: () => undefined } as const;
  };
  const inspector = { tap, tapItems: tap } as unknown as PipelineInspector;
  const limited = await started(t, { inspector });
  await (await get(limited, '/api/v1/pipeline/tap?at=batch', 'acme,umbra')).body?.cancel();
  await (await get(limited, '/api/v1/pipeline/tap/items?edge=e1', 'umbra')).body?.cancel();
  const open = await started(t, { inspector, accessControl: undefined });
  await (await get(open, '/api/v1/pipeline/tap?at=batch', '')).body?.cancel();
  assert.deepEqual(tapped, ['acme', 'umbra', undefined]);
});

test('keeps the documents of tenants apart', async (t) => {
  const asked: string[] = [];
  const documents = {
    of(tenant: string) {
      asked.push(tenant);
      return { list: () => [] } as unknown as Documents;
    },
  } as unknown as Documents;
  const server = await started(t, { documents: () => documents });
  for (const who of ['acme', 'umbra,acme']) await get(server, '/api/v1/documents', who);
  await get(server, '/api/v1/documents', 'acme,umbra', { 'x-scope-orgid': 'umbra' });
  assert.deepEqual(asked, ['acme', 'umbra', 'umbra']);
});

test('tells about the whole process only callers who may see all tenants', async (t) => {
  const limited = await started(t);
  const open = await started(t, { accessControl: undefined });
  const paths = ['/api/v1/senders', '/api/v1/doctor?seconds=0', `/api/v1/why/${'a'.repeat(32)}`];
  for (const path of paths) {
    const response = await get(limited, path, 'default,acme');
    assert.match(await response.text(), /expected a caller of all tenants/, path);
    assert.equal(response.status, 403, path);
    assert.doesNotMatch(await (await get(open, path, '')).text(), /expected a caller of all tenants/, path);
  }
});

test('receives telemetry for the tenant of the caller, and without an identity for the default one', async (t) => {
  const tenants: (string | undefined)[] = [];
  const ingest = (_signal: string, tenant?: string) => {
    tenants.push(tenant);
    return undefined;
  };
  const push = async (server: TestApi, authorization: string, more = {}) => {
    const headers = { host: 'localhost', 'content-type': 'application/json', authorization, ...more };
    const request = new Request('http://localhost/otlp/v1/logs', { method: 'POST', headers, body: '{}' });
    await server.api.fetch(request, CONNECTION);
  };
  await push(await started(t, { ingest }), 'acme');
  const open = await started(t, { ingest, accessControl: undefined });
  await push(open, '', { 'x-scope-orgid': 'fake' });
  assert.deepEqual(tenants, ['acme', undefined]);
  assert.equal(ALLOW_ALL.tenants, 'all');
});

test('shows rules, alerts and SLOs only to callers of their tenant', async (t) => {
  const group = (tenant: string): RuleGroupView => ({
    ...{
      name: `rules-of-${tenant}`,
      file: '',
      tenant,
      intervalMillis: 1000,
      limit: 0,
      evaluatedAt: 0,
      evaluationMillis: 0,
    },
    rules: [
      {
        ...{ kind: 'alerting', name: 'Down', query: 'up == 0', labels: {}, health: 'ok', lastError: undefined },
        ...{ evaluatedAt: 0, evaluationMillis: 0, forMillis: 0, keepFiringForMillis: 0, annotations: {} },
        alerts: [
          {
            ...{ labels: { of: tenant }, annotations: {}, state: 'firing', activeAt: 0, value: 1 },
            keepFiringSince: undefined,
          },
        ],
      },
    ],
  });
  const slo = (tenant: string) => ({
    ...{ name: `slo-of-${tenant}`, tenant, objective: 0.9, windowMillis: 1, ratio: 1, budgetLeft: 1 },
    ...{ burnRates: [], firing: [], labels: {} },
  });
  const names = ['acme', 'umbra', 'default'];
  const handled: (string | undefined)[] = [];
  const more = {
    rules: () => ({ groups: () => names.map(group) }),
    slos: async () => names.map(slo),
    notifications: () => ({
      deliveries(tenant?: string) {
        handled.push(tenant);
        return { pending: [], failed: [] };
      },
      async handle(_: Request, tenant?: string) {
        handled.push(tenant);
        return new Response('[]');
      },
    }),
  };
  const server = await started(t, more);
  const paths = ['/prometheus/api/v1/rules', '/prometheus/api/v1/alerts', '/api/v1/alerting/slos'];
  for (const path of paths) {
    const own = await (await get(server, path, 'acme')).text();
    assert.match(own, /acme/, path);
    assert.doesNotMatch(own, /umbra|default/, path);
    const selected = await (await get(server, path, 'acme,umbra', { 'x-scope-orgid': 'umbra' })).text();
    assert.match(selected, /umbra/, path);
    assert.doesNotMatch(selected, /acme/, path);
  }
  for (const path of ['/alertmanager/api/v2/alerts', '/api/v1/alerting/deliveries'])
    await get(server, path, 'acme,umbra');
  const open = await started(t, { ...more, accessControl: undefined });
  await get(open, '/alertmanager/api/v2/alerts', '');
  assert.deepEqual(handled, ['acme', 'acme', undefined]);
});

test('tells callers of one tenant nothing about the size of others', async (t) => {
  const server = await started(t, { status: () => ({ ...testStatus, store: STORE_SIZES }) });
  for (const tenant of ['acme', 'umbra', 'umbra', 'umbra']) await server.store.append(logsOf(tenant));
  const cost = async (path: string, authorization: string, more = {}) => {
    const body = await (await get(server, path, authorization, more)).json();
    return (body as { signals: { signal: string; storedItems: number }[] }).signals.find(
      ({ signal }) => signal === 'logs',
    )?.storedItems;
  };
  assert.deepEqual([await cost('/api/v1/cost', 'acme'), await cost('/api/v1/cost', 'umbra')], [1, 3]);
  assert.equal(await cost('/api/v1/cost?tenant=umbra', 'acme,umbra'), 3);
  const open = await started(t, { accessControl: undefined, memory: server.store });
  const all = (await (await get(open, '/api/v1/cost?tenant=acme', '')).json()) as {
    signals: { storedItems: number }[];
  };
  assert.equal(Math.max(...all.signals.map(({ storedItems }) => storedItems)), 1);
  assert.doesNotMatch(await (await get(server, '/api/v1/status', 'acme')).text(), /sizeBytes/);
});
