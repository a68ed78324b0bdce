import assert from 'node:assert/strict';
import { createHash, verify } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  ALL_TENANTS,
  AUDIT_FILE,
  type Identity,
  openIdentity,
  PUBLIC_KEY_FILE,
  readPublicKey,
  verifyAuditLog,
} from '@otelier/identity';
import { requestToJson } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { createMemoryStore } from '@otelier/testkit/memory-store';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { CLIENT, REDIRECT_URL, startTestProvider } from '@otelier/testkit/servers/oidc-provider';
import { systemClock } from '@otelier/transport';
import type { Authenticator } from '@otelier/transport/auth';
import { createHttpServer } from '@otelier/transport/http-server';
import { identity } from './identity.ts';
import { workbench } from './workbench.ts';

const directory = await mkdtemp(join(tmpdir(), 'otelier-identity-'));
after(() => rm(directory, { recursive: true, force: true }));

extensionContract(identity, { config: { directory: join(directory, 'contract') } });

const PASSWORD = 'correct horse battery';
const keys = { viewer: '', editor: '', admin: '', ingest: '' };

before(async () => {
  const opened: Identity = openIdentity({ directory: join(directory, 'page'), now: Date.now });
  const grants = [{ role: 'viewer', tenant: ALL_TENANTS }];
  await opened.users.create({ email: 'ada@example.com', name: 'Ada', password: PASSWORD, grants }, Date.now());
  for (const role of ['viewer', 'editor', 'admin', 'ingest'] as const)
    keys[role] = opened.keys.create({ name: role, role, tenant: '*', createdBy: 'local' }, Date.now()).text;
  opened.close();
});

/** Runs a workbench whose callers the extension identifies. */
async function withWorkbench(
  run: (url: string, authenticator: Authenticator) => Promise<void>,
  more: Record<string, unknown> = {},
): Promise<void> {
  const bench = await createComponentBench(workbench, {
    config: { endpoint: '127.0.0.1:0', auth: { authenticator: 'identity' } },
    extensions: { identity: { definition: identity, config: { directory: join(directory, 'page'), ...more } } },
    signals: ['traces'],
    clock: systemClock,
  });
  try {
    await bench.start();
    const [endpoint] = bench.service.host.endpoints();
    bench.service.host.offerStore('store', createMemoryStore());
    const offered = bench.service.host.extension('identity')?.offers as Authenticator;
    await run(`http://127.0.0.1:${endpoint?.address.split(':').at(-1)}`, offered);
  } finally {
    await bench.close();
  }
}

const form = (fields: Record<string, string>) => ({
  method: 'POST',
  redirect: 'manual' as const,
  body: new URLSearchParams(fields),
});

test('a browser is sent to the form, signs in, reads, and signs out', () =>
  withWorkbench(async (url) => {
    const html = { accept: 'text/html' };
    const page = await fetch(`${url}/traces?service=a`, { headers: html, redirect: 'manual' });
    assert.deepEqual([page.status, page.headers.get('location')], [303, '/sign-in?next=%2Ftraces%3Fservice%3Da']);
    const shown = await fetch(`${url}/sign-in?next=%2F%22%3E%3Cscript%3E`);
    assert.equal(shown.status, 200);
    assert.doesNotMatch(await shown.text(), /<script>/);
    const wrong = await fetch(`${url}/sign-in`, form({ email: 'ada@example.com', password: 'wrong' }));
    assert.deepEqual([wrong.status, wrong.headers.get('set-cookie')], [401, null]);
    assert.match(await wrong.text(), /The email address, the password or the code is not right/);
    const fields = { email: 'ada@example.com', password: PASSWORD };
    const right = await fetch(`${url}/sign-in`, form({ ...fields, next: '/traces?service=a' }));
    assert.deepEqual([right.status, right.headers.get('location')], [303, '/traces?service=a']);
    const set = right.headers.get('set-cookie') ?? '';
    assert.match(set, /^otelier_identity=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
    const cookie = set.split(';', 1)[0] ?? '';
    for (const next of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)']) {
      const elsewhere = await fetch(`${url}/sign-in`, form({ ...fields, next }));
      assert.equal(elsewhere.headers.get('location'), '/', next);
    }
    const status = async (path: string, init: RequestInit = {}) =>
      (await fetch(`${url}${path}`, { ...init, headers: { ...init.headers, cookie } })).status;
    assert.equal(await status('/api/v1/services'), 200);
    assert.equal(await status('/api/v1/config/text'), 403);
    const json = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } };
    assert.equal(await status('/api/v1/batch', json), 403, 'a write without Origin');
    assert.equal(
      await status('/api/v1/batch', { ...json, headers: { ...json.headers, origin: 'https://evil.example' } }),
      403,
    );
    await fetch(`${url}/sign-out`, { ...form({}), headers: { cookie } });
    assert.equal(await status('/api/v1/services'), 401);
  }));

