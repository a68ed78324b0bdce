import type { TenantEditor, TenantLimits } from '@otelier/identity';
import type { Outcome, Signal } from '@otelier/otlp';
import type { QueryLimits } from '@otelier/query';
import type { TenantSizes } from '@otelier/store';
import type { ExportRequest } from '@otelier/transport';
import type { Authenticator, RequestHeaders } from '@otelier/transport/auth';
import type { HeaderTenant } from '@otelier/transport/tenant-header';

/** The tenants of a process: who sends for which one, and what each may use. */
export interface Tenants {
  /**
   * Returns an authenticator that also determines the tenant of a request, and rejects requests of tenants that are suspended,
   * not known, or beyond a limit. `auth` checks the credentials, if there are any.
   */
  authenticator(auth: Authenticator | undefined): Authenticator;
  /**
   * Processes a request within the limits of its tenant. If several tenants send, they take turns. `handle` is called once, or
   * not at all if the request is rejected.
   */
  process(
    request: ExportRequest,
    handle: (request: ExportRequest) => Outcome | Promise<Outcome>,
  ): Outcome | Promise<Outcome>;
  /** Returns why telemetry of a tenant that a receiver reads itself is rejected now; `undefined` if it is not. */
  rejectionOf(tenant: string, sizeBytes: number): Outcome | undefined;
  /** Returns why queries of a tenant are rejected; `undefined` if they are not. */
  rejectionOfQuery(tenant: string): string | undefined;
  queryLimits(tenant: string): QueryLimits;
  /** Counts a query of a tenant. */
  queried(tenant: string, isRejected: boolean): void;
  /** Reads the header that names the tenant of a request, which only trusted proxies may send. */
  readHeader(headers: RequestHeaders, peer: string | undefined): HeaderTenant;
  /** Calls `listener` with the maximum sizes of stored files now and after each change, until the returned function is called. */
  watchSizes(listener: (sizes: TenantSizes) => void): () => void;
  /** Returns the names of the tenants that the configuration or an extension defines. */
  defined(): readonly string[];
  /** Describes a tenant to administrators, whether it is defined or not. */
  definition(tenant: string): TenantDefinition;
  /** Returns what changes tenants; `undefined` if no extension defines them. */
  editor(): TenantEditor | undefined;
  /** Counts telemetry of a tenant, after it is decoded. */
  received(tenant: string, itemCount: number, sizeBytes: number): void;
  /**
   * Removes the points of series beyond the limit of a tenant from a request; `undefined` if there are none. `bytes` of the
   * result is `undefined` if nothing is left.
   */
  limitSeries(tenant: string, signal: Signal, request: Uint8Array): LimitedRequest | undefined;
  /** Tells that a tenant was removed: telemetry of it that came before is no longer delivered. */
  removed(tenant: string, atMillis: number): void;
  /** Reports whether telemetry of a tenant came before the tenant was removed. */
  isRemoved(tenant: string, arrivalMillis: number): boolean;
  /** Tells the sizes of what a store has of tenants, in bytes. `store` identifies it. */
  stored(store: string, sizes: ReadonlyMap<string, number>): void;
}

/** A request of which a limit has rejected a part. */
export interface LimitedRequest {
  readonly bytes: Uint8Array | undefined;
  readonly kept: number;
  readonly dropped: number;
  readonly reason: string;
}

/** A tenant as administrators see it. */
export interface TenantDefinition {
  readonly tenant: string;
  readonly displayName: string;
  readonly state: 'active' | 'suspended';
  /** `telemetry` for a tenant that only its telemetry names. */
  readonly definedBy: 'identity' | 'configuration' | 'telemetry';
  readonly createdMillis: number | undefined;
  /** The limits in force. */
  readonly limits: TenantLimits;
  /** The limits of only this tenant. */
  readonly ownLimits: TenantLimits;
}

/** What a tenant has sent since the start of the process. */
export interface IngestUsage {
  readonly tenant: string;
  readonly state: 'active' | 'suspended';
  readonly receivedItems: number;
  /** Size of the received requests after decompression. */
  readonly receivedBytes: number;
  /** Items and bytes per second, in the last ten seconds. */
  readonly itemsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly rejectedRequests: number;
  readonly inFlightBytes: number;
  readonly queries: number;
  readonly rejectedQueries: number;
  /** Open connections to receivers. Counted for tenants with a limit. */
  readonly connections: number;
  /** Series of metrics with recent points. Counted for tenants with a limit. */
  readonly activeSeries: number;
}
