import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { encodeRequest } from '@otelier/testkit/request-codec';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import { exportJWK, generateKeyPair } from 'jose';
import { startGateway } from '../../service/reload/gateway.testing.ts';

/** The part of `oidc-provider`, which has no types, that the test uses. */
interface ProviderModule {
  readonly default: new (issuer: string, options: object) => { callback(): RequestListener };
}

test('a token of oidc-provider opens a receiver over HTTP and gRPC, and no other does', async (t) => {
  let serve: RequestListener = () => {};
  const http = createServer((request, response) => serve(request, response));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  t.after(() => {
    http.closeAllConnections();
    http.close();
  });
  const issuer = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const { default: Provider } = createRequire(import.meta.url)('oidc-provider') as ProviderModule;
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  t.mock.method(console, 'warn', () => {});
  t.mock.method(console, 'info', () => {});
  serve = new Provider(issuer, {
    jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'one', alg: 'RS256', use: 'sig' }] },
    clients: [
      {
        client_id: 'checkout',
        client_secret: 'hunter2',
        grant_types: ['client_credentials'],
        redirect_uris: [],
        response_types: [],
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => 'urn:otelier',
        getResourceServerInfo: () => ({ scope: '', accessTokenFormat: 'jwt', audience: 'otelier' }),
      },
    },
  }).callback();
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('checkout:hunter2')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  const { access_token: token } = (await response.json()) as { access_token: string };
  const auth = 'auth: {authenticator: oidc}';
  const gateway = await startGateway(
    t,
    `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0", ${auth}}, http: {endpoint: "127.0.0.1:0", ${auth}}}}}
exporters: {nop: {}}
extensions: {oidc: {providers: [{issuer_url: "${issuer}", audience: otelier}]}}
service: {extensions: [oidc], pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}`,
  );
  const request = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans: [{ name: 'a' }] }] }] });
  for (const [protocol, create] of [
    ['grpc', createGrpcClient],
    ['http', createHttpClient],
  ] as const) {
    const endpoint = `http://${gateway.address(protocol)}`;
    const send = async (headers: Readonly<Record<string, string>>) => {
      const client = create({ endpoint, headers });
      const outcome = await client.export('traces', [request]);
      await client.shutdown();
      return outcome;
    };
    assert.equal((await send({ authorization: `Bearer ${token}` })).kind, 'accepted');
    assert.equal((await send({})).kind, 'refused');
    assert.equal((await send({ authorization: `Bearer ${token.slice(0, -4)}AAAA` })).kind, 'refused');
  }
});

test('while the keys of the issuer are not known, receivers reject requests as retryable', async (t) => {
  const auth = 'auth: {authenticator: oidc}';
  const gateway = await startGateway(
    t,
    `
receivers: {otlp: {protocols: {grpc: {endpoint: "127.0.0.1:0", ${auth}}, http: {endpoint: "127.0.0.1:0", ${auth}}}}}
exporters: {nop: {}}
extensions: {oidc: {providers: [{issuer_url: "http://127.0.0.1:1", audience: otelier}]}}
service: {extensions: [oidc], pipelines: {traces: {receivers: [otlp], exporters: [nop]}}}`,
  );
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${encode({ alg: 'RS256', kid: 'x' })}.${encode({ iss: 'http://127.0.0.1:1' })}.AAAA`;
  for (const [protocol, create] of [
    ['grpc', createGrpcClient],
    ['http', createHttpClient],
  ] as const) {
    const endpoint = `http://${gateway.address(protocol)}`;
    const client = create({ endpoint, headers: { authorization: `Bearer ${token}` } });
    t.after(() => client.shutdown());
    const outcome = await client.export('traces', [encodeRequest('traces', { resourceSpans: [] })]);
    assert.equal(outcome.kind, 'retry', JSON.stringify(outcome));
  }
});
