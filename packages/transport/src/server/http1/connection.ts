import type { Socket } from 'node:net';
import { type ParseError, parseError } from '../../http1/parse-error.ts';
import { httpRequestAttributes } from '../../request-observer.ts';
import { type ConnectionUse, openConnections } from '../connection-limit.ts';
import { headerValue } from '../http/header-value.ts';
import type { HttpVerdict } from '../http/request-handler.ts';
import { type HttpResponse, httpResponseForOutcome, httpResponseForRejection } from '../outcome-mapping.ts';
import type { Rejection } from '../rejection.ts';
import { createSource, type RequestSource } from '../request-source.ts';
import { type BodyFrame, createFrame } from './body-frame.ts';
import { type Exchange, openExchange, type Settled } from './exchange.ts';
import { type FoundHead, HeadReader } from './head-reader.ts';
import { Outbox } from './outbox.ts';
import { CONTINUE, responseForParseError } from './responses.ts';
import type { HttpService } from './service.ts';

/**
 * A server connection, which reads requests one at a time and responds in order. It stops reading while a request is
 * being handled or the client is not reading its responses, so a client can make it hold only one request, one read,
 * and a bounded number of responses.
 *
 * After its last response, it discards further input until the client disconnects: closing a socket with unread bytes
 * resets the connection, and the client may then lose the response.
 */
export class HttpConnection implements ConnectionUse {
  servedMillis: number | undefined;
  readonly #socket: Socket;
  readonly #service: HttpService;
  readonly #heads: HeadReader<HttpVerdict>;
  readonly #outbox: Outbox;
  readonly #source: RequestSource;
  readonly #endRequest = (rejection: Rejection) => this.#endWith(rejection);
  /** The current request: its head has been read, but its response or the rest of its body is pending. */
  #request: Request | undefined;
  /** Start of the current wait. */
  #sinceMillis: number;
  #discardedBytes = 0;
  /** Bytes read but not yet processed. */
  #held: Buffer | undefined;
  /** Whether the client has closed its side of the connection. */
  #hasEnded = false;
  /** Whether the last response has been written. */
  #isClosing = false;
  #isLeaving = false;
  #onLeft: (() => void) | undefined;

