import type { Clock } from '@otelier/transport/clock';
import { errorMessage } from '../../component/error-message.ts';
import { type HttpRequestOptions, type HttpResponse, httpRequest } from '../../component/http/http-request.ts';
import { AcmeError, fieldOf, rejectionText, rejectionType } from './acme-error.ts';
import { type Signer, signRequest } from './jws.ts';

/** Options for `AcmeConnection`. */
export interface ConnectionOptions {
  /** URL of the directory of the authority. */
  readonly directoryUrl: string;
  readonly tls: HttpRequestOptions['tls'];
  readonly clock: Clock;
  /** Aborts requests. */
  readonly signal: AbortSignal;
}

/** A response of an authority whose status is below 400. */
export interface AcmeResponse {
  readonly body: string;
  /** The body as JSON; `undefined` for anything else. */
  readonly json: unknown;
  readonly location: string | undefined;
  readonly retryAfterMillis: number | undefined;
}

/** Resources of the directory that this client uses. */
type Resource = 'newNonce' | 'newAccount' | 'newOrder' | 'revokeCert' | 'renewalInfo';

/**
 * Requests to a certificate authority (RFC 8555, section 6). Its responses may be anything: they are limited in size and time, redirects are
 * not followed, and URLs in them must have the scheme, host and port of the directory, so that an authority cannot make this process call others.
 */
export class AcmeConnection {
  readonly #options: ConnectionOptions;
  #directory: unknown;
  /** The next nonce. Each is used once. */
  #nonce: string | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** Reads the directory, once until `forget`. */
  async open(): Promise<void> {
    if (this.#directory !== undefined) return;
    const { json } = this.#accept('the directory', await this.#request(this.#options.directoryUrl));
    this.#directory = json;
  }

  /** Makes `open` read the directory again. */
  forget(): void {
    this.#directory = undefined;
  }

  /** Returns the URL of a resource; `undefined` if the authority does not offer it. */
  urlOf(resource: Resource): string | undefined {
    const url = fieldOf(this.#directory, resource);
    return url === undefined ? undefined : this.checkUrl(url, resource);
  }

  /** Returns the URL of the terms of service, which are of any host; `undefined` if there are none. */
  get termsOfService(): string | undefined {
    const url = fieldOf(fieldOf(this.#directory, 'meta'), 'termsOfService');
    return typeof url === 'string' && url.length < MAX_URL ? url : undefined;
  }

  /** Returns a URL that an authority names. Throws `AcmeError` unless it is one of its own. */
  checkUrl(url: unknown, what: string): string {
    const own = new URL(this.#options.directoryUrl).origin;
    const parsed = typeof url === 'string' && url.length < MAX_URL ? URL.parse(url) : null;
    if (parsed?.origin === own && parsed.username === '') return parsed.href;
    throw new AcmeError(`${what}: expected a URL of ${own}, got ${parsed?.origin ?? 'something else'}`);
  }

  /** Sends a signed request. One whose nonce is rejected is repeated with another. Throws `AcmeError`. */
  async post(url: string, signer: Signer, payload: unknown, what: string): Promise<AcmeResponse> {
    for (let attempt = 1; ; attempt++) {
      const nonce = await this.#takeNonce();
      const response = await this.#request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/jose+json' },
        body: JSON.stringify(signRequest(signer, { url, nonce, payload })),
      });
      try {
        return this.#accept(what, response);
      } catch (error) {
        if (!(error instanceof AcmeError) || error.type !== 'badNonce' || attempt === MAX_NONCES) throw error;
      }
    }
  }

  /** Reads a resource that needs no signature. Throws `AcmeError`. */
  async get(url: string, what: string): Promise<AcmeResponse> {
    return this.#accept(what, await this.#request(url));
  }

  async #takeNonce(): Promise<string> {
    if (this.#nonce === undefined) {
      const url = this.urlOf('newNonce');
      if (url === undefined) throw new AcmeError('the directory: expected newNonce, got nothing');
      await this.#request(url, { method: 'HEAD' });
    }
    const nonce = this.#nonce;
    this.#nonce = undefined;
    if (nonce === undefined) throw new AcmeError('newNonce: expected the header replay-nonce, got none');
    return nonce;
  }

  async #request(url: string, options: HttpRequestOptions = {}): Promise<HttpResponse> {
    const { tls = {}, signal, clock } = this.#options;
    const timeout = new AbortController();
    const cancel = clock.setTimeout(
      () => timeout.abort(new Error(`expected a response within ${REQUEST_MILLIS / 1000} s`)),
      REQUEST_MILLIS,
    );
    const headers = { 'user-agent': 'otelier', ...options.headers };
    try {
      const limits = { tls, maxRedirects: 0, maxBytes: MAX_BYTES, signal: AbortSignal.any([signal, timeout.signal]) };
      const response = await httpRequest(url, { ...options, headers, ...limits });
      const nonce = response.headers['replay-nonce'];
      if (typeof nonce === 'string' && /^[\w-]{1,256}$/.test(nonce)) this.#nonce = nonce;
      return response;
    } catch (error) {
      const reason = timeout.signal.aborted ? timeout.signal.reason : error;
      throw new AcmeError(`${new URL(url).origin}: ${errorMessage(reason)}`);
    } finally {
      cancel();
    }
  }

  #accept(what: string, { status, body, headers }: HttpResponse): AcmeResponse {
    const json = parse(body);
    const retryAfterMillis = retryAfter(headers['retry-after'], this.#options.clock.now());
    if (status >= 200 && status < 300) return { body, json, location: headers.location, retryAfterMillis };
    const type = rejectionType(json);
    const text = rejectionText(json);
    throw new AcmeError(
      `${what}: ${type ?? `status ${status}`}${text === '' ? '' : `: ${text}`}`,
      type,
      retryAfterMillis,
    );
  }
}

const REQUEST_MILLIS = 30_000;
const MAX_BYTES = 1 << 18;
const MAX_URL = 2000;
/** Attempts of a request whose nonces are rejected. */
const MAX_NONCES = 20;
/** No authority makes this process wait longer. */
const MAX_RETRY_AFTER_MILLIS = 24 * 3_600_000;

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Returns the milliseconds of a `Retry-After` header, which has seconds or a date. */
function retryAfter(header: string | undefined, nowMillis: number): number | undefined {
  if (header === undefined) return undefined;
  const millis = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMillis;
  return Number.isNaN(millis) ? undefined : Math.min(Math.max(0, millis), MAX_RETRY_AFTER_MILLIS);
}
