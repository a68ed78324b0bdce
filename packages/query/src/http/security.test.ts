import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';
import fc from 'fast-check';
import { isLoopback } from './security.ts';

interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends a request with exactly these headers. `fetch` would add some and forbid others, as browsers do. */
function raw(
  { url }: TestApi,
  path: string,
  { method = 'GET', body, headers = {} }: { method?: string; body?: string; headers?: Record<string, string> } = {},
): Promise<RawResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<RawResponse>();
  const outgoing = request(`${url}${path}`, { method, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
  });
  outgoing.on('error', reject);
  outgoing.end(body);
  return promise;
}

/** Generates alternative spellings of a path: letters encoded once or twice, additional dot segments and slashes. */
function respelled(path: string): fc.Arbitrary<string> {
  const letters = [...path].map((letter) => {
    const once = `%${letter.charCodeAt(0).toString(16)}`;
    const twice = once.replace('%', '%25');
    if (letter !== '/') return fc.constantFrom(letter, letter, letter, once, once.toUpperCase(), twice);
    return fc.constantFrom('/', '/', '/./', '//', '/x/../', '/%2e/', '/x/%2E%2e/', '/x/.%2e/', '%2f', '\\');
  });
  return fc.tuple(...letters).map((all) => `/${all.join('').replace(/^[/\\]/, '')}`);
}

const STATUS = '/api/v1/status';
const SQL = '/api/v1/sql';
const TOKEN = 'correct horse battery staple';

