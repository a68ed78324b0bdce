import type { Signal } from '@otelier/otlp';
import { suppress } from '../../context/suppression.ts';
import { assemble } from '../../delivery/assemble.ts';
import type { FlushResult } from '../../delivery/contract.ts';
import type { Envelope } from '../../delivery/envelope.ts';
import { type Batch, ScopeBuffer, type ScopeBufferOwner } from '../../delivery/scope-buffer.ts';
import { Resource, type ResourceSource } from '../../resource.ts';
import type { BodyCoding, RequestRetries } from './retries-and-coding.ts';

/** Options of `createBasicClient`. */
export interface BasicClientOptions {
  /** The base URL. Default `http://localhost:4318`. */
  readonly endpoint?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly resource?: ResourceSource;
  /** Time from the first item to sending. Default 1,000. */
  readonly maxDelayMillis?: number;
  /** `retries()` sends failed requests again. Default: they are lost. */
  readonly retry?: RequestRetries;
  /** `gzip` compresses requests, except for those that are sent when the page is hidden. Default: none. */
  readonly compression?: BodyCoding;
  /** Receives a line when items are lost, at most once a minute. Default `console.warn`. */
  readonly log?: (line: string) => void;
}

/** What a tracer provider needs of a client. */
export interface ProviderClient {
  readonly resource: Resource;
  scopeBuffer(signal: Signal, envelope: Envelope): ScopeBuffer;
  join(): (timeoutMillis?: number) => Promise<FlushResult>;
  flush(timeoutMillis?: number): Promise<FlushResult>;
}

/**
 * Creates a client for pages to which every kilobyte counts: it sends batches of protobuf over `fetch`, also when the
 * page is hidden, and holds at most 2,048 items. `retries()` and `gzip` are imports of those who want them. Unlike
 * `createClient`, it has no disk buffer, failover, other protocols or health statistics, and does not check options.
 */
export function createBasicClient(options: BasicClientOptions = {}): BasicClient {
  return new BasicClient(options);
}

