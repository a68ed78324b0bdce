import type { Outcome } from '@otelier/otlp';
import { connectionOutcome } from '../client/connection-outcome.ts';
import { type Limits, settleOnce } from '../client/settle-once.ts';
import { ClientSession, type ClientSessionOptions, type SessionUser } from './client-session.ts';
import { ClientSubscriptions, type LiveDataOptions } from './client-subscriptions.ts';
import type { Acknowledgment, ExportHead, ServerMessage, Welcome } from './envelope.ts';
import { writeExport } from './write-envelope.ts';

/** Options for sending requests over a session. */
export interface ExportSessionOptions extends ClientSessionOptions {
  /** Maximum total size of unacknowledged requests. Further requests are queued. */
  readonly maxInFlightBytes: number;
}

/** An encoded request. */
export interface EncodedRequest {
  readonly head: Omit<ExportHead, 'id'>;
  readonly body: readonly Uint8Array[];
}

/** Maximum number of times to resend a request that breaks the connection. */
const MAX_ATTEMPTS = 5;

/**
 * Sends concurrent requests over a session, each with an ID. Requests in flight survive a broken connection: `welcome`
 * on the next one indicates whether the server has received them. A request that was canceled by the caller, or that
 * ended because no connection was available, may still have been accepted. Its ID therefore stays associated with the
 * caller's parts. If these are exported again, they use the same ID, and the server accepts nothing twice under one ID.
 */
export class ExportSession implements SessionUser {
  readonly #options: ExportSessionOptions;
  readonly #session: ClientSession;
  readonly #subscriptions = new ClientSubscriptions();
  /** Unacknowledged requests in sending order. */
  #waiting = new Set<Request>();
  readonly #sent = new Map<number, Request>();
  readonly #uncertain = new WeakMap<readonly Uint8Array[], Request>();
  #sentBytes = 0;
  #nextId = 1;
  #connection: { readonly welcome: Welcome; readonly send: (message: Uint8Array) => void } | undefined;

  constructor(options: ExportSessionOptions) {
    this.#options = options;
    this.#session = new ClientSession(options, this);
  }

