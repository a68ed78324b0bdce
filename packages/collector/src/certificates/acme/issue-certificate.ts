import { createPrivateKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Clock } from '@otelier/transport/clock';
import { wait } from '../wait.ts';
import { AcmeError, fieldOf, listOf, rejectionText } from './acme-error.ts';
import { createCertificateRequest } from './certificate-request.ts';
import type { AcmeConnection, AcmeResponse } from './connection.ts';
import { keyAuthorization, type Signer } from './jws.ts';
import type { KeyType } from './key-types.ts';

/** A way to prove control of a name. */
export interface ChallengeResponder {
  readonly type: 'http-01' | 'tls-alpn-01';
  /** Starts to respond to validations of a name. The returned function ends it. */
  present(challenge: { readonly name: string; readonly token: string; readonly authorization: string }): () => void;
}

/** What a certificate is for, and how it is obtained. */
export interface IssueOptions {
  readonly connection: AcmeConnection;
  /** With the URL of the account. */
  readonly signer: Signer;
  readonly names: readonly string[];
  readonly keyType: KeyType;
  /** A profile of the authority. */
  readonly profile?: string | undefined;
  /** Identifier of the certificate that is replaced (RFC 9773). */
  readonly replaces?: string | undefined;
  readonly responder: ChallengeResponder;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Obtains a certificate (RFC 8555, section 7.4), and returns it with its authorities and its key, in PEM. Throws `AcmeError`. */
export async function issueCertificate(
  options: IssueOptions,
): Promise<{ readonly key: string; readonly chain: string }> {
  const { connection, signer, names } = options;
  const created = await createOrder(options);
  const orderUrl = connection.checkUrl(created.location, 'the order');
  const urls = listOf(created.json, 'authorizations');
  if (urls.length === 0 || urls.length > names.length)
    throw new AcmeError(`the order: expected an authorization for each name, got ${urls.length}`);
  for (const url of urls) await authorize(options, connection.checkUrl(url, 'the authorization'));

  const key = createKey(options.keyType);
  await poll(options, orderUrl, 'the order', ['ready', 'valid'], created);
  const request = createCertificateRequest(names, createPrivateKey(key.private), key.public);
  const finalizeUrl = connection.checkUrl(fieldOf(created.json, 'finalize'), 'finalize');
  const finalized = await connection.post(finalizeUrl, signer, { csr: request.toString('base64url') }, 'finalize');
  const done = await poll(options, orderUrl, 'the order', ['valid'], finalized);
  const certificateUrl = connection.checkUrl(fieldOf(done.json, 'certificate'), 'the certificate');
  const { body } = await connection.post(certificateUrl, signer, undefined, 'the certificate');
  return { key: key.private, chain: checkChain(body, names, key.private, options.clock.now()) };
}

async function createOrder(options: IssueOptions): Promise<AcmeResponse> {
  const { connection, signer, names, profile, replaces } = options;
  const url = connection.urlOf('newOrder');
  if (url === undefined) throw new AcmeError('the directory: expected newOrder, got nothing');
  const identifiers = names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }));
  const order = { identifiers, ...(profile === undefined ? {} : { profile }) };
  try {
    return await connection.post(
      url,
      signer,
      { ...order, ...(replaces === undefined ? {} : { replaces }) },
      'the order',
    );
  } catch (error) {
    // The certificate has been replaced already, or is of another account or authority.
    const isOther =
      error instanceof AcmeError && ['alreadyReplaced', 'malformed', 'conflict'].includes(error.type ?? '');
    if (replaces === undefined || !isOther) throw error;
    return await connection.post(url, signer, order, 'the order');
  }
}

async function authorize(options: IssueOptions, url: string): Promise<void> {
  const { connection, signer, responder, names } = options;
  const found = await connection.post(url, signer, undefined, 'the authorization');
  const name = fieldOf(fieldOf(found.json, 'identifier'), 'value');
  if (typeof name !== 'string' || !names.includes(name.toLowerCase()))
    throw new AcmeError('the authorization: expected one of the names of the order, got another');
  if (fieldOf(found.json, 'status') === 'valid') return;
  const challenge = listOf(found.json, 'challenges').find((one) => fieldOf(one, 'type') === responder.type);
  const token = fieldOf(challenge, 'token');
  if (typeof token !== 'string' || !/^[\w-]{16,256}$/.test(token))
    throw new AcmeError(`${name}: expected a challenge ${responder.type} with a token, got none`);
  const end = responder.present({ name, token, authorization: keyAuthorization(token, signer.key) });
  try {
    await connection.post(connection.checkUrl(fieldOf(challenge, 'url'), 'the challenge'), signer, {}, name);
    await poll(options, url, name, ['valid']);
  } finally {
    end();
  }
}

