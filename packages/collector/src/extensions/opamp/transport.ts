import type { Clock } from '@otelier/transport';
import type { HttpRequestOptions } from '../../component/http/http-request.ts';

/** A connection to an OpAMP server, which it opens again after failures. */
export interface OpampTransport {
  /** Whether a message can be sent now. */
  readonly isReady: boolean;
  /** Starts connecting. */
  start(): void;
  /** Sends a message. Only while `isReady`. */
  send(message: Uint8Array): void;
  /** Disconnects and connects again: after the given time, or after the next back-off delay. */
  pause(afterMillis: number | undefined): void;
  /** Sends a last message if it is ready, then disconnects. Idempotent. */
  close(last: Uint8Array): Promise<void>;
}

/** What a transport tells its user. Callbacks are not called after `close`. */
export interface TransportEvents {
  /** Messages can be sent. `isNew` tells that earlier messages may not have arrived. */
  ready(isNew: boolean): void;
  /** A message of the server. */
  message(bytes: Uint8Array): void;
  /** The server could not be reached, or the connection is lost. The transport tries again. */
  failed(reason: string): void;
}

/** What a transport sends with each request: headers, those for authentication included. Rejects if there are none. */
export type RequestHeadersOf = (signal: AbortSignal) => Promise<Readonly<Record<string, string>>>;

/** Options for a transport. */
export interface TransportOptions {
  /** `http` or `https` URL, or `ws` or `wss` for a WebSocket. */
  readonly url: string;
  /** Reads the TLS settings, whose files can change. */
  tls(): NonNullable<HttpRequestOptions['tls']>;
  readonly headers: RequestHeadersOf;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Largest message in either direction (OpAMP specification, "WebSocket Message Size Limits"). */
export const MAX_MESSAGE_BYTES = 64 << 20;

/** Reads the header `Retry-After`, in seconds or as a date. Returns milliseconds. */
export function retryAfterMillis(header: string | undefined, nowMillis: number): number | undefined {
  if (header === undefined) return undefined;
  const seconds = /^\d{1,9}$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMillis;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
