import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import { errorMessage } from '../../error-message.ts';
import { every, type PeriodicTask } from '../../every.ts';
import { type HttpRequestOptions, httpRequest } from '../../http/http-request.ts';
import { parseKeySet, type VerificationKey } from './key-set.ts';

/** Options for `IssuerKeys`. */
export interface IssuerKeysOptions {
  readonly issuerUrl: string;
  /** Whether the discovery document can name another issuer. */
  readonly ignoreIssuer: boolean;
  tls(): NonNullable<HttpRequestOptions['tls']>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reports why there are no current keys; `undefined` if there are. */
  reportStatus(status: string | undefined): void;
}

/** Interval at which keys are read again, so that those that the issuer has withdrawn are forgotten. */
const REFRESH_MILLIS = 15 * 60_000;

/** Shortest interval between requests. Tokens with made-up key IDs cannot cause more. */
const MIN_INTERVAL_MILLIS = 10_000;

const TIMEOUT_MILLIS = 5_000;

/** The keys of an OpenID Connect issuer, found by discovery and read again regularly and when a token has an unknown one. */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  readonly #task: PeriodicTask;
  readonly #closing = new AbortController();
  #keys: readonly VerificationKey[] = [];
  #readAtMillis = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;
  #failure: string | undefined;
  #cancelRetry: (() => void) | undefined;

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
    this.#task = every(options, REFRESH_MILLIS, () => this.#read());
  }

  /** The current keys; none until they have been read. */
  get keys(): readonly VerificationKey[] {
    return this.#keys;
  }

  /** Reads the keys. If it fails, tries again until it succeeds. */
  async start(): Promise<void> {
    await this.#task.start();
    await this.#read();
  }

  async shutdown(): Promise<void> {
    this.#closing.abort();
    this.#cancelRetry?.();
    await this.#task.shutdown();
    await this.#reading;
  }

  /**
   * Reads the keys again because a token has an unknown one. Returns whether there can be other keys soon; if not, the
   * token is not valid.
   */
  refresh(): boolean {
    if (this.#reading !== undefined) return true;
    const isRecent = this.#options.clock.monotonic() - this.#readAtMillis < MIN_INTERVAL_MILLIS;
    if (isRecent) return this.#failure !== undefined;
    void this.#read();
    return true;
  }

  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    const { clock, logger, reportStatus, issuerUrl } = this.#options;
    this.#readAtMillis = clock.monotonic();
    try {
      this.#keys = await this.#fetchKeys();
      if (this.#failure !== undefined) logger.info({ issuer: issuerUrl }, 'keys of the issuer are available');
      this.#failure = undefined;
      reportStatus(undefined);
    } catch (error) {
      if (this.#closing.signal.aborted) return;
      const reason = errorMessage(error);
      if (this.#failure !== reason) logger.warn({ issuer: issuerUrl, reason }, 'keys of the issuer not read, retrying');
      this.#failure = reason;
      reportStatus(`keys of the issuer not read: ${reason}`);
      this.#cancelRetry?.();
      this.#cancelRetry = clock.setTimeout(() => void this.#read(), MIN_INTERVAL_MILLIS);
    }
  }

  async #fetchKeys(): Promise<readonly VerificationKey[]> {
    const { issuerUrl, ignoreIssuer } = this.#options;
    const discovery = `${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const document: unknown = JSON.parse(await this.#get(discovery));
    const { issuer, jwks_uri: jwksUri } = (document ?? {}) as {
      readonly issuer?: unknown;
      readonly jwks_uri?: unknown;
    };
    if (!ignoreIssuer && issuer !== issuerUrl)
      throw new Error(`${discovery}: expected the issuer ${issuerUrl}, got ${JSON.stringify(issuer) ?? 'none'}`);
    if (typeof jwksUri !== 'string' || !URL.canParse(jwksUri)) throw new Error(`${discovery}: expected a jwks_uri`);
    // Without TLS, anyone on the way could replace the keys.
    if (issuerUrl.startsWith('https:') && !jwksUri.startsWith('https:'))
      throw new Error(`${discovery}: expected a jwks_uri with https, got ${jwksUri}`);
    try {
      return parseKeySet(await this.#get(jwksUri));
    } catch (error) {
      throw new Error(`${jwksUri}: ${errorMessage(error)}`, { cause: error });
    }
  }

  async #get(url: string): Promise<string> {
    const { tls, environment } = this.#options;
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(TIMEOUT_MILLIS)]);
    const headers = { accept: 'application/json' };
    const { status, body } = await httpRequest(url, { tls: tls(), proxyEnvironment: environment, headers, signal });
    if (status !== 200) throw new Error(`${url}: expected status 200, got ${status}`);
    return body;
  }
}
