import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A private key with its public one. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** An OpenID Connect issuer for tests, which can misbehave. */
export interface TestIssuer {
  readonly url: string;
  /** The published keys. Assign to rotate them. */
  keys: readonly JWK[];
  /** Replaces the response to a path; `undefined` for the right one. */
  misbehave: (path: string) => { readonly status: number; readonly body: string } | undefined;
  /** Number of times that the keys were read. */
  keyRequests: number;
  sign(key: SigningKey, claims?: Readonly<Record<string, unknown>>, header?: object): Promise<string>;
  close(): Promise<void>;
}

/** Creates a key. */
export async function createSigningKey(alg: string, kid = alg): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Starts an issuer. Its tokens are for the audience `otelier` and expire in an hour. */
export async function startIssuer(port = 0): Promise<TestIssuer> {
  const http = createServer((request, response) => {
    const path = request.url ?? '';
    if (path === '/jwks') issuer.keyRequests += 1;
    const wrong = issuer.misbehave(path);
    if (wrong !== undefined) response.writeHead(wrong.status).end(wrong.body);
    else if (path === '/jwks') response.end(JSON.stringify({ keys: issuer.keys }));
    else if (path === '/.well-known/openid-configuration')
      response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` }));
    else response.writeHead(404).end();
  });
  http.listen(port, '127.0.0.1');
  await once(http, 'listening');
  const issuer: TestIssuer = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    keys: [],
    misbehave: () => undefined,
    keyRequests: 0,
    sign: ({ kid, alg, privateKey }, claims = {}, header = {}) => {
      const nowSeconds = Math.floor(Date.now() / 1000);
      const all = { iss: issuer.url, aud: 'otelier', sub: 'alice', exp: nowSeconds + 3600, ...claims };
      return new SignJWT(all).setProtectedHeader({ alg, kid, ...header }).sign(privateKey);
    },
    async close() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
  return issuer;
}