  constructor(socket: Socket, service: HttpService) {
    this.#socket = socket;
    this.#service = service;
    this.#outbox = new Outbox(socket);
    this.#source = createSource(socket.remoteAddress);
    openConnections.watch(socket, this);
    this.#heads = new HeadReader<HttpVerdict>(service.limits, (head) => service.requestHandler.check(head));
    this.#sinceMillis = service.clock.monotonic();
    socket.on('drain', () => this.#unstall());
    socket.on('end', () => this.#end());
    socket.on('close', () => this.#close());
    // A connection error is followed by `close`.
    socket.on('error', () => {});
  }

  /** Time of the client's last activity. */
  get activeMillis(): number {
    return this.#sinceMillis;
  }

  get isBusy(): boolean {
    return this.#request?.isWaiting === true;
  }

  /** Whether the connection closes after its next response. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Makes the next response the last one. */
  moveOn(): void {
    this.#isLeaving = true;
  }

  /**
   * Closes an idle connection immediately, and any other after its next response. Resolves when that response has been
   * written.
   */
  leave(): Promise<void> {
    this.#isLeaving = true;
    // A request that is on its way must not be handled, because its client gets no response and sends it again.
    if (this.#isIdle()) {
      this.#startClosing();
      this.#flush();
    } else if (!this.#isClosing) {
      return new Promise((resolve) => {
        this.#onLeft = resolve;
      });
    }
    return Promise.resolve();
  }

  /** Processes bytes read from the socket. `chunk` is valid only during the call. */
  read(chunk: Buffer): void {
    this.#process(chunk);
    this.#flush();
  }

  /** Closes the connection if it has exceeded a timeout. */
  sweep(nowMillis: number): void {
    const { limits } = this.#service;
    const waited = nowMillis - this.#sinceMillis;
    if (this.#isClosing) {
      if (waited >= LINGER_MILLIS) this.#socket.destroy();
    } else if (this.#outbox.isStalled) {
      if (waited >= limits.requestTimeoutMillis) this.#socket.destroy();
    } else if (this.#isIdle()) {
      if (waited >= limits.idleTimeoutMillis) this.#startClosing();
    } else if (this.#request?.isWaiting !== true) {
      const max = this.#request === undefined ? limits.headersTimeoutMillis : limits.requestTimeoutMillis;
      if (waited >= max) this.#refuse(parseError(408, `request: expected all of it within ${max} ms, got a part`));
    }
    this.#flush();
  }

  #isIdle(): boolean {
    return this.#request === undefined && this.#heads.isEmpty && this.#held === undefined;
  }

  #process(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#outbox.isFull) this.#outbox.flush();
      const request = this.#request;
      if (this.#isClosing) at = this.#discard(at, chunk.length);
      else if (this.#outbox.isStalled || request?.isWaiting === true) at = this.#hold(chunk, at);
      else if (request === undefined) at = this.#readHead(chunk, at);
      else at = this.#readBody(request, chunk, at);
    }
  }

  #readHead(chunk: Buffer, at: number): number {
    if (this.#heads.isEmpty) this.#sinceMillis = this.#service.clock.monotonic();
    const end = this.#heads.read(chunk, at);
    if (this.#heads.parseError !== undefined) this.#refuse(this.#heads.parseError);
    if (end < 0 || this.#heads.found === undefined) return chunk.length;
    this.#begin(this.#heads.found, chunk.length - end);
    return end;
  }

  #begin(found: FoundHead<HttpVerdict>, bufferedBytes: number): void {
    const frame = createFrame(found.contentLength, this.#service.limits);
    const opened = this.#open(found, bufferedBytes);
    this.#discardedBytes = 0;
    const beganMillis = this.#sinceMillis;
    const request: Request = { found, frame, beganMillis, exchange: undefined, isWaiting: false };
    this.#request = request;
    if ('status' in opened) {
      this.#respondEarly(request, opened);
    } else {
      request.exchange = opened;
      if (found.head.expectsContinue && !frame.isDone) this.#outbox.push(CONTINUE);
    }
    if (frame.isDone) this.#finish(request);
  }

  #open(found: FoundHead<HttpVerdict>, bufferedBytes: number): Exchange | HttpResponse {
    const { head, verdict } = found;
    if (verdict.kind === 'export') {
      const arrival = { source: this.#source, bufferedBytes, end: this.#endRequest };
      return openExchange(this.#service, found, verdict, arrival);
    }
    if (!verdict.isPrivate) return verdict.response;
    const sender = this.#service.requestHandler.authenticate(head, this.#source, verdict.encoding);
    return 'status' in sender ? sender : verdict.response;
  }

  #readBody(request: Request, chunk: Buffer, at: number): number {
    const { frame, exchange } = request;
    const end = frame.read(chunk, at);
    if (frame.parseError !== undefined) {
      this.#refuse(frame.parseError);
      return chunk.length;
    }
    if (exchange === undefined) {
      this.#discard(at, end);
    } else if (frame.dataEnd > frame.dataStart) {
      const rejection = exchange.append(chunk, frame.dataStart, frame.dataEnd);
      if (rejection !== undefined) {
        this.#abandon(request);
        this.#respondEarly(request, httpResponseForRejection(rejection, exchange.verdict.encoding));
      }
    }
    if (frame.isDone) this.#finish(request);
    return end;
  }

  /** Ends a request whose body is incomplete. The client may need the response in order to retry. */
  #endWith(rejection: Rejection): void {
    const request = this.#request;
    if (request?.exchange === undefined || this.#isClosing) return;
    const { encoding } = request.exchange.verdict;
    this.#abandon(request);
    this.#respond(httpResponseForRejection(rejection, encoding), request, true);
    this.#flush();
  }

  /** Responds before the body has arrived. The rest of the body is discarded. */
  #respondEarly(request: Request, response: HttpResponse): void {
    const { found, frame } = request;
    // A client that expects `100 Continue` may or may not send the body now, so it is unknown where its next request
    // starts.
    const isTorn = found.head.expectsContinue && !frame.isDone;
    const isTooLong = (found.contentLength ?? 0) > this.#service.limits.maxBodyBytes;
    this.#respond(response, request, this.#isLast(found) || isTorn || isTooLong || response.isLast === true);
  }

  /** Handles a complete request. */
  #finish(request: Request): void {
    if (this.#isClosing) return;
    const { exchange } = request;
    if (exchange === undefined) {
      this.#next();
      return;
    }
    const settled = exchange.finish();
    if ('kind' in settled) this.#settle(request, exchange, settled);
    else void this.#await(request, exchange, settled);
  }

  async #await(request: Request, exchange: Exchange, settled: Promise<Settled>): Promise<void> {
    request.isWaiting = true;
    const late = await settled;
    if (this.#isClosing) return;
    this.#settle(request, exchange, late);
    this.#resume();
  }

  #settle(request: Request, { verdict }: Exchange, settled: Settled): void {
    const { encoding, corsHeaders, signal } = verdict;
    const isLast = this.#isLast(request.found);
    this.#next();
    if (settled.kind !== 'rejection') this.servedMillis = this.#sinceMillis;
    if (settled.kind === 'accepted' && corsHeaders.length === 0) {
      this.#observe(request, 200);
      this.#push(this.#service.responses.accepted(encoding, isLast), isLast);
    } else if (settled.kind === 'rejection') {
      this.#respond(httpResponseForRejection(settled.rejection, encoding), request, isLast);
    } else {
      this.#respond(httpResponseForOutcome(settled, encoding, signal), request, isLast, true);
    }
    this.#service.served();
  }

  #isLast({ head }: FoundHead<HttpVerdict>): boolean {
    return this.#isLeaving || !head.keepAlive || !this.#service.keepAlive || this.#hasEnded;
  }

  #next(): void {
    this.#request = undefined;
    this.#sinceMillis = this.#service.clock.monotonic();
  }

