import type { Socket } from 'node:net';
import { type ParseError, parseError } from '../../http1/parse-error.ts';
import { type ConnectionUse, openConnections } from '../connection-limit.ts';
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
 * One connection: reads requests one after the other, and answers them in that order. While a request waits for its
 * outcome, or answers wait for a client that does not read them, nothing more is read; so what a client can make us hold
 * is one request, one read, and a bounded run of answers.
 *
 * After its last answer it throws away what still comes until the client has gone: a socket that is closed with unread
 * bytes is reset, and the client may then lose the answer.
 */
export class HttpConnection implements ConnectionUse {
  servedMillis: number | undefined;
  readonly #socket: Socket;
  readonly #service: HttpService;
  readonly #heads: HeadReader<HttpVerdict>;
  readonly #outbox: Outbox;
  readonly #source: RequestSource;
  readonly #endRequest = (rejection: Rejection) => this.#endWith(rejection);
  /** The request whose head has been read, until it is answered and its body has come. */
  #request: Request | undefined;
  /** When what is waited for now began. */
  #sinceMillis: number;
  #discardedBytes = 0;
  /** Bytes that were read while they could not be taken. */
  #held: Buffer | undefined;
  /** Whether the client sends no more. */
  #hasEnded = false;
  /** Whether the last answer has been given. */
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
    // What breaks a connection ends it; `close` follows.
    socket.on('error', () => {});
  }

  /** When the client was last heard of. */
  get activeMillis(): number {
    return this.#sinceMillis;
  }

  get isBusy(): boolean {
    return this.#request?.isWaiting === true;
  }

  /** Whether the client has been asked to come again on a new connection. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** Makes the next answer the last. */
  moveOn(): void {
    this.#isLeaving = true;
  }

  /** Ends an idle connection now, any other with its next answer; resolves when that has been given. */
  leave(): Promise<void> {
    this.#isLeaving = true;
    if (this.#isIdle()) this.#socket.end();
    else if (!this.#isClosing) {
      return new Promise((resolve) => {
        this.#onLeft = resolve;
      });
    }
    return Promise.resolve();
  }

  /** Takes what has been read from the socket; `chunk` is good during the call only. */
  read(chunk: Buffer): void {
    this.#take(chunk);
    this.#flush();
  }

  /** Ends what has waited too long. */
  sweep(nowMillis: number): void {
    const { limits } = this.#service;
    const waited = nowMillis - this.#sinceMillis;
    if (this.#isClosing) {
      if (waited >= LINGER_MILLIS) this.#socket.destroy();
    } else if (this.#outbox.isStalled) {
      if (waited >= limits.requestTimeoutMillis) this.#socket.destroy();
    } else if (this.#isIdle()) {
      if (waited >= limits.idleTimeoutMillis) this.#beClosing();
    } else if (this.#request?.isWaiting !== true) {
      const max = this.#request === undefined ? limits.headersTimeoutMillis : limits.requestTimeoutMillis;
      if (waited >= max) this.#refuse(parseError(408, `expected the request within ${max} ms, got a part of it`));
    }
    this.#flush();
  }

  #isIdle(): boolean {
    return this.#request === undefined && this.#heads.isEmpty && this.#held === undefined;
  }

  #take(chunk: Buffer): void {
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

  #begin(found: FoundHead<HttpVerdict>, bytesAtHand: number): void {
    const frame = createFrame(found.contentLength, this.#service.limits);
    const opened = this.#open(found, bytesAtHand);
    this.#discardedBytes = 0;
    const request: Request = { found, frame, exchange: undefined, isWaiting: false };
    this.#request = request;
    if ('status' in opened) {
      this.#respondEarly(request, opened);
    } else {
      request.exchange = opened;
      if (found.head.expectsContinue && !frame.isDone) this.#outbox.push(CONTINUE);
    }
    if (frame.isDone) this.#finish(request);
  }

  #open(found: FoundHead<HttpVerdict>, bytesAtHand: number): Exchange | HttpResponse {
    const { head, verdict } = found;
    if (verdict.kind === 'export') {
      const arrival = { source: this.#source, bytesAtHand, end: this.#endRequest };
      return openExchange(this.#service, found, verdict, arrival);
    }
    if (!verdict.isPrivate) return verdict.response;
    const sender = this.#service.requestHandler.authenticate(head.headers, verdict.encoding);
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
      const errorMessage = exchange.take(chunk, frame.dataStart, frame.dataEnd);
      if (errorMessage !== undefined) {
        this.#abandon(request);
        this.#respondEarly(request, httpResponseForRejection(errorMessage, exchange.verdict.encoding));
      }
    }
    if (frame.isDone) this.#finish(request);
    return end;
  }

  /** Ends a request whose body is not complete; the client may need the answer to send it again. */
  #endWith(rejection: Rejection): void {
    const request = this.#request;
    if (request?.exchange === undefined || this.#isClosing) return;
    const { encoding } = request.exchange.verdict;
    this.#abandon(request);
    this.#response(httpResponseForRejection(rejection, encoding), request.found, true);
    this.#flush();
  }

  /** Answers before the body has come; what comes of it is thrown away. */
  #respondEarly({ found, frame }: Request, response: HttpResponse): void {
    // A client that asks before it sends may now send the body or not: nobody can tell where its next request begins.
    const isTorn = found.head.expectsContinue && !frame.isDone;
    const isTooLong = (found.contentLength ?? 0) > this.#service.limits.maxBodyBytes;
    this.#response(response, found, this.#isLast(found) || isTorn || isTooLong);
  }

  /** The request is whole. */
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
    this.#goOn();
  }

  #settle({ found }: Request, { verdict }: Exchange, settled: Settled): void {
    const { encoding, corsHeaders, signal } = verdict;
    const isLast = this.#isLast(found);
    this.#next();
    if (settled.kind !== 'rejection') this.servedMillis = this.#sinceMillis;
    if (settled.kind === 'accepted' && corsHeaders.length === 0) {
      this.#push(this.#service.responses.accepted(encoding, isLast), isLast);
    } else if (settled.kind === 'rejection') {
      this.#response(httpResponseForRejection(settled.rejection, encoding), found, isLast);
    } else {
      this.#response(httpResponseForOutcome(settled, encoding, signal), found, isLast);
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

  #response(response: HttpResponse, { head, verdict }: FoundHead<HttpVerdict>, isLast: boolean): void {
    const manner = { moreHeaders: verdict.corsHeaders, isLast, isHead: head.method === 'HEAD' };
    this.#push(this.#service.responses.write(response, manner), isLast);
  }

  /** Answers what is no request, after which nothing that comes can be trusted. */
  #refuse(why: ParseError): void {
    this.#abandon(this.#request);
    const manner = { moreHeaders: [], isLast: true, isHead: false };
    this.#push(this.#service.responses.write(responseForParseError(why), manner), true);
  }

  #push(response: Buffer, isLast: boolean): void {
    this.#outbox.push(response);
    if (isLast) this.#beClosing();
  }

  #beClosing(): void {
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
    this.#goOn();
  }

  /** Takes what was held, now that something has been waited for; reads on when nothing more is. */
  #goOn(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#take(held);
    this.#flush();
    if (this.#held === undefined && this.#request?.isWaiting !== true) this.#socket.resume();
  }

  #discard(at: number, end: number): number {
    this.#discardedBytes += end - at;
    if (this.#discardedBytes > this.#service.limits.maxBodyBytes) {
      // Not cut at once: the reset could overtake the answer. The sweep does it.
      this.#socket.pause();
      if (!this.#isClosing) this.#beClosing();
    }
    return end;
  }

  #abandon(request: Request | undefined): void {
    // An exchange that waits for its outcome gives its room back by itself.
    if (request?.exchange === undefined || request.isWaiting) return;
    request.exchange.abandon();
    request.exchange = undefined;
  }

  /** The client sends no more. It may still read: what it has sent whole is answered. */
  #end(): void {
    this.#hasEnded = true;
    if (this.#request === undefined) this.#socket.end();
    else if (!this.#request.isWaiting) this.#socket.destroy();
  }

  #close(): void {
    this.#abandon(this.#request);
    this.#isClosing = true;
    this.#onLeft?.();
  }
}

interface Request {
  readonly found: FoundHead<HttpVerdict>;
  readonly frame: BodyFrame;
  /** `undefined` once the request has been answered. */
  exchange: Exchange | undefined;
  /** Whether its outcome is awaited. */
  isWaiting: boolean;
}

/** For a client to take the last answer and to go. */
const LINGER_MILLIS = 1000;
