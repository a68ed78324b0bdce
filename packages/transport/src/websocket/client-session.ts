import { connectionOutcome } from '../client/connection-outcome.ts';
import type { Clock } from '../clock.ts';
import { jittered } from '../retry.ts';
import { EnvelopeError, type ServerMessage, type Welcome } from './envelope.ts';
import type { MessageSocket, OpenSocket, SocketEnd } from './message-socket.ts';
import { readServerMessage } from './read-envelope.ts';
import { writeClientMessage } from './write-envelope.ts';

/** How a session keeps itself a connection. Times are those of `retry_on_failure`, but shorter: a cut is no failure yet. */
export interface ClientSessionOptions {
  readonly open: OpenSocket;
  /** For a connection to be made and welcomed. */
  readonly connectTimeoutMillis: number;
  /** Pause before the first attempt to connect again, and the longest. */
  readonly initialIntervalMillis: number;
  readonly maxIntervalMillis: number;
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** What goes over the session: told of its turns, and asked what it has to say. */
export interface SessionTraffic {
  /** Whether a connection is wanted. */
  readonly isWanting: boolean;
  /** Ids of what has been sent and not been acknowledged. */
  unacknowledged(): readonly number[];
  /** A connection has been welcomed; `send` is good until `cut`. */
  ready(welcome: Welcome, send: (message: Uint8Array) => void): void;
  message(message: Exclude<ServerMessage, Welcome>): void;
  /** The connection has ended, and another one will be tried at once, without success being certain. */
  cut(): void;
  /** There is no connection to be had now: everything that waits gets this outcome. */
  failed(outcome: SocketEnd['outcome']): void;
}

/**
 * A session that outlives its connections: it opens one when it is wanted, says which session it is, watches whether
 * the server is still there, and comes back with growing pauses. Nothing in it is Node's, so browsers use it as well.
 */
export class ClientSession {
  readonly #options: ClientSessionOptions;
  readonly #traffic: SessionTraffic;
  readonly #name: string;
  #socket: MessageSocket | undefined;
  #welcomed = false;
  #closed = false;
  #intervalMillis: number;
  /** No attempt to connect before this. */
  #notBeforeMillis = 0;
  #heard = false;
  /** The one timer: of the next attempt, of the attempt that is going on, or of the watch over the connection. */
  #cancelTimer: (() => void) | undefined;
  #onClosed = () => {};

  constructor(options: ClientSessionOptions, traffic: SessionTraffic) {
    this.#options = options;
    this.#traffic = traffic;
    this.#name = randomName();
    this.#intervalMillis = options.initialIntervalMillis;
  }

  /** Sees to it that there will be a connection, if one is wanted. */
  connect(): void {
    if (this.#socket !== undefined || this.#cancelTimer !== undefined || this.#closed || !this.#traffic.isWanting)
      return;
    const waitMillis = this.#notBeforeMillis - this.#options.clock.monotonic();
    if (waitMillis <= 0) this.#open();
    else this.#after(waitMillis, () => this.#open());
  }

  /** The server has done what it was asked for, so the next pause is short again. */
  thrives(): void {
    this.#intervalMillis = this.#options.initialIntervalMillis;
  }

  /** Ends the session in good order; resolves once the connection has ended. */
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
        const hello = { kind: 'hello', session: this.#name, unacknowledged: this.#traffic.unacknowledged() } as const;
        socket.send(writeClientMessage(hello));
      },
      message: (bytes) => this.#read(bytes),
      heard: () => {
        this.#heard = true;
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
    this.#heard = true;
    let message: ServerMessage;
    try {
      message = readServerMessage(bytes);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      this.#socket?.terminate();
      return;
    }
    if (message.kind !== 'welcome') this.#traffic.message(message);
    else if (!this.#welcomed) this.#welcome(message);
  }

  #welcome(welcome: Welcome): void {
    this.#welcomed = true;
    this.#stopTimer();
    this.#watch(welcome.heartbeatMillis * SILENT_HEARTBEATS);
    this.#traffic.ready(welcome, (message) => this.#socket?.send(message));
  }

  /** A server that sends neither messages nor its heartbeat any more is gone, even if the network does not say so. */
  #watch(silentMillis: number): void {
    if (silentMillis === 0) return;
    this.#heard = false;
    this.#after(silentMillis, () => {
      if (this.#heard) this.#watch(silentMillis);
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
    if (wasWelcomed) this.#traffic.cut();
    if (!wasWelcomed || !resume || this.#closed) this.#traffic.failed(outcome);
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

/** Each pause is so many times the one before. */
const GROWTH = 2;

/** A connection on which nothing has come for so many heartbeats is dead. */
const SILENT_HEARTBEATS = 3;

/** 128 bits that nobody guesses: who knows a session's name could learn what became of its requests. */
function randomName(): string {
  // Not `randomUUID`, which pages have only where they came over TLS.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function timeout(millis: number): SocketEnd {
  return { outcome: connectionOutcome(`no connection within ${millis} ms`), resume: false };
}
