import { connectionOutcome } from '../client/connection-outcome.ts';
import type { Clock } from '../clock.ts';
import { jittered } from '../retry.ts';
import { EnvelopeError, type ServerMessage, type Welcome } from './envelope.ts';
import type { MessageSocket, OpenSocket, SocketEnd } from './message-socket.ts';
import { readServerMessage } from './read-envelope.ts';
import { writeClientMessage } from './write-envelope.ts';

/**
 * Connection timing of a session, as in `retry_on_failure` but shorter, because a lost connection is not yet a failure.
 */
export interface ClientSessionOptions {
  readonly open: OpenSocket;
  /** Timeout for connecting and receiving `welcome`. */
  readonly connectTimeoutMillis: number;
  /** Initial and maximum delay before reconnecting. */
  readonly initialIntervalMillis: number;
  readonly maxIntervalMillis: number;
  readonly clock: Clock;
  /** Returns a number in [0, 1). */
  readonly random: () => number;
}

/** The user of a session, which is notified of connections and provides the state they need. */
export interface SessionUser {
  /** Whether a connection is needed. */
  readonly needsConnection: boolean;
  /** Returns the IDs of unacknowledged requests. */
  unacknowledged(): readonly number[];
  /** Called when `welcome` has arrived. `send` is valid until `cut` is called. */
  ready(welcome: Welcome, send: (message: Uint8Array) => void): void;
  message(message: Exclude<ServerMessage, Welcome>): void;
  /** Called when the connection has ended and a new attempt follows immediately. */
  cut(): void;
  /** Called when no connection is available. All pending requests get this outcome. */
  failed(outcome: SocketEnd['outcome']): void;
}

/**
 * A session that outlives its connections. It connects when needed, identifies itself, monitors the server, and
 * reconnects with increasing delays. It uses no Node API, so it also runs in browsers.
 */
export class ClientSession {
  readonly #options: ClientSessionOptions;
  readonly #user: SessionUser;
  readonly #name: string;
  #socket: MessageSocket | undefined;
  #welcomed = false;
  #closed = false;
  #intervalMillis: number;
  /** Time before which the session does not reconnect. */
  #notBeforeMillis = 0;
  #isActive = false;
  /** Cancels the only timer: for the next attempt, the current attempt, or the heartbeat. */
  #cancelTimer: (() => void) | undefined;
  #onClosed = () => {};

  constructor(options: ClientSessionOptions, user: SessionUser) {
    this.#options = options;
    this.#user = user;
    this.#name = randomName();
    this.#intervalMillis = options.initialIntervalMillis;
  }

  /** Connects if a connection is needed. */
  connect(): void {
    if (this.#socket !== undefined || this.#cancelTimer !== undefined || this.#closed || !this.#user.needsConnection)
      return;
    const waitMillis = this.#notBeforeMillis - this.#options.clock.monotonic();
    if (waitMillis <= 0) this.#open();
    else this.#after(waitMillis, () => this.#open());
  }

  /** Resets the reconnect delay after a successful response from the server. */
  resetBackoff(): void {
    this.#intervalMillis = this.#options.initialIntervalMillis;
  }

  /** Closes the session gracefully. Resolves when the connection has ended. */
  close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer();
    const socket = this.#socket;
    if (socket === undefined) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onClosed = resolve;
      socket.close();
    });
  }

  #open(): void {
    const { open, connectTimeoutMillis } = this.#options;
    let timedOut = false;
    const socket = open({
      opened: () => {
        const hello = { kind: 'hello', session: this.#name, unacknowledged: this.#user.unacknowledged() } as const;
        socket.send(writeClientMessage(hello));
      },
      message: (bytes) => this.#read(bytes),
      onActivity: () => {
        this.#isActive = true;
      },
      closed: (end) => this.#ended(timedOut ? timeout(connectTimeoutMillis) : end),
    });
    this.#socket = socket;
    this.#after(connectTimeoutMillis, () => {
      timedOut = true;
      socket.terminate();
    });
  }

  #read(bytes: Uint8Array): void {
    this.#isActive = true;
    let message: ServerMessage;
    try {
      message = readServerMessage(bytes);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      this.#socket?.terminate();
      return;
    }
    if (message.kind !== 'welcome') this.#user.message(message);
    else if (!this.#welcomed) this.#welcome(message);
  }

  #welcome(welcome: Welcome): void {
    this.#welcomed = true;
    this.#stopTimer();
    this.#watch(welcome.heartbeatMillis * SILENT_HEARTBEATS);
    this.#user.ready(welcome, (message) => this.#socket?.send(message));
  }

  /**
   * Monitors the heartbeat: a server that sends neither messages nor heartbeats is considered lost, even if the network
   * reports no error.
   */
  #watch(silentMillis: number): void {
    if (silentMillis === 0) return;
    this.#isActive = false;
    this.#after(silentMillis, () => {
      if (this.#isActive) this.#watch(silentMillis);
      else this.#socket?.terminate();
    });
  }

  #ended({ outcome, resume }: SocketEnd): void {
    const { clock, random, maxIntervalMillis } = this.#options;
    this.#stopTimer();
    this.#socket = undefined;
    this.#notBeforeMillis = clock.monotonic() + jittered(this.#intervalMillis, {}, random);
    this.#intervalMillis = Math.min(this.#intervalMillis * GROWTH, maxIntervalMillis);
    const wasWelcomed = this.#welcomed;
    this.#welcomed = false;
    if (wasWelcomed) this.#user.cut();
    if (!wasWelcomed || !resume || this.#closed) this.#user.failed(outcome);
    this.#onClosed();
    this.connect();
  }

  #after(millis: number, then: () => void): void {
    this.#cancelTimer = this.#options.clock.setTimeout(() => {
      this.#cancelTimer = undefined;
      then();
    }, millis);
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}

/** Factor by which the reconnect delay increases. */
const GROWTH = 2;

/** Number of heartbeat intervals without input after which a connection is considered dead. */
const SILENT_HEARTBEATS = 3;

/** Returns 128 random bits: anyone who could guess a session name could learn the outcomes of its requests. */
function randomName(): string {
  // Not `randomUUID`, which pages can use only over TLS.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function timeout(millis: number): SocketEnd {
  return { outcome: connectionOutcome(`no connection within ${millis} ms`), resume: false };
}
