import type { Socket } from 'node:net';
import { errorMessage } from '../../error-message.ts';
import type { HttpResponse } from '../outcome-mapping.ts';
import type { CancelCause } from '../settle-once.ts';
import { type ResponseHead, ResponseReader } from './response-reader.ts';

/** Result of one attempt to send a request. */
export type Attempt =
  /** `isSent` tells whether the connection has sent the whole request and no longer uses its memory. */
  | { readonly kind: 'response'; readonly response: HttpResponse; readonly isSent: boolean }
  /** A reused connection broke before a response was received. */
  | { readonly kind: 'stale'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string; readonly canceledBy?: CancelCause };

/** A request and its pending response. */
export interface Exchange {
  /** Request line and headers, including the final empty line. */
  readonly head: string;
  readonly body: readonly Uint8Array[];
  readonly settle: (attempt: Attempt) => void;
}

/** Receives connection state changes. */
export interface ConnectionOwner {
  /** Called when the connection is ready for another request. */
  freed(connection: ClientConnection): void;
  /** Called when the connection has closed. */
  closed(connection: ClientConnection): void;
}

/** Connection limits. */
export interface ConnectionLimits {
  /** How long the connection may be idle before it is closed. */
  readonly idleTimeoutMillis: number;
  /** Maximum size of a response. */
  readonly maxResponseBytes: number;
}

/**
 * An HTTP/1.1 connection that handles one request at a time. It keeps the process alive only while a request is in
 * flight.
 */
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
      this.#failure = errorMessage(error);
    });
    socket.on('close', () => this.#closed());
  }

  /** Sends a request. No other request may be in flight. */
  send(exchange: Exchange): void {
    const socket = this.#socket;
    this.#exchange = exchange;
    if (this.#isUsed) {
      socket.setTimeout(0);
      socket.ref();
    }
    // Sends the head and all parts in a single system call.
    socket.cork();
    socket.write(exchange.head, 'latin1');
    for (const part of exchange.body) if (part.length > 0) socket.write(part);
    socket.uncork();
  }

  /** Closes the connection immediately. */
  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    const reader = this.#reader;
    reader.read(chunk);
    // No request is in flight.
    if (this.#exchange === undefined) this.destroy();
    else if (reader.error !== undefined) this.#fail(reader.error);
    else if (reader.head !== undefined && (reader.isDone || reader.isTooLong)) this.#finish(reader.head);
  }

  #end(): void {
    this.#reader.end();
    const { head, isDone } = this.#reader;
    if (head !== undefined && isDone) this.#finish(head);
    this.destroy();
  }

  #finish(head: ResponseHead): void {
    // Some servers and proxies report an idle timeout as 408, which may cross a request in flight (RFC 9110, 15.5.9).
    if (this.#isUsed && head.status === 408) {
      this.#settle({ kind: 'stale', reason: 'the server responded 408' });
      this.destroy();
      return;
    }
    const { isDone, hasMore } = this.#reader;
    const idleMillis = idleMillisOf(head, this.#limits.idleTimeoutMillis);
    // If the server responds before the request is complete, the connection is closed and the rest is not sent.
    const isSent = this.#socket.writableLength === 0;
    const isQuiet = isDone && !hasMore && isSent;
    this.#settle({ kind: 'response', response: responseOf(head, isDone ? this.#reader.body : undefined), isSent });
    if (isQuiet && head.keepAlive && idleMillis > 0) this.#idle(idleMillis);
    else this.destroy();
  }

  /** Waits for the next request. */
  #idle(idleMillis: number): void {
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
    const reason = this.#failure ?? 'the connection closed without a response';
    // The status is known even though the body is incomplete.
    if (head !== undefined) this.#settle({ kind: 'response', response: responseOf(head, undefined), isSent: false });
    else this.#settle({ kind: this.#isUsed && !hasBegun ? 'stale' : 'failed', reason });
    this.#owner.closed(this);
  }

  #settle(attempt: Attempt): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    exchange?.settle(attempt);
  }
}

function responseOf({ status, headers }: ResponseHead, body: Uint8Array | undefined): HttpResponse {
  // A body with an unrequested content coding is not decoded. Only the status is used.
  const isReadable = (headers['content-encoding'] ?? 'identity') === 'identity';
  const { 'content-type': contentType, 'retry-after': retryAfter } = headers;
  return { status, contentType, retryAfter, body: isReadable ? body : undefined };
}

/**
 * Returns the idle timeout: one second less than the timeout announced by the server, so that no request is sent while
 * the server closes the connection.
 */
function idleMillisOf({ headers }: ResponseHead, millis: number): number {
  const [, seconds] = /(?:^|[\s,])timeout=([0-9]{1,6})/i.exec(headers['keep-alive'] ?? '') ?? [];
  return seconds === undefined ? millis : Math.min(millis, Number(seconds) * 1000 - 1000);
}
