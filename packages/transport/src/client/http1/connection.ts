import type { Socket } from 'node:net';
import { errorMessageOf } from '../../error-message.ts';
import type { HttpResponse } from '../outcome-mapping.ts';
import { type ResponseHead, ResponseReader } from './response-reader.ts';

/** What became of one attempt to send a request. */
export type Attempt =
  | { readonly kind: 'response'; readonly response: HttpResponse }
  /** A connection that was open from before broke without an answer. */
  | { readonly kind: 'stale'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** A request that waits for its answer. */
export interface Exchange {
  /** Request line and headers, with the empty line. */
  readonly head: string;
  readonly body: readonly Uint8Array[];
  readonly settle: (attempt: Attempt) => void;
}

/** Whom a connection tells. */
export interface ConnectionOwner {
  /** It may be given another request. */
  freed(connection: ClientConnection): void;
  /** It has ended. */
  gone(connection: ClientConnection): void;
}

/** Bounds of a connection. */
export interface ConnectionLimits {
  /** Without a request for so long, it is closed. */
  readonly idleTimeoutMillis: number;
  /** More of a response is not read. */
  readonly maxResponseBytes: number;
}

/** One connection of HTTP/1.1, with one request on its way at a time. It keeps a program alive only while it has one. */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #limits: ConnectionLimits;
  readonly #reader: ResponseReader;
  #exchange: Exchange | undefined;
  #isUsed = false;
  #failure: string | undefined;

  constructor(socket: Socket, limits: ConnectionLimits, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.#limits = limits;
    this.#reader = new ResponseReader(limits.maxResponseBytes);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('end', () => this.#end());
    socket.on('timeout', () => socket.destroy());
    socket.on('error', (error) => {
      this.#failure = errorMessageOf(error);
    });
    socket.on('close', () => this.#closed());
  }

  /** Sends a request; only while there is no other. */
  send(exchange: Exchange): void {
    const socket = this.#socket;
    this.#exchange = exchange;
    if (this.#isUsed) {
      socket.setTimeout(0);
      socket.ref();
    }
    // One system call for the head and all parts.
    socket.cork();
    socket.write(exchange.head, 'latin1');
    for (const part of exchange.body) if (part.length > 0) socket.write(part);
    socket.uncork();
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const reader = this.#reader;
    reader.read(chunk);
    // Nothing was asked.
    if (this.#exchange === undefined) this.destroy();
    else if (reader.errorMessage !== undefined) this.#fail(reader.errorMessage);
    else if (reader.head !== undefined && (reader.isDone || reader.isTooLong)) this.#finish(reader.head);
  }

  #end(): void {
    this.#reader.end();
    const { head, isDone } = this.#reader;
    if (head !== undefined && isDone) this.#finish(head);
    this.destroy();
  }

  #finish(head: ResponseHead): void {
    // So some servers and proxies say that nothing came for too long, and then this request crossed it (RFC 9110, 15.5.9).
    if (this.#isUsed && head.status === 408) {
      this.#settle({ kind: 'stale', reason: 'the server answered 408' });
      this.destroy();
      return;
    }
    const { isDone, hasMore } = this.#reader;
    const idleMillis = idleMillisOf(head, this.#limits.idleTimeoutMillis);
    // A server that answers before it has the whole request will not be asked to read the rest.
    const isQuiet = isDone && !hasMore && this.#socket.writableLength === 0;
    this.#settle({ kind: 'response', response: responseOf(head, isDone ? this.#reader.body : undefined) });
    if (isQuiet && head.keepAlive && idleMillis > 0) this.#rest(idleMillis);
    else this.destroy();
  }

  /** Waits for the next request. */
  #rest(idleMillis: number): void {
    this.#isUsed = true;
    this.#reader.reset();
    this.#socket.setTimeout(idleMillis);
    this.#socket.unref();
    this.#owner.freed(this);
  }

  #fail(reason: string): void {
    this.#settle({ kind: 'failed', reason });
    this.destroy();
  }

  #closed(): void {
    const { head, hasBegun } = this.#reader;
    const reason = this.#failure ?? 'the connection was closed without an answer';
    // The status has come, the rest will not.
    if (head !== undefined) this.#settle({ kind: 'response', response: responseOf(head, undefined) });
    else this.#settle({ kind: this.#isUsed && !hasBegun ? 'stale' : 'failed', reason });
    this.#owner.gone(this);
  }

  #settle(attempt: Attempt): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.settle(attempt);
  }
}

function responseOf({ status, headers }: ResponseHead, body: Uint8Array | undefined): HttpResponse {
  // A coding that was not asked for is not undone: the status alone counts.
  const isReadable = (headers['content-encoding'] ?? 'identity') === 'identity';
  const { 'content-type': contentType, 'retry-after': retryAfter } = headers;
  return { status, contentType, retryAfter, body: isReadable ? body : undefined };
}

/** A server that says for how long it keeps the connection is left a second earlier: a request must not meet its end. */
function idleMillisOf({ headers }: ResponseHead, millis: number): number {
  const [, seconds] = /(?:^|[\s,])timeout=([0-9]{1,6})/i.exec(headers['keep-alive'] ?? '') ?? [];
  return seconds === undefined ? millis : Math.min(millis, Number(seconds) * 1000 - 1000);
}