const oidcOf = (issuer: string) => ({
  ...{ name: 'Test & Co', issuer, client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret },
  ...{ redirect_url: REDIRECT_URL, roles: [{ group: 'sre', role: 'viewer' }] },
});

test('a browser signs in with a provider, and out there as well', async () => {
  await using provider = await startTestProvider();
  const signIn = async (url: string) => {
    assert.match(await (await fetch(`${url}/sign-in?next=/logs`)).text(), />Continue with Test &#38; Co</);
    const begun = await fetch(`${url}/sign-in/provider?next=/logs`, { redirect: 'manual' });
    const binding = begun.headers.get('set-cookie') ?? '';
    assert.match(
      binding,
      /^__Secure-otelier_sign_in=[\w-]{100,1000}; Max-Age=600; Path=\/sign-in; HttpOnly; Secure; SameSite=Lax$/,
    );
    const { search } = await provider.authorize(begun.headers.get('location') ?? '');
    const callback = `${url}/sign-in/callback${search}`;
    const elsewhere = await fetch(callback);
    assert.deepEqual([elsewhere.status, elsewhere.headers.getSetCookie().length], [401, 1]);
    assert.match(await elsewhere.text(), /The sign-in has ended or began in another browser/);
    return fetch(callback, { headers: { cookie: binding.split(';', 1)[0] ?? '' } });
  };
  await withWorkbench(
    async (url) => {
      const response = await signIn(url);
      assert.match(await response.text(), /content="0;url=\/logs"/);
      const [session = '', ended] = response.headers.getSetCookie();
      assert.match(
        session,
        /^__Host-otelier_identity=[\w-]{43}; Max-Age=604800; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      );
      assert.match(ended ?? '', /^__Secure-otelier_sign_in=; Max-Age=0/);
      const headers = { cookie: session.split(';', 1)[0] ?? '' };
      const status = async () => (await fetch(`${url}/api/v1/services`, { headers })).status;
      assert.equal(await status(), 200);
      const out = await (await fetch(`${url}/sign-out`, { ...form({}), headers })).text();
      assert.ok(out.includes(`content="0;url=${provider.issuer}/session/end?`), out);
      assert.equal(await status(), 401);
    },
    { oidc: oidcOf(provider.issuer), directory: join(directory, 'provider') },
  );
});

test('the audit log is forwarded as log records in its order, also after an outage and a restart', async () => {
  const own = join(directory, 'forwarded');
  const audited = openIdentity({ directory: own, now: Date.now });
  const { text } = audited.keys.create({ name: 'v', role: 'viewer', tenant: '*', createdBy: 'local' }, Date.now());
  audited.close();
  const refuse = (url: string) => fetch(`${url}/api/v1/people`, { headers: { authorization: `Bearer ${text}` } });
  const handler = createRecordingHandler();
  const accepting = await createHttpServer({ endpoint: '127.0.0.1:0' }, handler);
  const { address } = accepting;
  await accepting.shutdown(0);
  const forward = { forward_audit_log: { protocol: 'http/protobuf', endpoint: `http://${address}` }, directory: own };
  await withWorkbench(async (url) => void (await refuse(url)), forward);
  assert.equal(handler.requests.length, 0);
  const server = await createHttpServer({ endpoint: address }, handler);
  try {
    await withWorkbench(async (url) => void (await refuse(url)), forward);
    // A position that is damaged or of another log means that entries arrive again, and none is left out.
    const [before] = recordsOf(handler);
    assert.deepEqual(before?.sequences, [1, 2]);
    await writeFile(join(own, 'audit-forwarded.json'), '{"bytes":7,"hash":"x"}');
    await withWorkbench(async () => {}, forward);
    assert.deepEqual(recordsOf(handler).at(-1)?.sequences, [1, 2]);
    const count = handler.requests.length;
    await withWorkbench(async () => {}, forward);
    assert.equal(handler.requests.length, count, 'nothing new');
  } finally {
    await server.shutdown(0);
  }
  const [{ records = [] } = {}] = recordsOf(handler);
  const key = readPublicKey(join(own, PUBLIC_KEY_FILE));
  for (const { body, severityText, attributes } of records) {
    const value = (name: string) =>
      attributes.find((one) => one.key === `otelier.audit.${name}`)?.value.stringValue ?? '';
    assert.ok(verify(null, Buffer.from(body.stringValue), key, Buffer.from(value('signature'), 'base64url')));
    assert.deepEqual([value('action'), value('outcome'), severityText], ['GET /api/v1/people', 'denied', 'WARN']);
    assert.equal(
      value('hash'),
      createHash('sha256')
        .update(`${value('signature')} ${body.stringValue}`)
        .digest('hex'),
    );
  }
});

interface ForwardedRecord {
  readonly body: { readonly stringValue: string };
  readonly severityText: string;
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue?: string } }[];
}

