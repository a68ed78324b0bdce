/** The limits of a tenant. What is not set is not limited. */
export interface TenantLimits {
  /** Received bytes per second, before decompression. */
  readonly ingestBytesPerSecond?: number | undefined;
  /** Bytes in flight in pipelines. */
  readonly bytesInFlight?: number | undefined;
  /** Open connections of receivers. */
  readonly connections?: number | undefined;
  /** Bytes of stored telemetry. */
  readonly diskBytes?: number | undefined;
  /** Duration of a query in milliseconds. */
  readonly queryMillis?: number | undefined;
  /** Bytes of memory of a query. */
  readonly queryMemoryBytes?: number | undefined;
  /** Share of the processor relative to other tenants. Default 1. */
  readonly weight?: number | undefined;
}

/** A tenant as an administrator defined it. */
export interface TenantSettings {
  readonly name: string;
  /** Requests of a suspended tenant are rejected; its data stays. */
  readonly state: 'active' | 'suspended';
  readonly limits: TenantLimits;
}

/** The tenants that exist. */
export interface TenantDirectory {
  /** Returns a tenant; `undefined` if there is none of this name. */
  get(name: string): TenantSettings | undefined;
  list(): readonly TenantSettings[];
  /** Calls `listener` with the name of each tenant that was added, changed or removed, until the returned function is called. */
  onChange(listener: (name: string) => void): () => void;
}
