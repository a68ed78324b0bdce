import type { BatchContext } from '@otelier/otlp';

/** Request headers with lower-case names. */
export type RequestHeaders = Readonly<Record<string, string>>;

/** A request that an exporter is about to send. */
export interface OutgoingRequest {
  /** The headers configured for the exporter. */
  readonly headers: RequestHeaders;
  /** The context of the batch that the request carries. */
  readonly context: BatchContext;
  /** Aborts when the request does. */
  readonly signal: AbortSignal;
}

/** The headers to send, or the reason why the request cannot be sent. */
export type AuthorizedRequest =
  | { readonly kind: 'authorized'; readonly headers: RequestHeaders }
  | { readonly kind: 'retry'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Adds credentials and other headers to the requests of exporters. Extensions offer it for `auth.authenticator`. */
export interface ClientAuthenticator {
  /** Returns the complete headers of a request, which replace those of the exporter. Must not throw or reject. */
  authorize(request: OutgoingRequest): AuthorizedRequest | Promise<AuthorizedRequest>;
}

/** The requests that an authentication extension handles: those that receivers get, or those that exporters send. */
export type AuthDirection = 'incoming' | 'outgoing';

/** Reports whether an extension offers a client authenticator. */
export function isClientAuthenticator(value: unknown): value is ClientAuthenticator {
  return typeof value === 'object' && value !== null && 'authorize' in value;
}

/** Returns the headers with one replaced or added. */
export function withHeader(headers: RequestHeaders, name: string, value: string): RequestHeaders {
  return { ...headers, [name.toLowerCase()]: value };
}
