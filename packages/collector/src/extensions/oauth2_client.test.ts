import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { localContext } from '@otelier/otlp';
import { type ComponentBench, createComponentBench } from '@otelier/testkit/component-bench';
import { extensionContract } from '@otelier/testkit/component-contract';
import { isClientAuthenticator } from '../component/auth/client-auth.ts';
import { oauth2Client } from './oauth2_client.ts';

const CREDENTIALS = { client_id: 'otelier', client_secret: 'p@ss word' };
const NOWHERE = { ...CREDENTIALS, token_url: 'http://127.0.0.1:1/token' };

extensionContract(oauth2Client, { config: NOWHERE });

interface TokenServer {
  readonly url: string;
  /** The received requests, oldest first. */
  readonly requests: { readonly form: URLSearchParams; readonly authorization: string | undefined }[];
  /** Status and body of the next responses; no response for `undefined`. */
  respond: () => readonly [number, unknown] | undefined;
  close(): Promise<void>;
}

async function startTokenServer(): Promise<TokenServer> {
  let count = 0;
  const requests: TokenServer['requests'] = [];
  const server = http.createServer(async (request, response) => {
    const body = (await request.toArray()).join('');
    requests.push({ form: new URLSearchParams(body), authorization: request.headers.authorization });
    const next = result.respond();
    if (next === undefined) return;
    response.writeHead(next[0], { 'content-type': 'application/json' }).end(JSON.stringify(next[1]));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const result: TokenServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    requests,
    respond: () => [200, { access_token: `token-${++count}`, token_type: 'bearer', expires_in: 3600 }],
    async close() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
  return result;
}

interface World {
  readonly server: TokenServer;
  readonly bench: ComponentBench;
  /** Authorizes a request; returns its `authorization` header, or why there is none. */
  authorize(signal?: AbortSignal): Promise<string | undefined>;
}

async function withExtension(config: Record<string, unknown>, run: (world: World) => Promise<void>): Promise<void> {
  const server = await startTokenServer();
  const bench = await createComponentBench(oauth2Client, { config: { token_url: server.url, ...config } });
  try {
    await bench.start();
    const authenticator = bench.service.host.extension('tested')?.offers;
    assert.ok(isClientAuthenticator(authenticator));
    const authorize = async (signal = new AbortController().signal) => {
      const result = await authenticator.authorize({ headers: { a: 'b' }, context: localContext(0), signal });
      if (result.kind !== 'authorized') return `${result.kind}: ${result.reason}`;
      assert.equal(result.headers['a'], 'b');
      return result.headers['authorization'];
    };
    await run({ server, bench, authorize });
  } finally {
    await bench.close();
    await server.close();
  }
}

test('requests a token with client credentials, and reuses it until it is about to expire', () =>
  withExtension({ ...CREDENTIALS, scopes: ['a', 'b'], endpoint_params: { audience: ['x', 'y'] } }, async (world) => {
    const { server, bench, authorize } = world;
    assert.deepEqual(await Promise.all([authorize(), authorize()]), ['Bearer token-1', 'Bearer token-1']);
    const [request] = server.requests;
    assert.equal(request?.authorization, `Basic ${btoa('otelier:p%40ss+word')}`);
    assert.equal(request.form.toString(), 'grant_type=client_credentials&scope=a+b&audience=x&audience=y');
    // The default of `expiry_buffer` is five minutes.
    await bench.clock.advance(55 * 60_000 - 1_000);
    assert.equal(await authorize(), 'Bearer token-1');
    await bench.clock.advance(2_000);
    assert.equal(await authorize(), 'Bearer token-2');
    assert.doesNotMatch(JSON.stringify(bench.logs), /token-\d|p@ss/);
  }));

test('requests tokens that live shorter than the buffer once in half of their lifetime', () =>
  withExtension(CREDENTIALS, async ({ server, bench, authorize }) => {
    server.respond = () => [200, { access_token: 'short', expires_in: 60 }];
    for (let second = 0; second < 60; second += 10) {
      assert.equal(await authorize(), 'Bearer short');
      await bench.clock.advance(10_000);
    }
    assert.equal(server.requests.length, 2);
  }));

test('signs an assertion', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const config = {
    client_id: 'otelier',
    client_certificate_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_certificate_key_id: 'key-1',
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    signature_algorithm: 'RS512',
    claims: { team: 'shop' },
    scopes: ['write'],
  };
  await withExtension(config, async ({ server, bench, authorize }) => {
    assert.equal(await authorize(), 'Bearer token-1');
    const { form } = server.requests[0] ?? assert.fail('no request');
    assert.equal(form.get('grant_type'), config.grant_type);
    const [header = '', payload = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const decode = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    assert.deepEqual(decode(header), { alg: 'RS512', typ: 'JWT', kid: 'key-1' });
    const { jti, ...claims } = decode(payload);
    const now = Math.floor(bench.clock.now() / 1000);
    const expected = { iss: 'otelier', sub: 'otelier', aud: server.url, iat: now, exp: now + 1800, scope: 'write' };
    assert.deepEqual(claims, { ...expected, team: 'shop' });
    assert.match(jti, /^[0-9a-f-]{36}$/);
    const signed = Buffer.from(`${header}.${payload}`, 'utf8');
    assert.ok(verify('RSA-SHA512', signed, publicKey, Buffer.from(signature, 'base64url')));
  });
});

test('reads credentials from files with each request', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-oauth2-'));
  const file = join(directory, 'secret');
  await writeFile(file, 'one\n');
  await withExtension({ client_id: 'a', client_secret_file: file }, async ({ server, bench, authorize }) => {
    await authorize();
    await writeFile(file, 'two\n');
    await bench.clock.advance(3_600_000);
    await authorize();
    assert.deepEqual(
      server.requests.map(({ authorization }) => authorization),
      [`Basic ${btoa('a:one')}`, `Basic ${btoa('a:two')}`],
    );
    await rm(directory, { recursive: true });
    await bench.clock.advance(3_600_000);
    assert.match(
      (await authorize()) ?? '',
      /^retry: no access token from .*client_secret_file: expected a readable file/,
    );
  });
});

test('keeps a valid token while the endpoint fails, then asks for a retry, with one request a second', () =>
  withExtension(CREDENTIALS, async ({ server, bench, authorize }) => {
    assert.equal(await authorize(), 'Bearer token-1');
    server.respond = () => [401, { error: 'invalid_client', error_description: 'unknown client' }];
    await bench.clock.advance(56 * 60_000);
    assert.equal(await authorize(), 'Bearer token-1');
    assert.equal(await authorize(), 'Bearer token-1');
    assert.equal(server.requests.length, 2);
    await bench.clock.advance(4 * 60_000);
    const reason = `retry: no access token from ${server.url}: the server responded 401 (invalid_client, unknown client)`;
    assert.equal(await authorize(), reason);
    assert.equal(server.requests.length, 3);
    server.respond = () => [200, { access_token: 'new', token_type: 'DPoP' }];
    await bench.clock.advance(1_000);
    assert.equal(await authorize(), 'DPoP new');
  }));

test('ends the wait of a request that is aborted, and the request for a token at its timeout', () =>
  withExtension({ ...CREDENTIALS, timeout: '7s' }, async ({ server, bench, authorize }) => {
    server.respond = () => undefined;
    const abort = new AbortController();
    const first = authorize(abort.signal);
    const second = authorize();
    abort.abort(new Error('no time left'));
    assert.equal(await first, 'retry: no time left');
    while (server.requests.length === 0) await new Promise(setImmediate);
    await bench.clock.advance(7_000);
    assert.match((await second) ?? '', /^retry: no access token from .*no response within 7s/);
  }));

const responses: readonly (readonly [body: unknown, status: number])[] = [
  ['not an object', 200],
  [{}, 200],
  [{ access_token: 5 }, 200],
  [{ access_token: 'with\nnewline' }, 200],
  [{ access_token: '' }, 200],
  [{ access_token: 'secret-one', token_type: 7 }, 200],
  [{ access_token: 'secret-one' }, 500],
  ['x'.repeat(2 << 20), 200],
];

for (const [body, status] of responses) {
  test(`reports a response ${status} ${JSON.stringify(body).slice(0, 60)}`, () =>
    withExtension(CREDENTIALS, async ({ server, authorize }) => {
      server.respond = () => [status, body];
      const result = (await authorize()) ?? '';
      assert.match(result, /^retry: no access token from http:\/\/127\.0\.0\.1:\d+\/token: /);
      assert.doesNotMatch(result, /secret-one|newline/);
    }));
}

const refused: readonly (readonly [config: Record<string, unknown>, message: RegExp])[] = [
  [{ client_secret: 'a', token_url: 'http://h/t' }, /client_id: expected client_id or client_id_file, got neither/],
  [{ client_id: 'a', token_url: 'http://h/t' }, /client_secret: expected client_secret or client_secret_file/],
  [CREDENTIALS, /token_url: expected/],
  [{ ...CREDENTIALS, token_url: 'ftp://h/t' }, /token_url: expected/],
  [{ ...NOWHERE, timeout: '0s' }, /timeout: expected a timeout above 0/],
  [
    { ...NOWHERE, endpoint_params: { scope: 'a' }, scopes: ['b'] },
    /endpoint_params: expected parameters .*, got scope/,
  ],
  [{ ...NOWHERE, client_id_file: '/nowhere' }, /client_id_file: expected a readable file, got \/nowhere/],
  [
    { ...NOWHERE, grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
    /client_certificate_key: expected client_certificate_key or/,
  ],
  [
    { ...NOWHERE, grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', client_certificate_key: 'hunter2' },
    /client_certificate_key: expected an RSA private key as PEM text/,
  ],
];

for (const [config, message] of refused) {
  test(`refuses ${JSON.stringify(config)}`, async () => {
    await assert.rejects(createComponentBench(oauth2Client, { config }), (error: Error) => {
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /hunter2|p@ss/);
      return true;
    });
  });
}
