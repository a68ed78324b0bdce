import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { type Access, type AccessControl, ALLOW_ALL, PERMISSIONS } from '@otelier/identity';
import type { SqlRequest, Store } from '@otelier/store';
import { startTestApi, type TestApi, testStatus } from '@otelier/testkit/memory-api';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { batchOf } from '@otelier/testkit/request-codec';
import type { PipelineLedger } from '../../api/api.ts';
import type {
  ConfigurationEditor,
  Documents,
  PipelineInspector,
  Profiler,
  TapRequest,
} from '../../endpoints/endpoint.ts';
import type { RuleGroupView } from '../../prometheus/api/rules-view.ts';
import { storeFor } from './guarded-store.ts';

const CONNECTION = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1' };

/** The header `authorization` names the tenants of a caller with every permission, or `all`; the first is that of the request. */
const control: AccessControl = {
  authenticate: ({ headers }) => ({
    kind: 'granted',
    access: accessOf(headers.get('authorization')?.split(',') ?? []),
  }),
  record: () => undefined,
  signIn: async () => ({ kind: 'refused', reason: 'not in this test' }),
  signOut: async () => undefined,
};

function accessOf(tenants: readonly string[]): Access {
  const can: Access['can'] = (permission) => PERMISSIONS.includes(permission);
  const caller = { subject: 'key:test', kind: 'key', masked: [], can } as const;
  if (tenants[0] === 'all') return { ...caller, tenant: 'default', tenants: 'all' };
  return { ...caller, tenant: tenants[0] ?? '', tenants };
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

test('the store of a caller reads no other tenant, whatever called it', async () => {
  const store = createMemoryStore();
  await store.append(logsOf('umbra'));
  const caller = { client: '', signal: new AbortController().signal };
  const range = { start: 0n, end: 2n ** 62n, conditions: [], limit: 5, order: 'newest' } as const;
  const read = (access: Access, tenant: string) =>
    storeFor(store, caller, access, undefined).searchLogs({ ...range, tenant });
  assert.throws(() => read(accessOf(['acme']), 'umbra'), {
    code: 'forbidden',
    message: /expected one that the caller/,
  });
  assert.equal((await read(accessOf(['acme', 'umbra']), 'umbra')).length, 1);
  const nameless = storeFor(store, caller, accessOf(['acme']), undefined) as unknown as { flush(): void };
  assert.throws(() => nameless.flush(), /must not call flush of the store without a tenant/);
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

/** What parts of a process return whose responses are about all tenants. */
const OF_PROCESS = { marker: 'of-process' };

/** Returns a source whose methods all return what is about the process. */
function processSource<T>(...methods: readonly string[]): T {
  return Object.fromEntries(methods.map((name) => [name, async () => OF_PROCESS])) as T;
}

const PROCESS_PARTS = {
  graph: async () => OF_PROCESS as never,
  status: () => ({ ...testStatus, process: OF_PROCESS as never }),
  past: () => OF_PROCESS as never,
  diagnose: async () => OF_PROCESS as never,
  listCertificates: async () =>
    ({ atMillis: 0, certificates: [], revocationLists: [], unlistedCertificates: 0, ...OF_PROCESS }) as never,
  inspector: processSource<PipelineInspector>('ledger', 'drops', 'senders'),
  profiler: processSource<Profiler>('cpu', 'flame'),
  configuration: { reload: async () => OF_PROCESS as never, last: OF_PROCESS as never },
  editor: processSource<ConfigurationEditor>('read', 'revision', 'check', 'dryRun', 'insert', 'apply', 'rollBack'),
};

const DRAFT = { text: 'receivers:', base: 0 };
/** Parameters of routes without which they respond with an error. */
const PARAMETERS: Readonly<Record<string, object>> = {
  '/api/v1/config/check': DRAFT,
  '/api/v1/config/dry-run': DRAFT,
  '/api/v1/config/insert': { text: '', signal: 'traces', configuration: 'processors:' },
  '/api/v1/config/apply': { ...DRAFT, revision: 0 },
  '/api/v1/config/roll-back': { revision: 0, to: 1 },
};

/** Requests every route, and returns those whose responses contain what is about the process. */
async function routesOfProcess(server: TestApi, authorization: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { method, path } of server.api.routes) {
    const isPost = method === 'POST';
    const url = path
      .replace(':traceId', 'a'.repeat(32))
      .replace(':revision', '1')
      .replace(/:\w+|\*$/g, 'x');
    const headers = { host: 'localhost', authorization, ...(isPost && { 'content-type': 'application/json' }) };
    const body = isPost ? { method, body: JSON.stringify(PARAMETERS[path] ?? {}) } : {};
    const request = new Request(`http://localhost${url}`, { headers, ...body });
    const response = await server.api.fetch(request, CONNECTION);
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const text = isStream ? await received(response, () => undefined) : await response.text();
    if (text.includes(OF_PROCESS.marker)) found.push(path);
  }
  return found;
}

test('no route tells about the whole process to a caller of one tenant, whatever its permissions', async (t) => {
  const server = await started(t, PROCESS_PARTS);
  assert.deepEqual(await routesOfProcess(server, 'acme'), []);
  assert.deepEqual(await routesOfProcess(server, 'acme,umbra'), []);
  assert.deepEqual((await routesOfProcess(server, 'all')).toSorted(), [
    '/api/v1/certificates',
    '/api/v1/config',
    '/api/v1/config/apply',
    '/api/v1/config/check',
    '/api/v1/config/dry-run',
    '/api/v1/config/insert',
    '/api/v1/config/reload',
    '/api/v1/config/revisions/:revision',
    '/api/v1/config/roll-back',
    '/api/v1/config/text',
    '/api/v1/doctor',
    '/api/v1/pipeline',
    '/api/v1/pipeline/ledger',
    '/api/v1/pipeline/stream',
    '/api/v1/process/history',
    '/api/v1/profile',
    '/api/v1/profile/flame',
    '/api/v1/senders',
    '/api/v1/status',
    '/api/v1/why/:traceId',
  ]);
});

test('refuses a caller of one tenant what is about the process in the same words', async (t) => {
  const server = await started(t);
  for (const path of ['/api/v1/senders', '/api/v1/pipeline', '/api/v1/process/history', '/api/v1/config/text']) {
    const response = await get(server, path, 'default,acme');
    assert.match(await response.text(), /tenant: expected a caller of all tenants/, path);
    assert.equal(response.status, 403, path);
  }
});

test('tells about the whole process a caller of one tenant with the token for edits', async (t) => {
  const proxied: AccessControl = {
    ...control,
    authenticate: () => ({ kind: 'granted', access: { ...accessOf(['acme']), kind: 'local' } }),
  };
  const server = await started(t, {
    accessControl: () => proxied,
    editToken: 'token-for-edits-1234',
    ...PROCESS_PARTS,
  });
  for (const [authorization, status] of [
    ['', 403],
    ['Bearer token-for-edits-9999', 403],
    ['Bearer token-for-edits-1234', 200],
  ] as const)
    assert.equal((await get(server, '/api/v1/pipeline', authorization)).status, status);
  const withIdentity = await started(t, { editToken: 'acme', ...PROCESS_PARTS });
  assert.equal((await get(withIdentity, '/api/v1/pipeline', 'Bearer acme')).status, 403, 'a caller with an identity');
});

test('gives the ledger to SQL only for callers who may see all tenants', async (t) => {
  const tables: string[][] = [];
  const ledger = { nodes: [], edges: [] } as unknown as PipelineLedger;
  const inspector = { ledger: async () => ledger } as unknown as PipelineInspector;
  const sql = {
    async queryJson({ tables: given = [] }: SqlRequest) {
      tables.push(given.map(({ name }) => name));
      return (async function* () {})();
    },
  };
  const memory = { ...createMemoryStore(), sql } as unknown as Store;
  for (const accessControl of [() => control, undefined]) {
    const { api } = await started(t, { inspector, memory, accessControl });
    const headers = { host: 'localhost', authorization: 'acme', 'content-type': 'application/json' };
    const body = JSON.stringify({ statement: 'SELECT * FROM ledger' });
    const request = new Request('http://localhost/api/v1/sql', { method: 'POST', headers, body });
    assert.equal((await api.fetch(request, CONNECTION)).status, 200);
  }
  assert.deepEqual(tables, [[], ['edges', 'ledger']]);
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