/** Reads an order or an authorization until it has one of the wanted states. Throws `AcmeError` when it is invalid, or after `POLL_MILLIS`. */
async function poll(
  { connection, signer, clock, signal }: IssueOptions,
  url: string,
  what: string,
  wanted: readonly string[],
  first?: AcmeResponse,
): Promise<AcmeResponse> {
  const endMillis = clock.monotonic() + POLL_MILLIS;
  let response = first;
  for (let delayMillis = 250; ; delayMillis = Math.min(delayMillis * 1.5, MAX_DELAY_MILLIS)) {
    response ??= await connection.post(url, signer, undefined, what);
    const status = fieldOf(response.json, 'status');
    if (typeof status === 'string' && wanted.includes(status)) return response;
    if (typeof status !== 'string' || !PENDING.has(status)) throw invalid(what, response.json);
    if (response !== first) {
      if (clock.monotonic() >= endMillis)
        throw new AcmeError(
          `${what}: expected it to be ${wanted[0]} within ${POLL_MILLIS / 60_000} minutes, got ${status}`,
        );
      await wait(clock, Math.max(delayMillis, Math.min(response.retryAfterMillis ?? 0, MAX_DELAY_MILLIS)), signal);
    }
    response = undefined;
  }
}

const POLL_MILLIS = 5 * 60_000;
const MAX_DELAY_MILLIS = 10_000;
const PENDING = new Set(['pending', 'processing', 'ready']);

/** Returns why an order or an authorization has failed: its own error, or those of its challenges. */
function invalid(what: string, json: unknown): AcmeError {
  const reasons = [json, ...listOf(json, 'challenges')].map((one) => rejectionText(fieldOf(one, 'error')));
  const text = reasons.filter((rejection) => rejection !== '').join('; ');
  return new AcmeError(`${what}: the authority rejected it${text === '' ? '' : `: ${text}`}`);
}

function createKey(type: IssueOptions['keyType']): { readonly private: string; readonly public: KeyObject } {
  const { privateKey, publicKey } = type.startsWith('rsa')
    ? generateKeyPairSync('rsa', { modulusLength: Number(type.slice(3)) })
    : generateKeyPairSync('ec', { namedCurve: type === 'ec384' ? 'secp384r1' : 'prime256v1' });
  return { private: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(), public: publicKey };
}

/** Returns the certificates of a response. Throws `AcmeError` unless the first is valid now, for the names and the key. */
function checkChain(body: string, names: readonly string[], key: string, nowMillis: number): string {
  const blocks = body.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const fail = (message: string): never => {
    throw new AcmeError(`the certificate: ${message}`);
  };
  if (blocks.length === 0 || blocks.length > MAX_CHAIN)
    fail(`expected 1 to ${MAX_CHAIN} certificates, got ${blocks.length}`);
  const [leaf] = blocks.map((pem) => {
    try {
      return new X509Certificate(pem);
    } catch {
      return fail('expected certificates in PEM');
    }
  });
  if (leaf?.checkPrivateKey(createPrivateKey(key)) !== true) return fail('expected one of the requested key');
  const missing = missingNames(leaf, names);
  if (missing.length > 0) fail(`expected the name ${missing.join(', ')}, got ${leaf.subjectAltName}`);
  if (leaf.validToDate.getTime() <= nowMillis) fail(`expected a valid one, got one until ${leaf.validTo}`);
  return `${blocks.join('\n')}\n`;
}

const MAX_CHAIN = 10;

/** Returns the names that a certificate is not for. */
export function missingNames(certificate: X509Certificate, names: readonly string[]): readonly string[] {
  return names.filter(
    (name) => (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) === undefined,
  );
}
