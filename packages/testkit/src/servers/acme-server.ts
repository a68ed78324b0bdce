import { createHash, createHmac, createPublicKey, randomBytes, verify, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { type Certificate, signRequestedCertificate } from '../certificates.ts';

/** Options for `startAcmeServer`. */
export interface AcmeServerOptions {
  readonly ca: Certificate;
  /** Milliseconds since the Unix epoch, from which certificates are valid. */
  readonly now: () => number;
  readonly lifetimeMillis?: number;
  /** Port to which validations connect, whatever the name. */
  readonly validationPort: () => number;
  /** Requires accounts that it knows: key IDs with their keys in base64url. */
  readonly externalAccounts?: Readonly<Record<string, string>>;
  /** Whether it has renewal information (RFC 9773). */
  readonly window?: (certificate: X509Certificate) => { readonly start: Date; readonly end: Date };
}

/** A response that replaces the one of the server. */
export interface AcmeReplacement {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends a response. */
type AcmeSender = (response: ServerResponse) => void;

/** A running server. */
export interface AcmeServer {
  readonly directoryUrl: string;
  /** What clients asked for, oldest first: the path and the payload. */
  readonly requests: { readonly path: string; readonly payload: unknown }[];
  readonly issued: X509Certificate[];
  readonly revoked: string[];
  /** Number of nonces that are rejected from now on, although they are valid. */
  rejectedNonces: number;
  /** Returns what is sent instead of a response, or sends it; nothing for the response itself. */
  replace: (path: string, response: unknown, reply: AcmeReplacement) => AcmeReplacement | AcmeSender | undefined;
  close(): Promise<void>;
}

/**
 * Starts a certificate authority that speaks ACME (RFC 8555), as a fixture of tests: it verifies signatures, nonces and challenges, and keeps
 * everything in memory. It is not a server to use; `npm run interop -- --only acme` runs one of others.
 */
export async function startAcmeServer(options: AcmeServerOptions): Promise<AcmeServer> {
  const nonces = new Set<string>();
  const accounts = new Map<string, JsonWebKey>();
  const orders: Order[] = [];
  let origin = '';
  const server: AcmeServer = {
    directoryUrl: '',
    requests: [],
    issued: [],
    revoked: [],
    rejectedNonces: 0,
    replace: () => undefined,
    async close() {
      listener.closeAllConnections();
      await once(listener.close(), 'close');
    },
  };
  const listener = http.createServer(async (request, response) => {
    const path = request.url ?? '';
    const nonce = randomBytes(16).toString('base64url');
    nonces.add(nonce);
    let result: Result;
    try {
      result = await respond(path, request);
    } catch (error) {
      const [type, status] = error instanceof Rejected ? [error.type, error.status] : ['serverInternal', 500];
      const detail = error instanceof Error ? error.message : String(error);
      result = { status, body: { type: `urn:ietf:params:acme:error:${type}`, detail } };
    }
    const reply = replyOf(nonce, result);
    const replaced = server.replace(path, result.body, reply);
    if (typeof replaced === 'function') replaced(response);
    else send(response, replaced === undefined ? reply : replyOf(nonce, replaced));
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return Object.assign(server, { directoryUrl: `${origin}/directory` });

  async function respond(path: string, request: IncomingMessage): Promise<Result> {
    if (path === '/directory') return { body: directory() };
    if (path === '/nonce') return { body: '' };
    if (path.startsWith('/renewal/')) return renewal(path.slice('/renewal/'.length));
    const signed = JSON.parse((await request.toArray()).join('')) as Jws;
    const { payload, key, account } = verified(signed, `${origin}${path}`);
    server.requests.push({ path, payload });
    if (path === '/account') return createAccount(payload, key, `${origin}/account`);
    if (path === '/revoke') return revoke(payload as { readonly certificate: string });
    if (account === undefined) throw new Rejected('accountDoesNotExist', 'expected an account', 401);
    if (path === '/order') return createOrder(payload as NewOrder);
    return await respondToOrder(path, payload, account);
  }

  async function respondToOrder(path: string, payload: unknown, account: JsonWebKey): Promise<Result> {
    const [, resource, id, index, type = ''] = path.split('/');
    const order = orders[Number(id)];
    if (order === undefined) throw new Rejected('malformed', 'there is no such order', 404);
    if (resource === 'order') return { body: orderBody(order) };
    if (resource === 'finalize') return finalize(order, payload as { readonly csr: string });
    if (resource === 'certificate') return { body: order.chain ?? '' };
    const authorization = order.authorizations[Number(index)];
    if (authorization === undefined) throw new Rejected('malformed', 'there is no such authorization', 404);
    if (resource === 'challenge') await validate(authorization, type, account);
    return { body: authorizationBody(order, authorization) };
  }

  function revoke({ certificate }: { readonly certificate: string }): Result {
    server.revoked.push(new X509Certificate(Buffer.from(certificate, 'base64url')).serialNumber);
    return { body: '' };
  }

  function directory() {
    return {
      newNonce: `${origin}/nonce`,
      newAccount: `${origin}/account`,
      newOrder: `${origin}/order`,
      revokeCert: `${origin}/revoke`,
      ...(options.window === undefined ? {} : { renewalInfo: `${origin}/renewal` }),
      meta: {
        termsOfService: 'https://example.com/terms',
        externalAccountRequired: options.externalAccounts !== undefined,
      },
    };
  }

  function verified({ protected: head, payload, signature }: Jws, url: string) {
    const header = decode(head) as { alg: string; nonce: string; url: string; jwk?: JsonWebKey; kid?: string };
    const isFresh = nonces.delete(header.nonce);
    if (!isFresh || server.rejectedNonces > 0) {
      server.rejectedNonces = Math.max(0, server.rejectedNonces - 1);
      throw new Rejected('badNonce', 'this nonce was used before', 400);
    }
    const key = header.jwk ?? accounts.get(header.kid ?? '');
    if (key === undefined || header.alg !== 'ES256' || header.url !== url)
      throw new Rejected('unauthorized', 'expected a request of a known account to this URL', 403);
    const verifier = { key: createPublicKey({ key, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const;
    if (!verify('sha256', Buffer.from(`${head}.${payload}`), verifier, Buffer.from(signature, 'base64url')))
      throw new Rejected('unauthorized', 'the signature differs', 403);
    return {
      payload: payload === '' ? undefined : decode(payload),
      key,
      account: header.kid === undefined ? undefined : key,
    };
  }

  function createAccount(payload: unknown, key: JsonWebKey, url: string): Result {
    const { termsOfServiceAgreed, externalAccountBinding } = payload as NewAccount;
    if (termsOfServiceAgreed !== true) throw new Rejected('userActionRequired', 'expected agreement to the terms', 403);
    if (options.externalAccounts !== undefined) {
      const { protected: head = '', payload: bound = '', signature = '' } = externalAccountBinding ?? {};
      const { kid = '' } = head === '' ? {} : (decode(head) as { kid?: string });
      const mac = createHmac('sha256', Buffer.from(options.externalAccounts[kid] ?? '', 'base64url'));
      if (
        mac.update(`${head}.${bound}`).digest('base64url') !== signature ||
        thumbprint(decode(bound)) !== thumbprint(key)
      )
        throw new Rejected('externalAccountRequired', 'expected a known external account', 403);
    }
    const account = `${url}/${thumbprint(key)}`;
    accounts.set(account, key);
    return { status: 201, headers: { location: account }, body: { status: 'valid' } };
  }

  function createOrder({ identifiers }: NewOrder): Result {
    const authorizations = identifiers.map((identifier): Authorization => {
      return { identifier, token: randomBytes(24).toString('base64url'), status: 'pending' };
    });
    const order: Order = { id: orders.length, authorizations };
    orders.push(order);
    return { status: 201, headers: { location: `${origin}/order/${order.id}` }, body: orderBody(order) };
  }

  function orderBody(order: Order) {
    const { id, authorizations, chain } = order;
    const states = new Set(authorizations.map(({ status }) => status));
    const open = states.has('pending') ? 'pending' : 'ready';
    return {
      status: states.has('invalid') ? 'invalid' : chain === undefined ? open : 'valid',
      identifiers: authorizations.map(({ identifier }) => identifier),
      authorizations: authorizations.map((_, index) => `${origin}/authorization/${id}/${index}`),
      finalize: `${origin}/finalize/${id}`,
      ...(chain === undefined ? {} : { certificate: `${origin}/certificate/${id}` }),
    };
  }

  function authorizationBody(order: Order, authorization: Authorization) {
    const { identifier, token, status, error } = authorization;
    const index = order.authorizations.indexOf(authorization);
    const challenges = (['http-01', 'tls-alpn-01'] as const).map((type) => {
      return { type, token, status, url: `${origin}/challenge/${order.id}/${index}/${type}`, ...(error && { error }) };
    });
    return { identifier, status, challenges };
  }

  async function validate(authorization: Authorization, type: string, account: JsonWebKey): Promise<void> {
    const { token, identifier } = authorization;
    const expected = `${token}.${thumbprint(account)}`;
    const port = options.validationPort();
    try {
      const found =
        type === 'http-01'
          ? (await (await fetch(`http://127.0.0.1:${port}/.well-known/acme-challenge/${token}`)).text()) === expected
          : await validateByTls(identifier.value, createHash('sha256').update(expected).digest(), port);
      if (!found) throw new Error('the response differs');
      authorization.status = 'valid';
    } catch (error) {
      authorization.status = 'invalid';
      authorization.error = { type: 'urn:ietf:params:acme:error:incorrectResponse', detail: String(error) };
    }
  }

  async function finalize(order: Order, { csr }: { readonly csr: string }): Promise<Result> {
    const fromMillis = options.now();
    const validity = { fromMillis, toMillis: fromMillis + (options.lifetimeMillis ?? 90 * 86_400_000) };
    const names = order.authorizations.map(({ identifier }) => identifier.value);
    const certificate = await signRequestedCertificate(options.ca, Buffer.from(csr, 'base64url'), names, validity);
    server.issued.push(new X509Certificate(certificate));
    order.chain = `${certificate}${options.ca.cert}`;
    return { body: orderBody(order) };
  }

  function renewal(id: string): Result {
    const certificate = server.issued.find(({ serialNumber }) => id.endsWith(serialOf(serialNumber)));
    if (certificate === undefined || options.window === undefined) throw new Rejected('malformed', 'unknown', 404);
    return { headers: { 'retry-after': '21600' }, body: { suggestedWindow: options.window(certificate) } };
  }
}

interface Jws {
  readonly protected: string;
  readonly payload: string;
  readonly signature: string;
}

interface NewAccount {
  readonly termsOfServiceAgreed?: boolean;
  readonly externalAccountBinding?: Jws;
}

interface Identifier {
  readonly type: string;
  readonly value: string;
}

interface NewOrder {
  readonly identifiers: readonly Identifier[];
}

interface Authorization {
  readonly identifier: Identifier;
  readonly token: string;
  status: 'pending' | 'valid' | 'invalid';
  error?: { readonly type: string; readonly detail: string };
}

interface Order {
  readonly id: number;
  readonly authorizations: readonly Authorization[];
  chain?: string;
}

interface Result {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** A rejected request. */
class Rejected extends Error {
  readonly type: string;
  readonly status: number;

  constructor(type: string, message: string, status: number) {
    super(message);
    this.type = type;
    this.status = status;
  }
}

function replyOf(nonce: string, { status = 200, headers = {}, body }: Result): Required<AcmeReplacement> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: { 'replay-nonce': nonce, ...headers }, body: text };
}

function send(response: ServerResponse, { status, headers, body }: Required<AcmeReplacement>): void {
  response.writeHead(status, headers).end(body);
}

function decode(text: string): unknown {
  return JSON.parse(Buffer.from(text, 'base64url').toString());
}

function thumbprint(key: unknown): string {
  const { crv, kty, x, y } = key as JsonWebKey;
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

/** Returns a serial number as an integer of DER has it, in base64url. */
function serialOf(serialNumber: string): string {
  const bytes = Buffer.from(serialNumber, 'hex');
  return ((bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.alloc(1), bytes]) : bytes).toString('base64url');
}

/** Reports whether the server presents the certificate of the challenge, with the digest of what it must show. */
async function validateByTls(servername: string, digest: Buffer, port: number): Promise<boolean> {
  const ALPNProtocols = ['acme-tls/1'];
  const socket = tls.connect({ host: '127.0.0.1', port, servername, ALPNProtocols, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { raw, subjectaltname } = socket.getPeerCertificate();
  const protocol = socket.alpnProtocol;
  socket.destroy();
  return protocol === 'acme-tls/1' && subjectaltname === `DNS:${servername}` && raw.includes(digest);
}
