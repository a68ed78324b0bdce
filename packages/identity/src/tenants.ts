/** The limits of a tenant. What is not set is not limited. */
export interface TenantLimits {
  /** Received bytes per second, after decompression. */
  readonly ingestBytesPerSecond?: number | undefined;
  /** Received spans, log records, data points and profiles per second. */
  readonly ingestItemsPerSecond?: number | undefined;
  /** Bytes in flight in pipelines. */
  readonly bytesInFlight?: number | undefined;
  /** Open connections of receivers. */
  readonly connections?: number | undefined;
  /** Number of series of metrics with recent points. */
  readonly activeSeries?: number | undefined;
  /** Bytes of stored telemetry, beyond which the oldest is removed. */
  readonly diskBytes?: number | undefined;
  /** Bytes of stored telemetry from which more is refused. */
  readonly diskQuotaBytes?: number | undefined;
  /** Number of queries at the same time. */
  readonly concurrentQueries?: number | undefined;
  /** Duration of a query in milliseconds. */
  readonly queryMillis?: number | undefined;
  /** Bytes of memory of a query. */
  readonly queryMemoryBytes?: number | undefined;
  /** Share of the processor relative to other tenants. Default 1. */
  readonly weight?: number | undefined;
}

/** A tenant as an administrator defined it. */
export interface TenantSettings {
  /** Identifies the tenant in credentials, headers, paths of data and metrics. It never changes. */
  readonly name: string;
  /** The name that people read. Default: `name`. */
  readonly displayName?: string | undefined;
  /** Requests of a suspended tenant are rejected; its data stays. */
  readonly state: 'active' | 'suspended';
  readonly limits: TenantLimits;
  /** When it was created, in milliseconds since the Unix epoch. */
  readonly createdMillis?: number | undefined;
}

/** The tenants that exist. */
export interface TenantDirectory {
  /** Returns a tenant; `undefined` if there is none of this name. */
  get(name: string): TenantSettings | undefined;
  list(): readonly TenantSettings[];
  /** Calls `listener` with the name of each tenant that was added, changed or removed, until the returned function is called. */
  onChange(listener: (name: string) => void): () => void;
  /** Changes the tenants, if they can be changed. Changes are durable when its methods resolve. */
  readonly edit?: TenantEditor | undefined;
}

/** What can change about a tenant. */
export interface TenantChange {
  readonly displayName?: string | undefined;
  readonly state?: TenantSettings['state'] | undefined;
  /** Limits to set. `null` removes one, so that the limit of all tenants applies. */
  readonly limits?: { readonly [K in keyof TenantLimits]?: number | null | undefined } | undefined;
}

/** Changes tenants. Its methods reject with an `IdentityChangeError` for a change that is not possible. */
export interface TenantEditor {
  /** Adds a tenant. Rejects for an invalid name or one that is in use. */
  create(name: string, limits: TenantLimits, nowMillis: number, displayName?: string): Promise<void>;
  /** Rejects if there is no tenant of this name. */
  change(name: string, change: TenantChange): Promise<void>;
  /** Removes the definition of a tenant, if there is one, and its API keys and roles. Returns how many of them. */
  remove(name: string): Promise<{ readonly keys: number; readonly grants: number }>;
}
