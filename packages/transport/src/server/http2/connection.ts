import type { Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { type ConnectionError, ERROR_CODE } from '../../http2/frames.ts';
import { openConnections } from '../connection-limit.ts';
import { Outbox } from './outbox.ts';
import { http1Response, PrefaceReader } from './preface.ts';
import { Session, type SessionEvents, type SessionOptions } from './session.ts';

/** How connections are set up. */
export interface ConnectionOptions extends SessionOptions {
  readonly clock: Clock;
  /** What someone reads who comes with HTTP/1.1. */
  readonly http1Sentence: string;
  /** Begins to watch over a connection. */
  readonly watch: (connection: Connection) => Watcher;
  /** A request has been answered. */
  readonly onServed: () => void;
  /** Nothing is in flight on it any more, and nothing new is taken. Called once. */
  readonly onLeft: () => void;
  /** Its socket has closed. */
  readonly onClosed: (connection: Connection) => void;
}

/** Watches over how a connection is used. */
export interface Watcher {
  /** A stream has begun, or ended. */
  began(): void;
  ended(): void;
  /** The peer has probed us, or answered our probe. */
  pinged(): void;
  ponged(): void;
  closed(): void;
}

/** One connection of a server: a session on a socket, from accept to close. */
export class Connection implements SessionEvents {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #outbox = new Outbox();
  readonly #preface = new PrefaceReader();
  readonly #session: Session;
  readonly #watcher: Watcher;
  #stage: Stage = 'open';
  /** The client speaks HTTP/2. */
  #isGreeted = false;
  #isReading = false;
  #flushIsPlanned = false;
  /** When we no longer wait for a sign that the peer has heard of our leaving. */
  #leavesAt = Number.POSITIVE_INFINITY;
  /** When the socket is destroyed: the peer does not begin, does not read, or does not close. */
  #endsAt: number;
  #served = 0;
  #load = 0;

  constructor(socket: Socket, options: ConnectionOptions) {
    const nowMillis = options.clock.monotonic();
    this.#socket = socket;
    this.#options = options;
    this.#session = new Session(this.#outbox, options, this, nowMillis);
    this.#endsAt = nowMillis + BEGIN_MILLIS;
    this.#watcher = options.watch(this);
    // A connection that breaks has lost its peer, and nothing else has happened.
    socket.on('error', () => {});
    openConnections.watch(socket, this.#session);
    socket.on('close', () => this.#closed());
    socket.on('end', () => this.#peerLeft());
    socket.on('drain', () => this.#drained());
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** How many requests it has brought lately; 0 for a connection that is leaving. */
  get load(): number {
    return this.#stage === 'open' ? this.#load + this.#served : 0;
  }

  /** Takes bytes from the socket: those of `chunk` before `end`. They are not used afterwards. */
  receive(chunk: Uint8Array, end: number): void {
    if (this.#stage === 'closing') return;
    this.#isReading = true;
    const at = this.#isGreeted ? 0 : this.#readPreface(chunk, end);
    if (at < end) this.#session.receive(chunk, at, end, this.#options.clock.monotonic());
    this.#isReading = false;
    this.#flush();
  }

  /** Asks the peer to come again on another connection; requests that are under way are served (RFC 9113, 6.8). */
  leave(): void {
    if (this.#stage !== 'open') return;
    if (!this.#isGreeted) {
      this.#close();
      return;
    }
    this.#stage = 'leaving';
    this.#leavesAt = this.#options.clock.monotonic() + LEAVE_MILLIS;
    this.#session.announceEnd();
    // Once its answer has come, the peer knows, and all that it has sent before is here.
    this.#session.ping(PROBE_LEAVING);
    this.#flush();
  }

  /** Asks for a sign of life. */
  ping(): void {
    if (!this.#isGreeted) return;
    this.#session.ping(PROBE_ALIVE);
    this.#flush();
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** To be called every few hundred milliseconds: looks for what has taken too long. */
  sweep(nowMillis: number): void {
    this.#load = this.#load * LOAD_KEPT + this.#served;
    this.#served = 0;
    if (this.#endsAt <= nowMillis) {
      this.destroy();
      return;
    }
    if (this.#leavesAt <= nowMillis) this.#leaveNow();
    this.#session.sweep(nowMillis);
    this.#flush();
  }

  failed(rejection: ConnectionError): void {
    if (this.#stage === 'closing') return;
    this.#session.end(rejection);
    this.#close();
  }

  pinged(): void {
    this.#watcher.pinged();
  }

  ponged(probe: number): void {
    if (probe === PROBE_ALIVE) this.#watcher.ponged();
    else if (probe === PROBE_LEAVING && this.#stage === 'leaving') this.#leaveNow();
  }

  began(): void {
    this.#watcher.began();
  }

  ended(served: boolean): void {
    if (served) {
      this.#served += 1;
      this.#options.onServed();
    }
    this.#watcher.ended();
    if (this.#stage === 'left') this.#closeIfIdle();
    // Answers that come while bytes are read go with the others at the end of the read.
    if (!this.#isReading) this.#planFlush();
  }

  #readPreface(chunk: Uint8Array, end: number): number {
    const at = this.#preface.read(chunk, end);
    switch (this.#preface.spoken) {
      case 'unknown yet':
        return end;
      case 'http2':
        this.#isGreeted = true;
        this.#endsAt = Number.POSITIVE_INFINITY;
        this.#session.greet();
        return at;
      case 'http1':
        this.#socket.write(http1Response(this.#options.http1Sentence));
        this.#close();
        return end;
      case 'other':
        this.failed({ code: ERROR_CODE.PROTOCOL_ERROR, reason: 'expected the preface of HTTP/2' });
        return end;
    }
  }

  #leaveNow(): void {
    this.#leavesAt = Number.POSITIVE_INFINITY;
    this.#stage = 'left';
    this.#session.end({ code: ERROR_CODE.NO_ERROR, reason: 'leaving' });
    this.#closeIfIdle();
  }

  /** A peer that has closed its side may still read answers. */
  #peerLeft(): void {
    if (this.#stage === 'closing') return;
    if (this.#isGreeted && this.#stage !== 'left') this.#leaveNow();
    else this.#close();
    this.#flush();
  }

  #closeIfIdle(): void {
    if (this.#session.openCount === 0) this.#close();
  }

  /** Nothing more is read or begun; what has been written goes out, and the peer has a moment to take it. */
  #close(): void {
    this.#beginClosing();
    this.#endsAt = this.#options.clock.monotonic() + CLOSE_MILLIS;
    this.#flush();
    this.#socket.end();
  }

  #closed(): void {
    this.#beginClosing();
    this.#watcher.closed();
    this.#options.onClosed(this);
  }

  #beginClosing(): void {
    if (this.#stage === 'closing') return;
    this.#stage = 'closing';
    this.#session.closed();
    this.#options.onLeft();
  }

  #planFlush(): void {
    if (this.#flushIsPlanned) return;
    this.#flushIsPlanned = true;
    setImmediate(() => {
      this.#flushIsPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#outbox.isEmpty) return;
    const frames = this.#outbox.take();
    if (!this.#socket.writable) return;
    this.#socket.write(frames);
    if (this.#socket.writableLength > MAX_BACKLOG_BYTES && this.#stage !== 'closing') this.#hold();
  }

  /** A peer that does not read its answers is not read from either, and cut when that lasts. */
  #hold(): void {
    this.#socket.pause();
    this.#endsAt = this.#options.clock.monotonic() + this.#options.responseTimeoutMillis;
  }

  #drained(): void {
    if (this.#stage === 'closing') return;
    this.#endsAt = Number.POSITIVE_INFINITY;
    this.#socket.resume();
  }
}

/** `leaving`: the peer has been told; `left`: nothing new is taken; `closing`: nothing is read. */
type Stage = 'open' | 'leaving' | 'left' | 'closing';

/** From accept to the client's first bytes. */
const BEGIN_MILLIS = 10_000;
const LEAVE_MILLIS = 1000;
const CLOSE_MILLIS = 1000;
/** What the peer has not yet read of what we have written; a thousand answers are 60 kB. */
const MAX_BACKLOG_BYTES = 256 * 1024;
/** Of the load before, at each sweep. */
const LOAD_KEPT = 0.9;

const PROBE_ALIVE = 1;
const PROBE_LEAVING = 2;
