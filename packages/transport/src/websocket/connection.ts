import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { OtlpEncoding, Outcome, Signal } from '@otelier/otlp';
import type { WebSocket } from 'ws';
import type { Clock } from '../clock.ts';
import { compressionOfName, isSupported } from '../compression/compression.ts';
import { ownMemory } from '../compression/own-memory.ts';
import type { Admission, Compression, ExportHandler, ExportRequest } from '../contract.ts';
import { type ConnectionUse, openConnections } from '../server/connection-limit.ts';
import { decompressBody, printable } from '../server/decompress-body.ts';
import { outcomeForRejection, rejectionForAdmission } from '../server/outcome-mapping.ts';
import { INTERNAL, type Rejection, rejection, tooLarge } from '../server/rejection.ts';
import { CLOSE, closeReason } from './close-codes.ts';
import { type ClientMessage, EnvelopeError, type ExportMessage, type Hello } from './envelope.ts';
import { readClientMessage } from './read-envelope.ts';
import { Receiving, type ReceivingContext } from './receiving.ts';
import type { ServerSession, ServerSessions, SessionConnection } from './server-sessions.ts';
import { type OpenSubscription, ServerSubscriptions } from './server-subscriptions.ts';
import { writeServerMessage } from './write-envelope.ts';

/** Dependencies shared by a server's connections. */
export interface ConnectionContext extends ReceivingContext {
  readonly clock: Clock;
  readonly handler: ExportHandler;
  readonly sessions: ServerSessions;
  readonly signals: readonly Signal[];
  readonly maxDecompressedBytes: number;
  /** Maximum total size of a client's requests in flight, above which reading stops. */
  readonly maxInFlightBytes: number;
  readonly window: number;
  /** Interval between pings. 0 disables them. */
  readonly heartbeatMillis: number;
  /** 0 means no limit. */
  readonly idleTimeoutMillis: number;
  readonly openSubscription: OpenSubscription | undefined;
  readonly onInternalError: (error: unknown) => void;
}

/** The authenticated client that requested the upgrade. */
export interface Peer {
  readonly headers: ExportRequest['headers'];
  readonly subject: string | undefined;
  readonly tenant: string | undefined;
}

/** Size of unread output above which reading from a client stops. */
const MAX_UNSENT_BYTES = 1024 * 1024;

/** A client connection, from the upgrade to its end. */
export class Connection implements SessionConnection, ConnectionUse {
  servedMillis: number | undefined;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  readonly #ws: WebSocket;
  readonly #peer: Peer;
  readonly #address: string | undefined;
  readonly #context: ConnectionContext;
  readonly #receiving: Receiving;
  readonly #subscriptions: ServerSubscriptions;
  #session: ServerSession | undefined;
  #state: 'open' | 'draining' | 'closing' = 'open';
  #isActive = true;
  #lastUsedMillis: number;
  #cancelTimer = () => {};
  #carriedRequests = 0;

