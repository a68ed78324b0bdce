import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import { errorMessage } from '../../error-message.ts';
import { type HttpRequestOptions, httpRequest } from '../../http/http-request.ts';
import { formatDuration } from '../../units.ts';
import type { TokenRequest } from './token-request.ts';

/** Where and how tokens are requested. */
export interface TokenSourceOptions {
  readonly url: string;
  readonly tls: NonNullable<HttpRequestOptions['tls']>;
  /** Timeout of a request. */
  readonly timeoutMillis: number;
  /** Remaining lifetime at which a token is replaced. */
  readonly expiryBufferMillis: number;
  createRequest(nowMillis: number): TokenRequest;
}

interface Token {
  readonly authorization: string;
  /** `clock.monotonic()` from which on the token is replaced. */
  readonly renewAt: number;
  /** `clock.monotonic()` at which the token expires. */
  readonly expiresAt: number;
}

/** Pause after a failed request, so that an endpoint which is down gets no request for each batch. */
const RETRY_PAUSE_MILLIS = 1_000;

/** Requests access tokens, and reuses each of them until it is about to expire. */
export class TokenSource {
  readonly #options: TokenSourceOptions;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #token: Token | undefined;
  #pending: Promise<Token> | undefined;
  #failed: { readonly until: number; readonly error: unknown } | undefined;

  constructor(options: TokenSourceOptions, { clock, logger }: { readonly clock: Clock; readonly logger: Logger }) {
    this.#options = options;
    this.#clock = clock;
    this.#logger = logger;
  }

  /**
   * Returns the value of the `authorization` header. Concurrent callers share one request, which ends with its own timeout
   * only; `signal` ends the wait of its caller. Rejects if there is no token that is valid.
   */
  async authorization(signal: AbortSignal): Promise<string> {
    const now = this.#clock.monotonic();
    const token = this.#token;
    if (token !== undefined && now < token.renewAt) return token.authorization;
    try {
      return (await withAbort(this.#renew(now), signal)).authorization;
    } catch (error) {
      // A token in its last minutes is better than none.
      if (token !== undefined && this.#clock.monotonic() < token.expiresAt) return token.authorization;
      throw error;
    }
  }

  #renew(now: number): Promise<Token> {
    if (this.#failed !== undefined && now < this.#failed.until) return Promise.reject(this.#failed.error);
    this.#pending ??= this.#request().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #request(): Promise<Token> {
    try {
      const token = await this.#fetch();
      if (this.#failed !== undefined) this.#logger.info('token endpoint recovered');
      this.#failed = undefined;
      this.#token = token;
      return token;
    } catch (cause) {
      const error = new Error(`no access token from ${withoutQuery(this.#options.url)}: ${errorMessage(cause)}`, {
        cause,
      });
      if (this.#failed === undefined) this.#logger.warn({ reason: error.message }, 'token request failed, retrying');
      this.#failed = { until: this.#clock.monotonic() + RETRY_PAUSE_MILLIS, error };
      throw error;
    }
  }

  async #fetch(): Promise<Token> {
    const { url, tls, timeoutMillis, expiryBufferMillis, createRequest } = this.#options;
    const abort = new AbortController();
    const cancel = this.#clock.setTimeout(
      () => abort.abort(new Error(`no response within ${formatDuration(timeoutMillis)}`)),
      timeoutMillis,
    );
    try {
      const requestedAt = this.#clock.monotonic();
      const { body, headers } = createRequest(this.#clock.now());
      const response = await httpRequest(url, {
        method: 'POST',
        headers: { ...headers, accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
        body,
        tls,
        signal: abort.signal,
        maxRedirects: 0,
      });
      const { accessToken, tokenType, expiresSeconds } = parseResponse(response);
      const expiresAt = expiresSeconds === undefined ? Number.POSITIVE_INFINITY : requestedAt + expiresSeconds * 1000;
      // A buffer longer than the lifetime must not cause a request for each batch.
      const buffer = Math.min(expiryBufferMillis, (expiresAt - requestedAt) / 2);
      return { authorization: `${tokenType} ${accessToken}`, expiresAt, renewAt: expiresAt - buffer };
    } catch (error) {
      abort.signal.throwIfAborted();
      throw error;
    } finally {
      cancel();
    }
  }
}

interface TokenResponse {
  readonly accessToken: string;
  readonly tokenType: string;
  /** Lifetime; `undefined` if the server does not limit it. */
  readonly expiresSeconds: number | undefined;
}

/** Parses a token response (RFC 6749, section 5). The errors never contain the token. */
function parseResponse({ status, body }: { readonly status: number; readonly body: string }): TokenResponse {
  const parsed = parseJson(body);
  if (status < 200 || status > 299) {
    const { error, error_description: description } = parsed ?? {};
    const details = [error, description].filter((one) => typeof one === 'string').join(', ');
    throw new Error(`the server responded ${status}${details === '' ? '' : ` (${details.slice(0, 200)})`}`);
  }
  const { access_token: accessToken, token_type: type = 'Bearer', expires_in: lifetime } = parsed ?? {};
  if (typeof accessToken !== 'string' || !/^[\x21-\x7e]+$/.test(accessToken) || typeof type !== 'string') {
    throw new Error('expected a JSON object with an access_token, got something else');
  }
  const seconds = Number(lifetime);
  // RFC 6750 spells the scheme in this way; servers return `bearer` as well.
  const tokenType = /^bearer$/i.test(type) ? 'Bearer' : type;
  return { accessToken, tokenType, expiresSeconds: seconds > 0 ? seconds : undefined };
}

function parseJson(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

async function withAbort<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