/** Returns the log records of each request, with the sequence of their entries. */
function recordsOf({ requests }: ReturnType<typeof createRecordingHandler>) {
  return requests.map(({ body }) => {
    const records = JSON.parse(requestToJson('logs', body)).resourceLogs[0].scopeLogs[0]
      .logRecords as ForwardedRecord[];
    return { records, sequences: records.map((record) => JSON.parse(record.body.stringValue).sequence) };
  });
}

test('options of a provider that cannot work are refused at the start', async () => {
  const errors: readonly (readonly [Record<string, unknown>, RegExp])[] = [
    [{ issuer: 'http://id.example.com' }, /oidc\.issuer: expected https, got "http:\/\/id\.example\.com"/],
    [{ redirect_url: 'https://otel.test/' }, /oidc\.redirect_url: expected a URL with the path \/sign-in\/callback/],
    [{ scopes: ['email'] }, /oidc\.scopes: expected the scope openid/],
    [{ roles: [{ group: 'sre', role: 'admin', tenant: 'A' }] }, /oidc\.roles\[0\]\.tenant: expected \* or a name/],
  ];
  for (const [more, message] of errors)
    await assert.rejects(
      withWorkbench(async () => {}, { oidc: { ...oidcOf('https://id.test'), ...more } }),
      message,
    );
});

