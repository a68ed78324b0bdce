import type { Signal } from '@otelier/otlp';
import type { Clock, ExportClient } from '@otelier/transport';
import type { Logger } from 'pino';
import { encodeRequest, type RequestJson } from '../json/otlp-json.ts';

/** What sending telemetry of the process needs. */
export interface OwnTelemetryContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: { readonly name: string; readonly version: string };
}

/** The limits of a queue, and its destination. */
export interface ExportQueueOptions {
  readonly signal: Signal;
  readonly endpoint: string;
  readonly scheduleDelay: number;
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
}

/** Delay of a processor that sends at once. */
export const AT_ONCE = { scheduleDelay: 0, maxQueueSize: 2_048, maxExportBatchSize: 512 };

/** Batches items about the process itself, and sends them to one destination. Items beyond its size are dropped. */
export class ExportQueue<T> {
  /** Number of items that were dropped because the queue was full. */
  overflowItems = 0;
  /** Number of items that the destination did not accept. */
  failedItems = 0;
  readonly #options: ExportQueueOptions;
  readonly #client: ExportClient;
  readonly #context: Pick<OwnTelemetryContext, 'clock' | 'logger'>;
  readonly #encode: (items: readonly T[]) => RequestJson;
  readonly #items: T[] = [];
  #cancel: (() => void) | undefined;
  #sending: Promise<void> = Promise.resolve();
  #isFailing = false;
  #isClosed = false;
  #reportedOverflow = 0;

  constructor(
    options: ExportQueueOptions,
    client: ExportClient,
    context: Pick<OwnTelemetryContext, 'clock' | 'logger'>,
    encode: (items: readonly T[]) => RequestJson,
  ) {
    this.#options = options;
    this.#client = client;
    this.#context = context;
    this.#encode = encode;
  }

  add(item: T): void {
    if (this.#isClosed) return;
    if (this.#items.length >= this.#options.maxQueueSize) {
      this.overflowItems += 1;
      return;
    }
    this.#items.push(item);
    this.#cancel ??= this.#context.clock.setTimeout(() => this.#flush(), this.#options.scheduleDelay);
    // A full batch need not wait.
    if (this.#items.length === this.#options.maxExportBatchSize && !this.#isFailing) this.#flush();
  }

  /** Sends what waits, and ends. */
  async shutdown(): Promise<void> {
    this.#isClosed = true;
    this.#flush();
    await this.#sending;
    this.failedItems += this.#items.splice(0).length;
    await this.#client.shutdown();
  }

  #flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#sending = this.#sending.then(() => this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    this.#reportOverflow();
    while (this.#items.length > 0) {
      const items = this.#items.splice(0, this.#options.maxExportBatchSize);
      const { signal, endpoint } = this.#options;
      const outcome = await this.#client.export(signal, [encodeRequest(signal, this.#encode(items)).bytes]);
      const reason = 'reason' in outcome ? outcome.reason : undefined;
      const { logger } = this.#context;
      // The line about a failure is sent as well, once it works again.
      if (reason !== undefined && !this.#isFailing) logger.warn({ reason, endpoint }, `own ${signal} not exported`);
      if (reason === undefined && this.#isFailing) logger.info({ endpoint }, `export of own ${signal} recovered`);
      this.#isFailing = reason !== undefined;
      if (outcome.kind === 'partial') this.failedItems += outcome.rejectedItems;
      else if (reason !== undefined) this.failedItems += items.length;
      // The rest waits for the next time.
      if (this.#isFailing) return this.#wait();
    }
  }

  /** Waits before the rest is sent. */
  #wait(): void {
    if (this.#isClosed || this.#items.length === 0) return;
    this.#cancel ??= this.#context.clock.setTimeout(() => this.#flush(), Math.max(this.#options.scheduleDelay, 1_000));
  }

  /** Logs the first overflow. The number of dropped items is a metric. */
  #reportOverflow(): void {
    const { signal, maxQueueSize } = this.#options;
    if (this.#reportedOverflow > 0 || this.overflowItems === 0) return;
    this.#reportedOverflow = this.overflowItems;
    this.#context.logger.warn({ maxQueueSize }, `own ${signal} dropped: the queue is full`);
  }
}