describe('a page elsewhere reads and writes nothing', () => {
  test('rejects an unknown host name on every path (DNS rebinding)', async () => {
    await using server = await startTestApi();
    for (const host of [
      'evil.example',
      'evil.example:4319',
      'localhost.evil.example',
      '127.0.0.1.evil.example',
      'evil@localhost',
      'localhost:x',
    ]) {
      for (const path of [STATUS, '/', '/healthz', '/openapi.json', '/api/v1/logs/tail']) {
        const { status, body } = await raw(server, path, { headers: { host } });
        assert.ok(status === 403 || status === 400, `${host} ${path}: ${status}`);
        assert.doesNotMatch(body, /accepting|startedMillis/);
      }
    }
  });

  test('explains how to allow a host name', async () => {
    await using server = await startTestApi();
    const { status, body } = await raw(server, STATUS, { headers: { host: 'evil.example' } });
    assert.equal(status, 403);
    assert.match(
      JSON.parse(body).error.message,
      /^host: expected localhost, 127\.0\.0\.1 or a name that allowed_hosts .* got "evil\.example"$/,
    );
  });

  test('accepts loopback names with any port, as behind a forwarded one', async () => {
    await using server = await startTestApi();
    for (const host of ['localhost', 'LOCALHOST:9999', '127.0.0.1:1', '[::1]:4319', '127.8.9.10']) {
      assert.equal((await raw(server, STATUS, { headers: { host } })).status, 200, host);
    }
  });

  test('rejects a non-loopback address on a loopback connection', async () => {
    await using server = await startTestApi();
    for (const host of ['0.0.0.0:4319', '192.168.1.5:4319', '[::]:4319']) {
      assert.equal((await raw(server, STATUS, { headers: { host } })).status, 403, host);
    }
  });

  test('accepts addresses on non-loopback connections, because they cannot be rebound', async () => {
    await using server = await startTestApi();
    const ask = (host: string) =>
      server.api.fetch(new Request('http://x/api/v1/status', { headers: { host } }), { localAddress: '192.168.1.5' });
    assert.equal((await ask('192.168.1.5:4319')).status, 200);
    assert.equal((await ask('[fd00::1]:4319')).status, 200);
    assert.equal((await ask('evil.example')).status, 403);
  });

  test('accepts configured names, with the port where one is configured', async () => {
    await using server = await startTestApi({ allowedHosts: ['Otel.example.com', 'other.example.com:8443'] });
    const status = async (host: string) => (await raw(server, STATUS, { headers: { host } })).status;
    assert.equal(await status('otel.example.com'), 200);
    assert.equal(await status('otel.example.com:9000'), 200);
    assert.equal(await status('other.example.com:8443'), 200);
    assert.equal(await status('other.example.com:9000'), 403);
    assert.equal(await status('sub.otel.example.com'), 403);
  });

  test('rejects a cross-site request by its Origin, without CORS headers', async () => {
    await using server = await startTestApi();
    const { host } = new URL(server.url);
    for (const origin of [
      'https://evil.example',
      'null',
      'http://localhost:3000',
      `http://${host}.evil.example`,
      'garbage',
      '',
    ]) {
      const { status, headers } = await raw(server, STATUS, { headers: { origin } });
      assert.equal(status, 403, origin);
      assert.equal(headers['access-control-allow-origin'], undefined);
    }
    assert.equal((await raw(server, STATUS, { headers: { origin: `http://${host}` } })).status, 200);
  });

  test('rejects a cross-site request without an Origin by Sec-Fetch-Site', async () => {
    await using server = await startTestApi();
    const fetched = (site: string) =>
      raw(server, STATUS, { headers: { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' } });
    assert.equal((await fetched('cross-site')).status, 403);
    assert.equal((await fetched('same-site')).status, 403, 'another port of localhost is the same site');
    assert.equal((await fetched('same-origin')).status, 200);
    assert.equal((await fetched('none')).status, 200);
  });

  test('a link from elsewhere opens the page and no data', async () => {
    await using server = await startTestApi();
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    assert.match((await raw(server, '/traces/abc', { headers })).body, /its page is not built/);
    const data = [
      '/prometheus/api/v1/labels',
      '/loki/api/v1/labels',
      '/tempo/api/echo',
      '/jaeger/api/services',
      '/mcp',
    ];
    for (const path of [STATUS, ...data]) assert.equal((await raw(server, path, { headers })).status, 403, path);
    assert.equal(
      (await raw(server, '/traces/abc', { headers: { ...headers, 'sec-fetch-dest': 'iframe' } })).status,
      403,
    );
  });

  test('a link from elsewhere opens no data in any spelling of its path', async () => {
    await using server = await startTestApi();
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    const { hostname, port } = new URL(server.url);
    const statusOf = (path: string): Promise<number> => {
      const { promise, resolve, reject } = Promise.withResolvers<number>();
      // The path is passed separately, because dot segments in a URL would be resolved before it is sent.
      const outgoing = request({ hostname, port, path, headers }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      });
      outgoing.on('error', reject).end();
      return promise;
    };
    assert.equal(await statusOf('/%61pi/v1/status'), 403);
    await fc.assert(
      fc.asyncProperty(respelled('/api/v1/status'), async (path) => {
        assert.match(String(await statusOf(path)), /^40[03]$/, path);
      }),
      { seed: 20_261_130, numRuns: 300 },
    );
  });

  test('rejects preflights, so that no other page can send JSON', async () => {
    await using server = await startTestApi();
    const headers = {
      origin: 'https://evil.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const response = await raw(server, SQL, { method: 'OPTIONS', headers });
    assert.equal(response.status, 403);
    assert.deepEqual(
      Object.keys(response.headers).filter((name) => name.startsWith('access-control')),
      [],
    );
  });

  test('rejects posts of forms and beacons, which need no preflight', async () => {
    await using server = await startTestApi();
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data',
      'text/plain; application/json',
      '',
    ]) {
      const response = await raw(server, SQL, {
        method: 'POST',
        body: '{"statement":"SELECT 1"}',
        headers: type === '' ? {} : { 'content-type': type },
      });
      assert.equal(response.status, 415, type);
    }
    const right = await raw(server, SQL, {
      method: 'POST',
      body: '{"statement":"SELECT 1"}',
      headers: { 'content-type': 'application/json; charset=utf-8' },
    });
    assert.equal(right.status, 503, 'reaches the store, which has no SQL here');
  });

  test('rejects unused methods', async () => {
    await using server = await startTestApi();
    for (const method of ['PUT', 'DELETE', 'PATCH']) assert.equal((await raw(server, STATUS, { method })).status, 405);
  });

  test('forbids sniffing, framing and inline scripts in every response', async () => {
    await using server = await startTestApi({ token: TOKEN });
    for (const path of [STATUS, '/', '/healthz', '/nothing', '/assets/x.js']) {
      const { headers } = await raw(server, path);
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
      assert.equal(headers['cross-origin-resource-policy'], 'same-origin', path);
      const policy = String(headers['content-security-policy']);
      assert.match(policy, /default-src 'self'/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.doesNotMatch(policy, /unsafe/);
    }
  });
});

describe('with a token', () => {
  test('requires it for every request except /healthz', async () => {
    await using server = await startTestApi({ token: TOKEN });
    for (const path of [STATUS, '/', '/openapi.json', '/api/v1/logs/tail', '/assets/index.js']) {
      const { status, headers, body } = await raw(server, path);
      assert.equal(status, 401, path);
      assert.match(String(headers['www-authenticate']), /^Bearer realm="otelier"/);
      assert.doesNotMatch(body, new RegExp(TOKEN));
    }
    assert.equal((await raw(server, '/healthz')).status, 200);
  });

  test('accepts the right one and rejects any other', async () => {
    await using server = await startTestApi({ token: TOKEN });
    const status = async (authorization: string) => (await raw(server, STATUS, { headers: { authorization } })).status;
    assert.equal(await status(`Bearer ${TOKEN}`), 200);
    assert.equal(await status(`bearer ${TOKEN}`), 200);
    for (const wrong of [
      `Bearer ${TOKEN}x`,
      `Bearer ${TOKEN.slice(1)}`,
      'Bearer ',
      `Basic ${btoa(`x:${TOKEN}`)}`,
      TOKEN,
    ]) {
      assert.equal(await status(wrong), 401, wrong);
    }
  });

  test('exchanges it for a cookie that scripts and other sites cannot read', async () => {
    await using server = await startTestApi({ token: TOKEN });
    const login = await raw(server, `/traces?service=web&token=${encodeURIComponent(TOKEN)}`);
    assert.deepEqual([login.status, login.headers['location']], [303, '/traces?service=web']);
    const [cookie = ''] = login.headers['set-cookie'] ?? [];
    assert.match(cookie, /^otelier_session=[\w-]{43}; Max-Age=\d+; Path=\/; HttpOnly; SameSite=Strict$/);
    assert.doesNotMatch(cookie, /horse/);
    const session = cookie.split(';')[0] ?? '';
    assert.equal((await raw(server, STATUS, { headers: { cookie: `other=1; ${session}` } })).status, 200);
    assert.equal((await raw(server, STATUS, { headers: { cookie: `${session}x` } })).status, 401);
    assert.equal((await raw(server, STATUS, { headers: { cookie: `otelier_session=${TOKEN}` } })).status, 401);
  });

  test('rejects cross-site requests with a cookie', async () => {
    await using server = await startTestApi({ token: TOKEN });
    const login = await raw(server, `/?token=${encodeURIComponent(TOKEN)}`);
    const cookie = String(login.headers['set-cookie']).split(';')[0] ?? '';
    assert.equal((await raw(server, STATUS, { headers: { cookie, origin: 'https://evil.example' } })).status, 403);
    assert.equal((await raw(server, STATUS, { headers: { cookie, 'sec-fetch-site': 'cross-site' } })).status, 403);
  });

  test('ignores it in the URL of data', async () => {
    await using server = await startTestApi({ token: TOKEN });
    assert.equal((await raw(server, `${STATUS}?token=${encodeURIComponent(TOKEN)}`)).status, 401);
  });

  test('redirects only within the page after login', async () => {
    await using server = await startTestApi({ token: TOKEN });
    const { headers } = await raw(server, `//evil.example/x?token=${encodeURIComponent(TOKEN)}`);
    assert.equal(headers['location'], '/evil.example/x');
  });

  test('shows a login form to a browser without it', async () => {
    await using server = await startTestApi({ token: TOKEN });
    const page = await raw(server, '/', { headers: { accept: 'text/html,*/*' } });
    assert.equal(page.status, 401);
    assert.match(page.body, /<form method="get">.*name="token"/s);
    assert.match((await raw(server, '/?token=wrong', { headers: { accept: 'text/html' } })).body, /Wrong token/);
  });
});

test('accepts configured users with their password', async () => {
  await using server = await startTestApi({ users: ['ann:secret'] });
  const status = async (credentials: string) =>
    (await raw(server, STATUS, { headers: { authorization: `Basic ${btoa(credentials)}` } })).status;
  assert.equal(await status('ann:secret'), 200);
  assert.equal(await status('ann:wrong'), 401);
  assert.equal(await status('bob:secret'), 401);
  assert.match(String((await raw(server, STATUS)).headers['www-authenticate']), /^Basic/);
});

test('loopback is told from everything else', () => {
  for (const host of ['localhost', '127.0.0.1', '127.255.0.3', '::1', '[::1]', '::ffff:127.0.0.1'])
    assert.ok(isLoopback(host), host);
  for (const host of [
    '',
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    '1127.0.0.1',
    '127.0.0.1.example',
    'localhost.example',
  ])
    assert.ok(!isLoopback(host), host);
});
