import { Client, DatabaseError, types } from 'pg';
import { IdentityUnavailableError } from '../accounts/errors.ts';
import type { PostgresOptions } from './options.ts';
import { CHANNEL } from './schema.ts';

const CONNECT_MILLIS = 5000;
const STATEMENT_MILLIS = 10_000;
/** How long a failed attempt to connect counts for others. */
const FAILED_MILLIS = 1000;
const BIGINT = 20;

/** A row of a result, by the names of columns. */
export type Row = Readonly<Record<string, unknown>>;

/** Runs statements on a connection. */
export type Query = (text: string, values?: readonly unknown[]) => Promise<readonly Row[]>;

/** A connection to PostgreSQL, which is made when it is needed, and again after it was lost. */
export class PostgresConnection {
  readonly #options: PostgresOptions;
  readonly #now: () => number;
  readonly #onNotification: (() => void) | undefined;
  #client: Client | undefined;
  #isReachable = true;
  #failedMillis = Number.NEGATIVE_INFINITY;

  /** `onNotification` is called when another process says that something has changed. */
  constructor(options: PostgresOptions, now: () => number, onNotification?: () => void) {
    this.#options = options;
    this.#now = now;
    this.#onNotification = onNotification;
  }

  /** Reports whether there is a connection. */
  get isOpen(): boolean {
    return this.#client !== undefined;
  }

  /** Throws an `IdentityUnavailableError` if the last attempt to connect has failed, so that callers need not wait for the next one. */
  requireReachable(): void {
    const hasFailed = this.#failedMillis !== Number.NEGATIVE_INFINITY;
    if (this.#client === undefined && hasFailed) throw new IdentityUnavailableError(UNREACHABLE);
  }

  /** Runs statements. Rejects with an `IdentityUnavailableError` if PostgreSQL cannot be reached or fails; callers use it one after another. */
  async use<T>(run: (query: Query) => Promise<T>): Promise<T> {
    const client = this.#client ?? (await this.#connect());
    let failure: unknown;
    const query: Query = async (text, values = []) => {
      try {
        return (await client.query<Row>({ text, values: [...values], types: TYPES })).rows;
      } catch (error) {
        failure = error;
        throw error;
      }
    };
    try {
      const result = await run(query);
      this.#report(true, 'connected');
      return result;
    } catch (error) {
      const isOfServer = error instanceof DatabaseError;
      // Ends a transaction. A connection that failed is not used again.
      if (error === failure && !isOfServer) this.#drop(client);
      else await client.query('ROLLBACK').catch(() => this.#drop(client));
      if (error !== failure) throw error;
      throw this.#unavailable(error, isOfServer ? REFUSED : UNREACHABLE);
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  async #connect(): Promise<Client> {
    if (Math.abs(this.#now() - this.#failedMillis) < FAILED_MILLIS) throw new IdentityUnavailableError(UNREACHABLE);
    const { url, tls } = this.#options;
    const client = new Client({
      ...{ connectionString: url, application_name: 'otelier', keepAlive: true },
      ...{ connectionTimeoutMillis: CONNECT_MILLIS, query_timeout: STATEMENT_MILLIS },
      ...(tls !== undefined && { ssl: { ...tls } }),
    });
    client.on('error', () => this.#drop(client));
    client.on('end', () => this.#drop(client));
    client.on('notification', () => this.#onNotification?.());
    try {
      await client.connect();
      if (this.#onNotification !== undefined) await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      this.#failedMillis = this.#now();
      void client.end().catch(() => undefined);
      throw this.#unavailable(error, UNREACHABLE);
    }
    this.#client = client;
    this.#failedMillis = Number.NEGATIVE_INFINITY;
    return client;
  }

  #drop(client: Client): void {
    if (this.#client === client) this.#client = undefined;
    void client.end().catch(() => undefined);
  }

  #unavailable(error: unknown, message: string): IdentityUnavailableError {
    this.#report(false, error instanceof Error && error.message !== '' ? error.message : String(error));
    return new IdentityUnavailableError(message, { cause: error });
  }

  #report(isReachable: boolean, reason: string): void {
    if (isReachable === this.#isReachable) return;
    this.#isReachable = isReachable;
    this.#options.onState?.({ isReachable, reason });
  }
}

const REFUSED = 'the identity database did not accept this; try again in a moment';
const UNREACHABLE =
  'the identity database cannot be reached, so that nothing can be changed and no one can sign in; try again in a moment';

const TYPES = {
  getTypeParser: (type: number, format?: 'text' | 'binary') =>
    type === BIGINT ? Number : types.getTypeParser(type, format),
};

/** Codes of errors with which a configuration is wrong, and not the server out of order. */
const WRONG = new Set(['28000', '28P01', '3D000', '42501']);

/** Returns why the configuration is wrong, by the error of a connection; `undefined` if the server may be reached later. */
export function configurationError(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof DatabaseError && WRONG.has(cause.code ?? '') ? cause.message : undefined;
}
