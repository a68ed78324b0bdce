import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { startTestApi, type TestApi } from '@otelier/testkit/memory-api';

let directory: string;
let server: TestApi;
const SCRIPT = `console.log(${JSON.stringify('x'.repeat(2000))});`;

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'otelier-page-'));
  const dist = join(directory, 'dist');
  await mkdir(join(dist, 'assets'), { recursive: true });
  await writeFile(join(dist, 'index.html'), '<!doctype html><title>the page</title>');
  await writeFile(join(dist, 'theme.js'), 'theme()');
  await writeFile(join(dist, 'assets', 'index-CKK7rr39.js'), SCRIPT);
  await writeFile(join(dist, 'assets', 'index-CKK7rr39.js.br'), brotliCompressSync(SCRIPT));
  await writeFile(join(dist, 'assets', 'index-CKK7rr39.js.gz'), gzipSync(SCRIPT));
  await writeFile(join(dist, 'assets', 'stale-AAAAAAAA.css'), 'new');
  await writeFile(join(dist, 'assets', 'stale-AAAAAAAA.css.br'), brotliCompressSync('old'));
  await utimes(join(dist, 'assets', 'stale-AAAAAAAA.css.br'), 1, 1);
  await writeFile(join(dist, 'notes.secret'), 'not of the page');
  await writeFile(join(directory, 'outside.js'), 'outside()');
  server = await startTestApi({ pageDirectory: dist });
});
after(async () => {
  await server.shutdown(0);
  await rm(directory, { recursive: true });
});

/** Requests a path unchanged, because `fetch` would resolve its dot segments. */
function rawPath(path: string): Promise<{ status: number; body: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: string }>();
  const { port } = new URL(server.url);
  const outgoing = request({ port, host: '127.0.0.1', path }, (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
  });
  outgoing.on('error', reject).end();
  return promise;
}

test('serves the page for every route, revalidated each time', async () => {
  for (const path of ['/', '/traces', '/traces/0af7651916cd43dd8448eb211c80319c', '/metrics/http.server.duration']) {
    const response = await fetch(server.url + path);
    assert.match(await response.text(), /the page/);
    assert.equal(response.headers.get('content-type'), 'text/html; charset=utf-8');
    assert.equal(response.headers.get('cache-control'), 'no-cache');
  }
});

test('serves files with their type and caches hashed files forever', async () => {
  const theme = await fetch(`${server.url}/theme.js`);
  assert.deepEqual(
    [await theme.text(), theme.headers.get('content-type')],
    ['theme()', 'text/javascript; charset=utf-8'],
  );
  assert.equal(theme.headers.get('cache-control'), 'no-cache');
  const hashed = await fetch(`${server.url}/assets/index-CKK7rr39.js`);
  assert.equal(await hashed.text(), SCRIPT);
  assert.equal(hashed.headers.get('cache-control'), 'public, max-age=31536000, immutable');
});

test('serves a precompressed file to clients that accept it, brotli before gzip', async () => {
  const encodingFor = async (accept: string) => {
    const response = await fetch(`${server.url}/assets/index-CKK7rr39.js`, { headers: { 'accept-encoding': accept } });
    assert.equal(await response.text(), SCRIPT);
    assert.equal(response.headers.get('vary'), 'accept-encoding');
    return response.headers.get('content-encoding');
  };
  assert.equal(await encodingFor('gzip, deflate, br'), 'br');
  assert.equal(await encodingFor('gzip'), 'gzip');
  assert.equal(await encodingFor('br;q=0, gzip;q=0.5'), 'gzip');
  assert.equal(await encodingFor('identity'), null);
});

test('ignores a compressed copy of an older build', async () => {
  const response = await fetch(`${server.url}/assets/stale-AAAAAAAA.css`, { headers: { 'accept-encoding': 'br' } });
  assert.deepEqual([await response.text(), response.headers.get('content-encoding')], ['new', null]);
});

test('responds with 304 to a matching etag', async () => {
  const first = await fetch(`${server.url}/theme.js`);
  const again = await fetch(`${server.url}/theme.js`, {
    headers: { 'if-none-match': first.headers.get('etag') ?? '' },
  });
  assert.deepEqual([again.status, await again.text()], [304, '']);
});

test('HEAD has the length and no body', async () => {
  const response = await fetch(`${server.url}/theme.js`, { method: 'HEAD' });
  assert.deepEqual([response.headers.get('content-length'), await response.text()], ['7', '']);
});

test('a missing asset is an error, so that an old page notices', async () => {
  for (const name of ['a.js', '..%2f..%2foutside.js', '%00', '%5c', '%ff'])
    assert.match(await (await fetch(`${server.url}/services/${name}`)).text(), /the page/, name);
  assert.equal((await fetch(`${server.url}/assets/gone-AAAAAAAA.js`)).status, 404);
});

test('serves nothing outside the directory and only page files', async () => {
  for (const path of [
    '/../outside.js',
    '/%2e%2e/outside.js',
    '/assets/..%2f..%2foutside.js',
    '/..%5coutside.js',
    '//../outside.js',
    '/assets/%00.js',
    '/%',
  ]) {
    const { status, body } = await rawPath(path);
    assert.doesNotMatch(body, /outside\(\)/, path);
    assert.ok(status === 400 || /the page/.test(body), `${path}: ${status} ${body}`);
  }
  for (const path of ['/notes.secret', '/assets/index-CKK7rr39.js.br']) {
    assert.doesNotMatch(await (await fetch(server.url + path)).text(), /not of the page/, path);
  }
});

test('explains how to build a missing page', async () => {
  for (const pageDirectory of [undefined, join(directory, 'nowhere')]) {
    await using bare = await startTestApi({ pageDirectory });
    const response = await fetch(bare.url);
    const text = await response.text();
    assert.deepEqual([response.status, response.headers.get('content-type')], [503, 'text/html; charset=utf-8']);
    assert.match(text, /its page is not built/);
    assert.match(text, /node tools\/prepare\/prepare\.mjs --page/);
  }
});