  /** Sends a request. `parts` identify it, and `encoded` is their encoded form. */
  export(parts: readonly Uint8Array[], encoded: EncodedRequest, limits: Limits): Promise<Outcome> {
    const earlier = this.#uncertain.get(parts);
    this.#uncertain.delete(parts);
    if (earlier?.outcome !== undefined) return Promise.resolve(earlier.outcome);
    const request = earlier ?? new Request(this.#nextId++, parts);
    return settleOnce<Outcome>(limits, (settle) => {
      request.settle = settle;
      if (!this.#sent.has(request.id)) {
        request.encoded = encoded;
        this.#waiting.add(request);
      }
      this.#pump();
      this.#session.connect();
      return (reason) => this.#cancel(request, reason);
    });
  }

  /** Opens a subscription, which lasts until the returned function is called. */
  subscribe(options: LiveDataOptions): () => void {
    const id = this.#nextId++;
    this.#subscriptions.add(id, options);
    this.#session.connect();
    return () => this.#subscriptions.remove(id);
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  get needsConnection(): boolean {
    return this.#waiting.size > 0 || this.#subscriptions.count > 0;
  }

  unacknowledged(): readonly number[] {
    return [...this.#waiting].filter(({ attempts }) => attempts > 0).map(({ id }) => id);
  }

  ready(welcome: Welcome, send: (message: Uint8Array) => void): void {
    this.#connection = { welcome, send };
    const known = new Set(welcome.known);
    for (const request of this.#waiting) if (known.has(request.id)) this.#markSent(request);
    this.#subscriptions.ready(send);
    this.#pump();
  }

  message(message: Exclude<ServerMessage, Welcome>): void {
    if (message.kind === 'data') this.#subscriptions.take(message);
    else if (!this.#subscriptions.acknowledged(message.id, message.outcome)) this.#acknowledged(message);
  }

  cut(): void {
    this.#connection = undefined;
    this.#subscriptions.cut();
    const sent = [...this.#sent.values()];
    this.#sent.clear();
    this.#sentBytes = 0;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const request of sent) {
      if (request.settle !== undefined && request.attempts < MAX_ATTEMPTS) this.#waiting.add(request);
      else this.#end(request, connectionOutcome(`the connection broke ${MAX_ATTEMPTS} times under this request`));
    }
    for (const request of waiting) this.#waiting.add(request);
  }

  failed(outcome: Outcome): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const request of waiting) this.#end(request, outcome);
  }

  #pump(): void {
    for (const request of this.#waiting) {
      if (this.#connection === undefined || !this.#hasSpace(request)) return;
      const { welcome, send } = this.#connection;
      if (request.sizeBytes > welcome.maxBodyBytes) {
        this.#waiting.delete(request);
        request.settle?.(tooLarge(welcome.maxBodyBytes, request.sizeBytes));
        continue;
      }
      request.attempts++;
      this.#markSent(request);
      send(writeExport({ id: request.id, ...request.encoded.head }, request.encoded.body));
    }
  }

  #hasSpace({ sizeBytes }: Request): boolean {
    if (this.#sent.size === 0) return true;
    const window = this.#connection?.welcome.window ?? 0;
    return this.#sent.size < window && this.#sentBytes + sizeBytes <= this.#options.maxInFlightBytes;
  }

  #markSent(request: Request): void {
    this.#waiting.delete(request);
    this.#sent.set(request.id, request);
    this.#sentBytes += request.sizeBytes;
  }

  #acknowledged({ id, outcome }: Acknowledgment): void {
    const request = this.#sent.get(id);
    if (request === undefined) return;
    this.#session.resetBackoff();
    this.#sent.delete(id);
    this.#sentBytes -= request.sizeBytes;
    request.encoded = NOTHING;
    if (request.settle !== undefined) request.settle(fromServer(outcome));
    else if (outcome.kind !== 'retry') request.outcome = outcome;
    this.#pump();
  }

  /** Cancels a request. If it has been sent, it may still be accepted. */
  #cancel(request: Request, reason: string): Outcome {
    this.#waiting.delete(request);
    const outcome = connectionOutcome(reason);
    this.#end(request, outcome);
    return outcome;
  }

  #end(request: Request, outcome: Outcome): void {
    const { settle } = request;
    request.settle = undefined;
    if (request.attempts > 0) this.#uncertain.set(request.parts, request);
    if (!this.#sent.has(request.id)) request.encoded = NOTHING;
    settle?.(outcome);
  }
}

/** A request, from its first transmission to its acknowledgment. */
class Request {
  readonly id: number;
  /** The parts passed by the caller, which identify the request. */
  readonly parts: readonly Uint8Array[];
  attempts = 0;
  /** `undefined` once no caller is waiting. */
  settle: ((outcome: Outcome) => void) | undefined;
  /** An outcome that arrived when no caller was waiting. */
  outcome: Outcome | undefined;
  encoded = NOTHING;

  constructor(id: number, parts: readonly Uint8Array[]) {
    this.id = id;
    this.parts = parts;
  }

  get sizeBytes(): number {
    return this.encoded.body.reduce((sum, part) => sum + part.length, 0);
  }
}

/** Replaces the body of a request that does not need to be resent. */
const NOTHING: EncodedRequest = { head: { signal: '', encoding: '', compression: '', headers: {} }, body: [] };

function tooLarge(maxBytes: number, sizeBytes: number): Outcome {
  return { kind: 'refused', reason: `the server accepts a body of at most ${maxBytes} bytes, got ${sizeBytes}` };
}

/** Marks the failure reason as coming from the server. */
function fromServer(outcome: Outcome): Outcome {
  if (outcome.kind !== 'retry' && outcome.kind !== 'refused') return outcome;
  return { ...outcome, reason: `the server responded: ${outcome.reason}` };
}
