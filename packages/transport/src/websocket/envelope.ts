import type { Outcome } from '@otelier/otlp';

/** Envelope version, negotiated as the subprotocol of the upgrade. */
export const WEBSOCKET_SUBPROTOCOL = 'otlp.otelier.v1';

/** Default path for servers and clients. */
export const WEBSOCKET_PATH = '/v1/otlp';

/** A client message. `docs/protocol/websocket.md` describes all messages and fields. */
export type ClientMessage = Hello | ExportMessage | Subscribe | Unsubscribe;

/** A server message. */
export type ServerMessage = Welcome | Acknowledgment | Data;

/** First message on a connection: the session that it continues and the session's unacknowledged requests. */
export interface Hello {
  readonly kind: 'hello';
  readonly session: string;
  readonly unacknowledged: readonly number[];
}

/** An export request. */
export interface ExportMessage extends ExportHead {
  readonly kind: 'export';
  /** A view of the received message. */
  readonly body: Uint8Array;
}

/** Metadata of an export request. */
export interface ExportHead {
  /** Request ID, unique within its session. */
  readonly id: number;
  /** Signal name as in OTLP paths, such as `traces`. */
  readonly signal: string;
  /** `protobuf` or `json`. */
  readonly encoding: string;
  /** Empty for none, otherwise the `Content-Encoding` token. */
  readonly compression: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Subscribes to a copy of the telemetry that passes through the server. */
export interface Subscribe {
  readonly kind: 'subscribe';
  readonly id: number;
  readonly signal: string;
  /** Condition that items must match; empty for all items. */
  readonly filter: string;
}

/** Ends a subscription. */
export interface Unsubscribe {
  readonly kind: 'unsubscribe';
  readonly id: number;
}

/** Response to `hello`. */
export interface Welcome {
  readonly kind: 'welcome';
  /** Maximum size of a body accepted by the server, as sent. */
  readonly maxBodyBytes: number;
  /** Maximum number of unacknowledged requests, and of outcomes remembered by the server. */
  readonly window: number;
  /** Maximum interval between the server's pings; 0 for none. */
  readonly heartbeatMillis: number;
  /**
   * IDs from `hello.unacknowledged` that the server has received. They have been or will be acknowledged and must not
   * be resent.
   */
  readonly known: readonly number[];
}

/** Outcome of an export request or a subscription request. */
export interface Acknowledgment {
  readonly kind: 'acknowledgment';
  readonly id: number;
  readonly outcome: Outcome;
}

/** Telemetry for a subscription: a protobuf export request. */
export interface Data {
  readonly kind: 'data';
  /** Subscription ID. */
  readonly id: number;
  /** Number of items skipped since the previous message because the client was too slow. */
  readonly skippedItems: number;
  readonly body: Uint8Array;
}

/** Thrown for an invalid message. The error message fits into a close frame. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
}

/** Field numbers by message. */
export const FIELDS = {
  client: { hello: 1, export: 2, subscribe: 3, unsubscribe: 4 },
  server: { welcome: 1, acknowledgment: 2, data: 3 },
  hello: { session: 1, unacknowledged: 2 },
  export: { id: 1, signal: 2, encoding: 3, compression: 4, headers: 5, body: 15 },
  header: { name: 1, value: 2 },
  subscribe: { id: 1, signal: 2, filter: 3 },
  welcome: { maxBodyBytes: 1, window: 2, heartbeatMillis: 3, known: 4 },
  acknowledgment: { id: 1, outcome: 2, rejectedItems: 3, afterMillis: 4, reason: 5 },
  data: { id: 1, skippedItems: 2, body: 15 },
} as const;

/** Outcome kinds. The index is the number on the wire. */
export const OUTCOME_KINDS = ['accepted', 'partial', 'retry', 'refused'] as const;

/** Maximum number of IDs in `hello` and `welcome`. */
export const MAX_IDS = 1024;

/** Maximum number of headers in an export request. */
export const MAX_HEADERS = 64;

/** Maximum size of an export message without its body. */
export const MAX_ENVELOPE_BYTES = 64 * 1024;
