import type { Outcome } from '@otelier/otlp';

/** A WebSocket of any runtime, as used by the client session. */
export interface MessageSocket {
  send(message: Uint8Array): void;
  /** Closes the connection gracefully. */
  close(): void;
  /** Closes the connection immediately. */
  terminate(): void;
}

/** Socket callbacks. `closed` is called last. */
export interface SocketEvents {
  opened(): void;
  message(bytes: Uint8Array): void;
  /** Called for a ping or pong. */
  onActivity(): void;
  closed(end: SocketEnd): void;
}

/** How a connection ended, or why it could not be opened. */
export interface SocketEnd {
  /** Outcome of unacknowledged requests. */
  readonly outcome: Extract<Outcome, { kind: 'retry' | 'refused' }>;
  /** Whether to resume the session on another connection before reporting the outcome. */
  readonly resume: boolean;
}

/** Opens a connection. Callbacks are never called synchronously. */
export type OpenSocket = (events: SocketEvents) => MessageSocket;
