import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type Access, type AccessControl, ALLOW_ALL, PERMISSIONS } from '@otelier/identity';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import { batchOf } from '@otelier/testkit/request-codec';
import type { Documents, PipelineInspector, TapRequest } from '../../endpoints/endpoint.ts';

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
  const paths = [
    '/api/v1/senders',
    '/api/v1/doctor?seconds=0',
    '/api/v1/alerting/slos',
    `/api/v1/why/${'a'.repeat(32)}`,
  ];
  for (const path of [...paths, '/alertmanager/api/v2/alerts']) {
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
