/** What is stored of a signal. */
export interface StoredSums {
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  /** Rows that are only in the journal. */
  readonly pendingRows: number;
}

/** What is stored of a tenant. */
export interface TenantStats extends StoredSums {
  readonly tenant: string;
  readonly signals: Readonly<Record<string, StoredSums>>;
}

/** Maximum sizes of the files of tenants, in bytes. */
export interface TenantSizes {
  /** Of each tenant that is not named. */
  readonly each?: number | undefined;
  readonly named?: Readonly<Record<string, number>> | undefined;
}

/** A file of a tenant that was removed. */
export interface RemovedFile {
  /** Path in the directory of the store, or name of a table. */
  readonly name: string;
  /** 0 for the rows of a table. */
  readonly bytes: number;
  readonly rows: number;
}

/** What was removed of a tenant. */
export interface RemovedTenant {
  readonly tenant: string;
  readonly files: readonly RemovedFile[];
  /** The journals that had records of the tenant, and no longer exist. */
  readonly journals: readonly string[];
  /** IDs of its data keys, which were destroyed: no copy of its encrypted files can be read without them. */
  readonly keys?: readonly string[] | undefined;
}

/** Limits and removes what is stored of single tenants. */
export interface TenantsCapability {
  /** Directory of the store's own files, which also has the statements of removals. */
  readonly directory: string;
  /** Limits the size of tenants' files. Beyond it, the oldest files of the tenant are removed. */
  limit(sizes: TenantSizes): Promise<void>;
  /**
   * Removes everything of a tenant: rows in memory, files with their indexes and summaries, and the journals that had its
   * records. Meanwhile and afterwards, telemetry of the tenant is refused, until `admit`. A removal that was interrupted
   * continues when the store is opened.
   */
  remove(tenant: string): Promise<RemovedTenant>;
  /** Accepts telemetry of a tenant that was removed. */
  admit(tenant: string): Promise<void>;
}