  constructor(
    ws: WebSocket,
    socket: Duplex & { readonly remoteAddress?: string | undefined },
    peer: Peer,
    context: ConnectionContext,
  ) {
    this.#ws = ws;
    this.#peer = peer;
    this.#address = socket.remoteAddress;
    this.#context = context;
    this.#subscriptions = new ServerSubscriptions(ws, context.openSubscription);
    this.#lastUsedMillis = context.clock.monotonic();
    this.#receiving = new Receiving(
      socket,
      context,
      () => {
        this.#isActive = true;
      },
      () => ws.isPaused,
      ({ kind, reason }) => this.#cut(kind === 'retry' ? CLOSE.tryAgainLater : CLOSE.tooBig, reason),
    );
    if (socket instanceof Socket) openConnections.watch(socket, this);
    ws.on('message', (data, isBinary) => this.#read(data, isBinary));
    // `ws` itself handles WebSocket protocol violations, with the appropriate close code.
    ws.on('error', () => {});
    this.ended = new Promise((resolve) => {
      ws.on('close', () => {
        this.#end();
        resolve();
      });
    });
    const { clock, timeoutMillis } = context;
    this.#cancelTimer = clock.setTimeout(
      () => this.#close(CLOSE.protocolError, `expected hello within ${timeoutMillis} ms`),
      timeoutMillis,
    );
  }

  get isBusy(): boolean {
    return this.#subscriptions.count > 0 || (this.#session?.pendingCount ?? 0) > 0;
  }

  /** Reports whether requests have arrived since the last call. */
  takeBusy(): boolean {
    const busy = this.#state === 'open' && this.#carriedRequests > 0;
    this.#carriedRequests = 0;
    return busy;
  }

  /**
   * Accepts no more requests, and closes once those in flight have been acknowledged. The client resends later requests
   * on its next connection, where they are unknown.
   */
  drain(): void {
    if (this.#state !== 'open') return;
    this.#state = 'draining';
    this.#subscriptions.end();
    // Waits for the client's close frame.
    this.#ws.resume();
    this.#closeOnceDrained();
  }

  acknowledge(id: number, outcome: Outcome): undefined {
    if (this.#state === 'closing') return;
    this.#send(writeServerMessage({ kind: 'acknowledgment', id, outcome }));
    this.#regulate();
    this.#closeOnceDrained();
  }

  replaced(): void {
    this.#close(CLOSE.normal, 'another connection continues this session');
  }

  #read(data: unknown, isBinary: boolean): undefined {
    if (!Buffer.isBuffer(data)) return;
    if (this.#state !== 'open') {
      this.#receiving.skip(data.length);
      return;
    }
    if (!isBinary) return this.#close(CLOSE.unsupportedData, 'expected binary messages, got text');
    let message: ClientMessage;
    try {
      message = readClientMessage(data);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      return this.#close(CLOSE.protocolError, error.message);
    }
    this.#lastUsedMillis = this.#context.clock.monotonic();
    if (message.kind === 'export' && this.#session !== undefined) {
      void this.#take(message, this.#session, data.length);
      return;
    }
    this.#receiving.skip(data.length);
    if (message.kind === 'hello' && this.#session === undefined) return this.#welcome(message);
    if (message.kind === 'subscribe' && this.#session !== undefined) {
      return this.acknowledge(message.id, this.#subscriptions.subscribe(message));
    }
    if (message.kind === 'unsubscribe') {
      this.#subscriptions.unsubscribe(message.id);
      return;
    }
    this.#close(CLOSE.protocolError, `expected hello first and once, got ${message.kind}`);
  }

  #welcome({ session: name, unacknowledged }: Hello): undefined {
    const { sessions, maxBodyBytes, window, heartbeatMillis } = this.#context;
    const session = sessions.attach(name, this.#peer, this);
    this.#session = session;
    const recalled = unacknowledged.map((id) => [id, session.recall(id)] as const);
    const known = recalled.filter(([, outcome]) => outcome !== undefined).map(([id]) => id);
    this.#send(writeServerMessage({ kind: 'welcome', maxBodyBytes, window, heartbeatMillis, known }));
    for (const [id, outcome] of recalled) {
      if (outcome !== undefined && outcome !== 'pending') this.acknowledge(id, outcome);
    }
    this.#cancelTimer();
    this.#beat();
  }

  /**
   * Handles a request, unless it was received before. Its outcome goes to the session, which may have a new connection
   * by then.
   */
  async #take(message: ExportMessage, session: ServerSession, sizeBytes: number): Promise<void> {
    const { id } = message;
    const known = session.recall(id);
    const request = this.#check(message);
    if (known !== undefined || 'reason' in request) {
      this.#receiving.skip(sizeBytes);
      if (known !== 'pending') this.acknowledge(id, known ?? outcomeForRejection(request as Rejection));
      return;
    }
    const admission = this.#receiving.finish(sizeBytes);
    if ('kind' in admission) return this.acknowledge(id, outcomeForRejection(rejectionForAdmission(admission)));
    this.#carriedRequests++;
    session.begin(id, sizeBytes);
    this.#regulate();
    let outcome: Outcome;
    try {
      outcome = await this.#handle(message, request, admission);
    } catch (error) {
      this.#context.onInternalError(error);
      outcome = outcomeForRejection(INTERNAL);
    }
    admission.release();
    this.servedMillis = this.#context.clock.monotonic();
    session.settle(id, outcome);
  }

  #check({ signal: name, encoding, compression: coding, body }: ExportMessage): Checked | Rejection {
    const { signals, maxBodyBytes } = this.#context;
    const signal = signals.find((candidate) => candidate === name);
    if (signal === undefined) {
      return rejection('not_found', `signal: expected one of ${signals.join(', ')}, got ${printable(name)}`);
    }
    if (encoding !== 'protobuf' && encoding !== 'json') {
      return rejection('unsupported', `encoding: expected protobuf or json, got ${printable(encoding)}`);
    }
    const compression = compressionOfName(coding);
    if (compression === undefined || (compression !== 'none' && !isSupported(compression))) {
      return rejection(
        'unsupported',
        `compression: expected gzip, deflate, zstd, br, snappy or lz4, got ${printable(coding)}`,
      );
    }
    if (body.length > maxBodyBytes) return tooLarge('a body', maxBodyBytes);
    return { signal, encoding, compression };
  }

  async #handle({ body: sent, compression: coding, headers }: ExportMessage, request: Checked, admission: Admission) {
    const { signal, encoding, compression } = request;
    let body = sent;
    if (compression === 'none') body = ownMemory(sent);
    else {
      const read = await decompressBody(sent, compression, this.#context.maxDecompressedBytes, admission);
      if (read.kind === 'rejection') return outcomeForRejection(read.rejection);
      body = read.body;
    }
    return this.#context.handler.export({
      signal,
      encoding,
      body,
      headers: { ...this.#peer.headers, ...headers, ...(coding === '' ? {} : { 'content-encoding': coding }) },
      subject: this.#peer.subject,
      tenant: this.#peer.tenant,
      transport: 'websocket',
      peer: this.#address,
    });
  }

  /**
   * Pauses or resumes reading. Back-pressure depends on the requests in flight and the output not yet read by the
   * client.
   */
  #regulate(): void {
    if (this.#session === undefined || this.#state !== 'open') return;
    const { maxInFlightBytes, window } = this.#context;
    const { pendingBytes, pendingCount } = this.#session;
    const full =
      pendingBytes >= maxInFlightBytes || pendingCount > window || this.#ws.bufferedAmount > MAX_UNSENT_BYTES;
    if (full) this.#ws.pause();
    else if (this.#ws.isPaused) this.#ws.resume();
  }

  #send(message: Uint8Array): void {
    this.#ws.send(message, () => {
      if (this.#ws.isPaused) this.#regulate();
    });
  }

  /** Pings the client. Closes the connection if nothing has arrived since the last ping, or if it is unused. */
  #beat(): undefined {
    const { heartbeatMillis, idleTimeoutMillis, clock } = this.#context;
    if (heartbeatMillis === 0) return;
    // No input is expected from a client while reading is paused.
    if (!this.#isActive && !this.#ws.isPaused) {
      this.#ws.terminate();
      return;
    }
    if (!this.isBusy && idleTimeoutMillis > 0 && clock.monotonic() - this.#lastUsedMillis >= idleTimeoutMillis) {
      return this.#close(CLOSE.normal, 'idle timeout');
    }
    this.#isActive = false;
    this.#ws.ping();
    this.#cancelTimer = clock.setTimeout(() => this.#beat(), heartbeatMillis);
  }

  #closeOnceDrained(): void {
    if (this.#state !== 'draining' || (this.#session?.pendingCount ?? 0) > 0) return;
    this.#close(CLOSE.serviceRestart, 'service restart');
  }

  #close(code: number, reason: string): undefined {
    if (this.#state === 'closing') return;
    this.#state = 'closing';
    this.#ws.close(code, closeReason(reason));
  }

  /** Closes the connection without further reads, because there is no memory for the input. */
  #cut(code: number, reason: string): void {
    this.#close(code, reason);
    this.#receiving.end();
    this.#ws.pause();
  }

  #end(): void {
    this.#state = 'closing';
    this.#cancelTimer();
    this.#receiving.end();
    this.#subscriptions.end();
    if (this.#session !== undefined) this.#context.sessions.detach(this.#session, this);
  }
}

/** The parsed metadata of a request body. */
interface Checked {
  readonly signal: Signal;
  readonly encoding: OtlpEncoding;
  readonly compression: Compression;
}
