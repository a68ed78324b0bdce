import type { Access, Permission } from './access.ts';

/** The parts of a request that identify its caller. */
export interface CallerRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  /** Address of the client. */
  readonly address: string | undefined;
}

/**
 * The access of a caller, or why there is none. Reasons never contain credentials. `unauthenticated` has no or wrong
 * credentials, `forbidden` credentials that are right but may not be used now, `limited` too many requests.
 */
export type AccessResult =
  | { readonly kind: 'granted'; readonly access: Access }
  | { readonly kind: 'unauthenticated'; readonly reason: string }
  | { readonly kind: 'forbidden'; readonly reason: string }
  | { readonly kind: 'limited'; readonly reason: string; readonly retryAfterSeconds: number }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** What a caller did or tried to do, for the audit log. */
export interface AccessEvent {
  /** `undefined` if the caller is not known. */
  readonly access: Access | undefined;
  readonly request: CallerRequest;
  /** The route that the request matched: `POST /api/v1/sql`. */
  readonly route: string;
  /** The permission that the route needs. */
  readonly permission: Permission | undefined;
  readonly outcome: 'allowed' | 'denied';
  /** Status of the HTTP response. */
  readonly status: number;
}

/** Decides who makes a request and what this caller may do. */
export interface AccessControl {
  /** Identifies the caller of a request. Never throws. */
  authenticate(request: CallerRequest): AccessResult;
  /** Records what a caller did, or was refused. Never throws. */
  record(event: AccessEvent): void;
}
