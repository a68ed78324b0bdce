import type { ConnectionOptions } from 'node:tls';

/** A PostgreSQL database that keeps the state of identities for several gateways. */
export interface PostgresOptions {
  /** `postgresql://user:password@host:port/database`. */
  readonly url: string;
  /** `undefined` to do what the URL says. */
  readonly tls?: ConnectionOptions | undefined;
  /** How long callers are identified by the local copy while the database cannot be reached. */
  readonly maxOutageMillis: number;
  /** Reports that the database cannot be reached, or can be again, in words without credentials. */
  readonly onState?: ((state: { readonly isReachable: boolean; readonly reason: string }) => void) | undefined;
}
