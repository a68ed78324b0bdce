import type { Outcome } from '@otelier/otlp';
import type { ExportRequest } from '@otelier/transport';
import type { Authenticator } from '@otelier/transport/auth';

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
  /** Counts telemetry of a tenant, after it is decoded. */
  received(tenant: string, itemCount: number, sizeBytes: number): void;
}

/** What a tenant has sent since the start of the process. */
export interface IngestUsage {
  readonly tenant: string;
  readonly state: 'active' | 'suspended';
  readonly receivedItems: number;
  /** Size of the received requests after decompression. */
  readonly receivedBytes: number;
  readonly rejectedRequests: number;
  readonly inFlightBytes: number;
}
