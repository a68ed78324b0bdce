import type { Outcome } from '@otelier/otlp';

/** A WebSocket as the client's session sees it, of whatever runtime. */
export interface MessageSocket {
  send(message: Uint8Array): void;
  /** Ends the connection in good order. */
  close(): void;
  /** Ends it at once. */
  terminate(): void;
}

/** What a socket tells its session. After `closed` it says nothing more. */
export interface SocketEvents {
  opened(): void;
  message(bytes: Uint8Array): void;
  /** A sign of life that is no message. */
  heard(): void;
  closed(end: SocketEnd): void;
}

/** How a connection ended, or why there was none. */
export interface SocketEnd {
  /** What this means for requests that have no other answer. */
  readonly outcome: Extract<Outcome, { kind: 'retry' | 'refused' }>;
  /** Whether the session shall be continued on another connection before anybody is told. */
  readonly resume: boolean;
}

/** Opens a connection; the events come later, never during the call. */
export type OpenSocket = (events: SocketEvents) => MessageSocket;