/** A small client. See `createBasicClient`. */
export class BasicClient implements ProviderClient, ScopeBufferOwner {
  readonly resource: Resource;
  /** The number of items that could not be sent. */
  lostItems = 0;
  readonly #options: BasicClientOptions;
  readonly #batches: Batch[] = [];
  readonly #inFlight = new Set<Promise<void>>();
  /** Items that are recorded or in flight. */
  #items = 0;
  /** Bytes of the recorded items. */
  #bytes = 0;
  /** Bytes of the requests in flight that outlive the page. */
  #keepaliveBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  #users = 0;
  #lastLogMillis = Number.NEGATIVE_INFINITY;
  readonly #onHide = () => {
    if (document.visibilityState === 'hidden') this.#send();
  };

  constructor(options: BasicClientOptions) {
    this.#options = options;
    this.resource = new Resource(options.resource ?? {});
    globalThis.document?.addEventListener('visibilitychange', this.#onHide);
  }

  /** Returns a buffer for items of one signal, resource and scope. */
  scopeBuffer(signal: Signal, envelope: Envelope): ScopeBuffer {
    let batch = this.#batches.find((each) => each.signal === signal);
    if (batch === undefined) {
      batch = { signal, scopeBuffers: [], items: 0, bytes: 0 };
      this.#batches.push(batch);
    }
    const scopeBuffer = new ScopeBuffer(batch, envelope, this);
    batch.scopeBuffers.push(scopeBuffer);
    return scopeBuffer;
  }

  admit(_: Batch, items: number): boolean {
    const isAdmitted = !this.#isClosed && this.#items + items <= MAX_QUEUED_ITEMS;
    if (!isAdmitted) this.#lose(items, 'the queue is full');
    return isAdmitted;
  }

  added(batch: Batch, items: number, bytes: number): boolean {
    this.#items += items;
    batch.items += items;
    batch.bytes += bytes;
    this.#bytes += bytes;
    if (batch.items >= MAX_ITEMS || this.#bytes >= (globalThis.document ? MAX_PAGE_BYTES : MAX_BYTES)) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), this.#options.maxDelayMillis ?? 1_000);
    return true;
  }

  failed(_: Batch, items: number, error: unknown): void {
    this.#lose(items, String(error));
  }

  /** Sends all recorded items and waits for the responses, or until the timeout (default 30,000). Never rejects. */
  async flush(timeoutMillis = 30_000): Promise<FlushResult> {
    this.#send();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<true>((resolve) => {
      timer = setTimeout(resolve, timeoutMillis, true);
    });
    const isTimedOut = await Promise.race([Promise.all(this.#inFlight).then(() => false), timeout]);
    clearTimeout(timer);
    return isTimedOut ? { kind: 'timed_out', pendingItems: this.#items } : { kind: 'flushed' };
  }

  /** Flushes and rejects further items. Never rejects. */
  shutdown(timeoutMillis?: number): Promise<FlushResult> {
    this.#isClosed = true;
    globalThis.document?.removeEventListener('visibilitychange', this.#onHide);
    return this.flush(timeoutMillis);
  }

  /** Registers a provider. Returns a function that flushes; that of the last provider shuts the client down. */
  join(): (timeoutMillis?: number) => Promise<FlushResult> {
    this.#users++;
    let leaving: Promise<FlushResult> | undefined;
    return (timeoutMillis) => {
      leaving ??= --this.#users === 0 ? this.shutdown(timeoutMillis) : this.flush(timeoutMillis);
      return leaving;
    };
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#bytes = 0;
    for (const batch of this.#batches) {
      const { signal, items, bytes } = batch;
      if (items === 0) continue;
      batch.items = 0;
      batch.bytes = 0;
      const content = batch.scopeBuffers.flatMap((buffer) => (buffer.itemCount > 0 ? [buffer.take()] : []));
      const keepalive = !!globalThis.document && this.#keepaliveBytes + bytes < KEEPALIVE_BYTES;
      const keepaliveBytes = keepalive ? bytes : 0;
      this.#keepaliveBytes += keepaliveBytes;
      const sent = this.#post(signal, items, keepalive, content).catch((error) => this.#lose(items, String(error)));
      const done = sent.then(() => {
        this.#items -= items;
        this.#keepaliveBytes -= keepaliveBytes;
        this.#inFlight.delete(done);
      });
      this.#inFlight.add(done);
    }
  }

  async #post(
    signal: Signal,
    itemCount: number,
    keepalive: boolean,
    content: Parameters<typeof assemble>[0]['content'],
  ): Promise<void> {
    const { endpoint = 'http://localhost:4318', headers, retry = once, compression } = this.#options;
    const lose = (items: number, reason: string) => this.#lose(items, reason);
    // A page that is hidden may be closing and has no time to compress.
    const coding = globalThis.document?.visibilityState === 'hidden' ? undefined : compression;
    const { parts } = await assemble({ signal, itemCount, content }, lose);
    const body = coding === undefined ? new Blob(parts as Uint8Array<ArrayBuffer>[]) : await coding.encode(parts);
    // The original function of an instrumented `fetch`.
    const post = (fetch as { readonly __original?: typeof fetch }).__original ?? fetch;
    const response = await retry(() =>
      suppress(() =>
        post(`${endpoint.replace(/\/+$/, '')}/v1/${signal}`, {
          method: 'POST',
          headers: {
            ...headers,
            'content-type': 'application/x-protobuf',
            ...(coding && { 'content-encoding': coding.name }),
          },
          body,
          keepalive,
          signal: AbortSignal.timeout(10_000),
        }),
      ),
    );
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
  }

  #lose(items: number, reason: string): void {
    this.lostItems += items;
    const now = performance.now();
    if (now - this.#lastLogMillis < 60_000) return;
    this.#lastLogMillis = now;
    (this.#options.log ?? console.warn)(`otelier: lost ${this.lostItems} items: ${reason}`);
  }
}

const once: RequestRetries = (post) => post();
const MAX_QUEUED_ITEMS = 2_048;
const MAX_ITEMS = 512;
/**
 * The total size of a page's requests that outlive it is limited to 64 KiB (Fetch, "HTTP-network-or-cache fetch"). Items of
 * this size are left when the page closes, at most, and one request may still be in flight.
 */
const MAX_PAGE_BYTES = 28 * 1024;
const KEEPALIVE_BYTES = 60_000;
const MAX_BYTES = 48 * 1024;
