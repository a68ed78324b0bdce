import type { Batch } from '@otelier/otlp';
import type { LogRow } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { createMask } from '../http/access/masking/attribute-mask.ts';
import { maskResult } from '../http/access/masking/mask-results.ts';
import { logRowsOf } from './log-records.ts';
import { PerSecond } from './per-second.ts';

/** Where log batches come from. */
export interface LiveLogsOptions {
  readonly clock: Clock;
  /** Called when the first client connects. The returned function is called when the last client disconnects. */
  readonly subscribe: (listener: (batch: Batch) => void) => () => void;
  readonly onError: (error: unknown) => void;
}

/** Who reads live records. */
export interface LiveClient {
  readonly tenant: string;
  /** Patterns of attributes whose values the client must not see. */
  readonly masked: readonly string[];
}

/**
 * Passes log records to clients while they pass through the pipeline. Costs nothing without clients. With clients, it
 * decodes a bounded number of records per second, once for all clients of a tenant, because it runs on the ingest thread.
 */
export class LiveLogs<Client extends LiveClient> {
  readonly #options: LiveLogsOptions;
  readonly #clients = new Set<Client>();
  readonly #inspected: PerSecond;
  readonly #prefix: string;
  readonly #show: (rows: readonly LogRow[], clients: readonly Client[], skipped: number) => void;
  #unsubscribe: (() => void) | undefined;
  #cursors = 0;

  /** `show` is called for each batch, with the number of its records that were not decoded. */
  constructor(
    options: LiveLogsOptions,
    show: (rows: readonly LogRow[], clients: readonly Client[], skipped: number) => void,
  ) {
    this.#options = options;
    this.#show = show;
    this.#inspected = new PerSecond(LIMITS.tailRecordsPerSecond, options.clock);
    this.#prefix = `live-${options.clock.now()}`;
  }

  get clients(): Iterable<Client> {
    return this.#clients;
  }

  add(client: Client): void {
    this.#clients.add(client);
    this.#unsubscribe ??= this.#options.subscribe((batch) => this.#take(batch));
  }

  delete(client: Client): void {
    this.#clients.delete(client);
    if (this.#clients.size > 0) return;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  /** Called by the pipeline. Errors must not propagate into it. */
  #take(batch: Batch): void {
    try {
      const clients = [...this.#clients].filter(({ tenant }) => tenant === batch.context.tenant);
      if (clients.length === 0) return;
      const limit = this.#inspected.take(batch.itemCount);
      const rows = logRowsOf(batch, limit, () => `${this.#prefix}-${this.#cursors++}`);
      const skipped = batch.itemCount - rows.length;
      // Values are masked before filters compare them.
      for (const [patterns, group] of Map.groupBy(clients, ({ masked }) => masked.join(' ')))
        this.#show(patterns === '' ? rows : maskResult(rows, createMask(patterns.split(' '))), group, skipped);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}
