import type { Socket } from 'node:net';
import type { Clock } from '../../clock.ts';
import { type ConnectionError, ERROR_CODE } from '../../http2/frames.ts';
import { openConnections } from '../connection-limit.ts';
import { Outbox } from './outbox.ts';
import { http1Response, PrefaceReader } from './preface.ts';
import { Session, type SessionEvents, type SessionOptions } from './session.ts';

/** Options for a server's connections. */
export interface ConnectionOptions extends SessionOptions {
  readonly clock: Clock;
  /** Message for HTTP/1.1 clients. */
  readonly http1Message: string;
  /** Starts monitoring a connection. */
  readonly watch: (connection: Connection) => Watcher;
  /** Called after each response. */
  readonly onServed: () => void;
  /** Called once, when no new requests are accepted and none is in flight. */
  readonly onLeft: () => void;
  /** Called when the socket has closed. */
  readonly onClosed: (connection: Connection) => void;
}

/** Monitors connection activity. */
export interface Watcher {
  /** Called when a stream is opened. */
  began(): void;
  ended(): void;
  /** Called when the peer sends a PING. */
  pinged(): void;
  ponged(): void;
  closed(): void;
}

/** A server connection: a session on a socket, from accept to close. */
export class Connection implements SessionEvents {
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #outbox = new Outbox();
  readonly #preface = new PrefaceReader();
  readonly #session: Session;
  readonly #watcher: Watcher;
  #stage: Stage = 'open';
  /** Whether the client has sent the HTTP/2 preface. */
  #isGreeted = false;
  /** Whether to leave as soon as the client has sent it. */
  #leavesGreeted = false;
  #isReading = false;
  #flushIsPlanned = false;
  /** Time until which the connection waits for the peer to acknowledge GOAWAY. */
  #leavesAt = Number.POSITIVE_INFINITY;
  /** Time at which the socket is destroyed because the peer does not send its preface, read or close. */
  #endsAt: number;
  #served = 0;
  #load = 0;

  constructor(socket: Socket, options: ConnectionOptions) {
    const nowMillis = options.clock.monotonic();
    this.#socket = socket;
    this.#options = options;
    this.#session = new Session(this.#outbox, options, this, nowMillis);
    // The call that asks for it is still being read.
    this.#session.source.leave = () => void setImmediate(() => this.leave());
    this.#endsAt = nowMillis + BEGIN_MILLIS;
    this.#watcher = options.watch(this);
    // A connection error means that the peer is gone. `close` follows.
    socket.on('error', () => {});
    openConnections.watch(socket, this.#session);
    socket.on('close', () => this.#closed());
    socket.on('end', () => this.#peerLeft());
    socket.on('drain', () => this.#drained());
  }

  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** Number of recent requests; 0 for a connection that is leaving. */
  get load(): number {
    return this.#stage === 'open' ? this.#load + this.#served : 0;
  }

  /** Processes the bytes of `chunk` before `end`, which are valid only during the call. */
  receive(chunk: Uint8Array, end: number): void {
    if (this.#stage === 'closing') return;
    this.#isReading = true;
    const at = this.#isGreeted ? 0 : this.#readPreface(chunk, end);
    if (at < end) this.#session.receive(chunk, at, end, this.#options.clock.monotonic());
    this.#isReading = false;
    this.#flush();
  }

  /** Asks the peer to reconnect. Requests in flight are still served (RFC 9113, 6.8). */
  leave(): void {
    if (this.#stage !== 'open') return;
    if (!this.#isGreeted) {
      // The preface and the first request of a client that has just connected may be on their way.
      this.#leavesGreeted = true;
      this.#endsAt = Math.min(this.#endsAt, this.#options.clock.monotonic() + LEAVE_MILLIS);
      return;
    }
    this.#stage = 'leaving';
    this.#leavesAt = this.#options.clock.monotonic() + LEAVE_MILLIS;
    this.#session.announceEnd();
    // Acknowledgment of this PING shows that the peer has received GOAWAY and that everything it sent before has
    // arrived.
    this.#session.ping(PROBE_LEAVING);
    this.#flush();
  }

  /** Sends a keepalive PING. */
  ping(): void {
    if (!this.#isGreeted) return;
    this.#session.ping(PROBE_ALIVE);
    this.#flush();
  }

  /** Closes the connection immediately. */
  destroy(): void {
    this.#socket.destroy();
  }

  /** Enforces timeouts. Called every few hundred milliseconds. */
  sweep(nowMillis: number): void {
    this.#load = this.#load * LOAD_DECAY + this.#served;
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
    // Responses produced during a read are written together when it ends.
    if (!this.#isReading) this.#planFlush();
  }

  #readPreface(chunk: Uint8Array, end: number): number {
    const at = this.#preface.read(chunk, end);
    switch (this.#preface.protocol) {
      case 'unknown':
        return end;
      case 'http2':
        this.#isGreeted = true;
        this.#endsAt = Number.POSITIVE_INFINITY;
        this.#session.greet();
        if (this.#leavesGreeted) this.leave();
        return at;
      case 'http1':
        this.#socket.write(http1Response(this.#options.http1Message));
        this.#close();
        return end;
      case 'other':
        this.failed({ code: ERROR_CODE.PROTOCOL_ERROR, reason: 'expected the HTTP/2 preface' });
        return end;
    }
  }

  #leaveNow(): void {
    this.#leavesAt = Number.POSITIVE_INFINITY;
    this.#stage = 'left';
    this.#session.end({ code: ERROR_CODE.NO_ERROR, reason: 'leaving' });
    this.#closeIfIdle();
  }

  /** Handles a half-close by the peer. The peer may still read responses. */
  #peerLeft(): void {
    if (this.#stage === 'closing') return;
    if (this.#isGreeted && this.#stage !== 'left') this.#leaveNow();
    else this.#close();
    this.#flush();
  }

  #closeIfIdle(): void {
    if (this.#session.openCount === 0) this.#close();
  }

  /** Stops reading and accepts no new requests. Flushes the output and waits briefly for the peer to read it. */
  #close(): void {
    this.#beginClosing();
    this.#endsAt = this.#options.clock.monotonic() + CLOSE_MILLIS;
    this.#flush();
    this.#socket.end();
  }

  #closed(): void {
    this.#beginClosing();
    this.#watcher.closed();
    this.#session.source.close();
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

  /** Stops reading from a peer that does not read its responses. If this persists, the connection is closed. */
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

/** `leaving`: GOAWAY has been sent. `left`: new requests are refused. `closing`: nothing more is read. */
type Stage = 'open' | 'leaving' | 'left' | 'closing';

/** Timeout between accept and the first bytes from the client. */
const BEGIN_MILLIS = 10_000;
const LEAVE_MILLIS = 1000;
const CLOSE_MILLIS = 1000;
/** Maximum size of written output that the peer has not read. A thousand responses take 60 kB. */
const MAX_BACKLOG_BYTES = 256 * 1024;
/** Factor by which the previous load decays on each sweep. */
const LOAD_DECAY = 0.9;

const PROBE_ALIVE = 1;
const PROBE_LEAVING = 2;