test('roles of API keys decide what the API and receivers accept, without the token for edits', () =>
  withWorkbench(async (url, authenticator) => {
    const status = async (role: keyof typeof keys, path: string) =>
      (await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${keys[role]}` } })).status;
    assert.deepEqual(
      await Promise.all([status('viewer', '/api/v1/services'), status('ingest', '/api/v1/services')]),
      [200, 403],
    );
    assert.deepEqual(
      await Promise.all([status('viewer', '/prometheus/api/v1/labels'), status('ingest', '/prometheus/api/v1/labels')]),
      [200, 403],
    );
    const flame = async (role: keyof typeof keys) => {
      const headers = { authorization: `Bearer ${keys[role]}`, 'content-type': 'application/json' };
      return (await fetch(`${url}/api/v1/profile/flame`, { method: 'POST', headers, body: '{"seconds":0}' })).status;
    };
    assert.deepEqual([await flame('editor'), await flame('admin')], [403, 400]);
    assert.equal(authenticator.authenticate({ 'x-api-key': keys.ingest }).kind, 'authenticated');
    assert.equal(authenticator.authenticate({ 'x-api-key': keys.viewer }).kind, 'forbidden');
    assert.equal(authenticator.authenticate({}).kind, 'unauthenticated');
  }));

test('what was done and refused is in the audit log, without credentials', async () => {
  const path = join(directory, 'page');
  const log = await readFile(join(path, AUDIT_FILE), 'utf8');
  for (const secret of [PASSWORD, keys.viewer, keys.admin]) assert.ok(!log.includes(secret));
  const result = await verifyAuditLog(path, readPublicKey(join(path, PUBLIC_KEY_FILE)));
  assert.equal(result.kind, 'intact', JSON.stringify(result));
  const entries = log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line.slice(line.indexOf(' '))));
  const seen = new Set(entries.map(({ subject, action, outcome }) => `${subject.split(':')[0]} ${action} ${outcome}`));
  for (const expected of [
    'unknown sign_in denied',
    'user sign_in allowed',
    'user GET /api/v1/config/text denied',
    'key POST /api/v1/profile/flame denied',
    'key POST /api/v1/profile/flame failed',
  ])
    assert.ok(seen.has(expected), `${expected} in ${[...seen].join(', ')}`);
});

test('a workbench beside the extension must use it, and only it', async () => {
  const create = (config: Record<string, unknown>, extensions = true) =>
    createComponentBench(workbench, {
      config,
      ...(extensions && { extensions: { identity: { definition: identity, config: { directory } } } }),
    });
  await assert.rejects(
    create({}),
    /auth: expected auth: \{authenticator: identity\}, because otherwise the extension does not protect/,
  );
  await assert.rejects(
    create({ auth: { authenticator: 'identity' } }, false),
    /auth\.authenticator: expected an extension `identity`/,
  );
  const both = { auth: { authenticator: 'identity' }, token: 'a token of enough length' };
  await assert.rejects(create(both), /token: expected no token together with auth/);
});

test('the address of a shared database is checked without showing it', async () => {
  const create = (url: string) =>
    createComponentBench(workbench, {
      config: { auth: { authenticator: 'identity' } },
      extensions: { identity: { definition: identity, config: { directory, database: { postgres: { url } } } } },
    });
  for (const [url, message] of [
    ['mysql://ada:geheim@db/x', /database\.postgres\.url: expected a URL such as postgresql:/],
    ['postgresql://ada:geheim@db/x?sslmode=disable', /expected no parameter sslmode; set tls instead/],
  ] as const)
    await assert.rejects(
      create(url),
      (error) => error instanceof Error && message.test(error.message) && !error.message.includes('geheim'),
    );
});

test('someone whose role demands a second factor gets the account only, on the page and by the API', () =>
  withWorkbench(
    async (url) => {
      const signedIn = await fetch(`${url}/sign-in`, form({ email: 'ada@example.com', password: PASSWORD }));
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? assert.fail();
      const ask = (path: string, accept = '*/*') =>
        fetch(`${url}${path}`, { headers: { cookie, accept }, redirect: 'manual' });
      const page = await ask('/traces', 'text/html');
      assert.deepEqual([page.status, page.headers.get('location')], [303, '/admin?tab=account']);
      assert.equal((await ask('/admin?tab=account', 'text/html')).status, 200);
      const refused = await ask('/api/v1/services');
      assert.deepEqual(
        [refused.status, /second factor: expected one, which the role/.test(await refused.text())],
        [403, true],
      );
      const own = (await (await ask('/api/v1/account')).json()) as Record<string, unknown>;
      assert.deepEqual([own['lacks'], own['permissions']], ['second factor', []]);
      const byKey = await fetch(`${url}/api/v1/services`, { headers: { 'x-api-key': keys.viewer } });
      assert.equal(byKey.status, 200);
    },
    { require_second_factor: ['viewer'] },
  ));

test('a provider ends sessions by back-channel logout, whose errors are those of the specification', async () => {
  await using provider = await startTestProvider();
  const oidc = {
    ...{ issuer: provider.issuer, client_id: CLIENT.clientId, client_secret: CLIENT.clientSecret },
    ...{ redirect_url: REDIRECT_URL, roles: [{ group: '*', role: 'viewer' }] },
  };
  await withWorkbench(
    async (url) => {
      const response = await fetch(`${url}/sign-in/back-channel-logout`, form({ logout_token: 'a.b.c' }));
      assert.deepEqual([response.status, response.headers.get('cache-control')], [400, 'no-store']);
      assert.deepEqual(await response.json(), {
        error: 'invalid_request',
        error_description: 'logout_token: expected a signed token',
      });
    },
    { oidc },
  );
});
