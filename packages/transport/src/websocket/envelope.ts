import type { Outcome } from '@otelier/otlp';

/** The version of the envelope, as client and server agree on it when the connection is upgraded. */
export const WEBSOCKET_SUBPROTOCOL = 'otlp.otelier.v1';

/** The path that servers listen on and clients go to unless told otherwise. */
export const WEBSOCKET_PATH = '/v1/otlp';

/** What a client sends. `docs/protocol/websocket.md` describes every message and its fields. */
export type ClientMessage = Hello | ExportMessage | Subscribe | Unsubscribe;

/** What a server sends. */
export type ServerMessage = Welcome | Acknowledgement | Data;

/** The first message of a connection: which session it continues, and what of it the client has seen no answer to. */
export interface Hello {
  readonly kind: 'hello';
  readonly session: string;
  readonly unacknowledged: readonly number[];
}

/** One export request. */
export interface ExportMessage extends ExportHead {
  readonly kind: 'export';
  /** A range of the message that was read. */
  readonly body: Uint8Array;
}

/** What an export request says besides its body. */
export interface ExportHead {
  /** The client's number for it; never used twice in a session. */
  readonly id: number;
  /** As the signal is called in OTLP's paths: `traces`. */
  readonly signal: string;
  /** `protobuf` or `json`. */
  readonly encoding: string;
  /** Empty for none, otherwise as in `content-encoding`. */
  readonly compression: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Asks for a copy of what passes the server. */
export interface Subscribe {
  readonly kind: 'subscribe';
  readonly id: number;
  readonly signal: string;
  /** A condition that items must meet; empty for all. */
  readonly filter: string;
}

/** Ends a subscription. */
export interface Unsubscribe {
  readonly kind: 'unsubscribe';
  readonly id: number;
}

/** The answer to `hello`. */
export interface Welcome {
  readonly kind: 'welcome';
  /** Largest body that the server takes, as it is sent. */
  readonly maxBodyBytes: number;
  /** How many export requests may be without an acknowledgement, and so many the server remembers. */
  readonly window: number;
  /** The server sends a ping at least this often; 0 for never. */
  readonly heartbeatMillis: number;
  /** Those of `hello.unacknowledged` that the server has got: they are acknowledged now or later and must not be sent again. */
  readonly known: readonly number[];
}

/** What became of an export request, or whether a subscription was granted. */
export interface Acknowledgement {
  readonly kind: 'acknowledgement';
  readonly id: number;
  readonly outcome: Outcome;
}

/** Telemetry for a subscription: an export request in protobuf. */
export interface Data {
  readonly kind: 'data';
  /** The subscription's. */
  readonly id: number;
  /** Items that were left out since the message before, because the client was too slow. */
  readonly skippedItems: number;
  readonly body: Uint8Array;
}

/** Thrown for a message that is none of the envelope's; the text is fit for a close frame. */
export class EnvelopeError extends Error {
  override readonly name = 'EnvelopeError';
}

/** Numbers of the fields, by message. */
export const FIELDS = {
  client: { hello: 1, export: 2, subscribe: 3, unsubscribe: 4 },
  server: { welcome: 1, acknowledgement: 2, data: 3 },
  hello: { session: 1, unacknowledged: 2 },
  export: { id: 1, signal: 2, encoding: 3, compression: 4, headers: 5, body: 15 },
  header: { name: 1, value: 2 },
  subscribe: { id: 1, signal: 2, filter: 3 },
  welcome: { maxBodyBytes: 1, window: 2, heartbeatMillis: 3, known: 4 },
  acknowledgement: { id: 1, outcome: 2, rejectedItems: 3, afterMillis: 4, reason: 5 },
  data: { id: 1, skippedItems: 2, body: 15 },
} as const;

/** Kinds of outcome; the place is the number. */
export const OUTCOME_KINDS = ['accepted', 'partial', 'retry', 'refused'] as const;

/** Most ids that `hello` and `welcome` may name. */
export const MAX_IDS = 1024;

/** Most headers that an export request may have. */
export const MAX_HEADERS = 64;

/** Most bytes of an export message besides its body. */
export const MAX_ENVELOPE_BYTES = 64 * 1024;
