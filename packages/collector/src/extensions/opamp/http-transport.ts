import { errorMessage } from '../../component/error-message.ts';
import { type HttpResponse, httpRequest } from '../../component/http/http-request.ts';
import { BackOff } from './back-off.ts';
import {
  MAX_MESSAGE_BYTES,
  type OpampTransport,
  retryAfterMillis,
  type TransportEvents,
  type TransportOptions,
} from './transport.ts';

/** Longest time for a request. */
const REQUEST_MILLIS = 30_000;
/** Longest time for the message of an agent that stops. */
const LAST_REQUEST_MILLIS = 2_000;

/** Creates a transport that sends each message in a request of its own and gets those of the server as responses. */
export function createHttpTransport(options: TransportOptions, events: TransportEvents): OpampTransport {
  return new HttpTransport(options, events);
}

class HttpTransport implements OpampTransport {
  readonly #options: TransportOptions;
  readonly #events: TransportEvents;
  readonly #backOff: BackOff;
  readonly #closing = new AbortController();
  #state: 'idle' | 'requesting' | 'waiting' | 'new' = 'new';
  #cancelWait: (() => void) | undefined;
  #request: Promise<void> | undefined;

  constructor(options: TransportOptions, events: TransportEvents) {
    this.#options = options;
    this.#events = events;
    this.#backOff = new BackOff(options.random);
  }

  get isReady(): boolean {
    return this.#state === 'idle' && !this.#closing.signal.aborted;
  }

  start(): void {
    this.#ready(true);
  }

  send(message: Uint8Array): void {
    this.#state = 'requesting';
    this.#request = this.#exchange(message);
  }

  pause(afterMillis: number | undefined): void {
    if (this.#closing.signal.aborted) return;
    this.#state = 'waiting';
    this.#cancelWait?.();
    this.#cancelWait = this.#options.clock.setTimeout(() => this.#ready(true), this.#backOff.next(afterMillis));
  }

  async close(last: Uint8Array): Promise<void> {
    if (this.#closing.signal.aborted) return;
    const wasReachable = this.#state === 'idle' || this.#state === 'requesting';
    this.#closing.abort();
    this.#cancelWait?.();
    await this.#request;
    if (wasReachable) await this.#post(last, AbortSignal.timeout(LAST_REQUEST_MILLIS)).catch(() => undefined);
  }

  async #exchange(message: Uint8Array): Promise<void> {
    const { signal } = this.#closing;
    let response: HttpResponse;
    try {
      response = await this.#post(message, AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MILLIS)]));
    } catch (error) {
      if (!signal.aborted) this.#failed(errorMessage(error), undefined);
      return;
    }
    if (signal.aborted) return;
    if (response.status !== 200) {
      const waitMillis = retryAfterMillis(response.headers['retry-after'], this.#options.clock.now());
      this.#failed(`expected status 200, got ${response.status}`, waitMillis);
      return;
    }
    this.#backOff.reset();
    this.#events.message(response.bytes);
    // The message can have made it wait.
    if (this.#state === 'requesting') this.#ready(false);
  }

  async #post(message: Uint8Array, signal: AbortSignal): Promise<HttpResponse> {
    const { url, tls, headers } = this.#options;
    return await httpRequest(url, {
      method: 'POST',
      headers: { ...(await headers(signal)), 'content-type': 'application/x-protobuf' },
      body: message,
      tls: tls(),
      signal,
      maxBytes: MAX_MESSAGE_BYTES,
      // A redirect would carry credentials to another server.
      maxRedirects: 0,
    });
  }

  #failed(reason: string, waitMillis: number | undefined): void {
    this.#events.failed(reason);
    this.pause(waitMillis);
  }

  #ready(isNew: boolean): void {
    if (this.#closing.signal.aborted) return;
    this.#state = 'idle';
    this.#events.ready(isNew);
  }
}