  #respond(response: HttpResponse, request: Request, isLast: boolean, isHandled = false): void {
    const { head, verdict } = request.found;
    this.#observe(request, response.status);
    if (response.reason !== undefined) {
      const path = head.target.split('?', 1)[0] ?? '';
      const userAgent = headerValue(head.headers, 'user-agent');
      const { address: peer } = this.#source;
      const { status, reason } = response;
      this.#service.onRejected?.({ path, status: String(status), reason, peer, userAgent, isHandled });
    }
    const options = { moreHeaders: verdict.corsHeaders, isLast, isHead: head.method === 'HEAD' };
    this.#push(this.#service.responses.write(response, options), isLast);
  }

  #observe({ found, beganMillis }: Request, status: number): void {
    const { observeRequest, requestHandler, clock } = this.#service;
    if (observeRequest === undefined) return;
    const { method, version, headers } = found.head;
    const isSecure = 'encrypted' in this.#socket;
    const authority = headerValue(headers, 'host') ?? '';
    const route = requestHandler.routeOf(found.head);
    const attributes = httpRequestAttributes({ method, version, isSecure, authority, route, status });
    observeRequest('http.server.request.duration', attributes, clock.monotonic() - beganMillis);
  }

  /** Responds to a malformed request, after which no further input can be trusted. */
  #refuse(error: ParseError): void {
    this.#abandon(this.#request);
    const options = { moreHeaders: [], isLast: true, isHead: false };
    this.#push(this.#service.responses.write(responseForParseError(error), options), true);
  }

  #push(response: Buffer, isLast: boolean): void {
    this.#outbox.push(response);
    if (isLast) this.#startClosing();
  }

  #startClosing(): void {
    this.#isClosing = true;
    this.#sinceMillis = this.#service.clock.monotonic();
    this.#onLeft?.();
  }

  #flush(): void {
    this.#outbox.flush();
    if (this.#isClosing && !this.#socket.writableEnded) this.#socket.end();
  }

  #hold(chunk: Buffer, at: number): number {
    const rest = chunk.subarray(at);
    this.#held = this.#held === undefined ? Buffer.from(rest) : Buffer.concat([this.#held, rest]);
    this.#socket.pause();
    return chunk.length;
  }

  #unstall(): void {
    this.#outbox.isStalled = false;
    this.#sinceMillis = this.#service.clock.monotonic();
    this.#resume();
  }

  /** Processes the buffered bytes after a wait, and resumes reading unless another wait begins. */
  #resume(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#process(held);
    this.#flush();
    if (this.#held === undefined && this.#request?.isWaiting !== true) this.#socket.resume();
  }

  #discard(at: number, end: number): number {
    this.#discardedBytes += end - at;
    if (this.#discardedBytes > this.#service.limits.maxBodyBytes) {
      // Pauses instead of closing immediately, because the reset could overtake the response. The sweep closes the
      // connection.
      this.#socket.pause();
      if (!this.#isClosing) this.#startClosing();
    }
    return end;
  }

  #abandon(request: Request | undefined): void {
    // An exchange with a pending outcome releases its memory itself.
    if (request?.exchange === undefined || request.isWaiting) return;
    request.exchange.abandon();
    request.exchange = undefined;
  }

  /** Handles a half-close by the client. The client may still be reading, so complete requests are responded to. */
  #end(): void {
    this.#hasEnded = true;
    if (this.#request === undefined) this.#socket.end();
    else if (!this.#request.isWaiting) this.#socket.destroy();
  }

  #close(): void {
    this.#abandon(this.#request);
    this.#isClosing = true;
    this.#onLeft?.();
    this.#source.close();
  }
}

interface Request {
  readonly found: FoundHead<HttpVerdict>;
  readonly frame: BodyFrame;
  readonly beganMillis: number;
  /** `undefined` once the request has been responded to. */
  exchange: Exchange | undefined;
  /** Whether the outcome of the request is pending. */
  isWaiting: boolean;
}

/** How long a client has to read the last response and disconnect. */
const LINGER_MILLIS = 1000;
