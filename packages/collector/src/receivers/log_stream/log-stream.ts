import type { Signal } from '@otelier/otlp';
import type { ComponentContext, Consumer } from '../../component/contract.ts';
import { every, type PeriodicTask } from '../../component/every.ts';
import { deliver } from '../../operators/deliver.ts';
import { encodeEntries } from '../../operators/encode-entries.ts';
import type { Entry } from '../../operators/entry/entry.ts';
import { createEntryProcessor, type EntryOptions, type EntryProcessor } from '../../operators/entry-processor.ts';
import type { RetryConfig } from '../../operators/receiver-fields.ts';

/** The options of a `LogStream`. */
export interface LogStreamOptions extends EntryOptions {
  readonly retryOnFailure: RetryConfig;
}

const SIGNAL: Signal = 'logs';
const FLUSH_MILLIS = 100;
const MAX_BATCH_ENTRIES = 1000;
/** Entries that wait for the next component before senders are slowed down. */
const MAX_WAITING_ENTRIES = 20_000;

/** Collects what senders send, runs the operators and passes on batches. */
export class LogStream {
  readonly #options: LogStreamOptions;
  readonly #next: Consumer;
  readonly #context: ComponentContext;
  readonly #processor: EntryProcessor;
  readonly #flushing: PeriodicTask;
  readonly #abort = new AbortController();
  #entries: Entry[] = [];
  #waiting = 0;
  #sending: Promise<void> = Promise.resolve();
  #onWritable: (() => void)[] = [];

  constructor(options: LogStreamOptions, next: Consumer, context: ComponentContext) {
    this.#options = options;
    this.#next = next;
    this.#context = context;
    this.#processor = createEntryProcessor(options, context);
    this.#flushing = every(context, FLUSH_MILLIS, () => this.#flush('due'));
  }

  /** Whether so much waits for the next component that senders should wait too. */
  get isFull(): boolean {
    return this.#waiting >= MAX_WAITING_ENTRIES;
  }

  /** Resolves when the stream is not full. */
  whenWritable(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    return new Promise((resolve) => this.#onWritable.push(resolve));
  }

  start(): Promise<void> {
    return this.#flushing.start();
  }

  /** Adds a message with the attributes of its sender. */
  add(text: string, attributes: ReadonlyMap<string, string> | undefined): void {
    const observedNanos = BigInt(Math.floor(this.#context.clock.now())) * 1_000_000n;
    const entry = this.#processor.create(text, observedNanos);
    if (attributes !== undefined) entry.attributes = new Map([...(entry.attributes ?? []), ...attributes]);
    this.#entries.push(entry);
    this.#waiting++;
    if (this.#entries.length >= MAX_BATCH_ENTRIES) this.#flush('due');
  }

  async drain(deadline: AbortSignal): Promise<void> {
    const abort = () => this.#abort.abort();
    if (deadline.aborted) abort();
    deadline.addEventListener('abort', abort);
    await this.#flushing.shutdown();
    this.#flush('all');
    await this.#sending;
    deadline.removeEventListener('abort', abort);
  }

  async shutdown(): Promise<void> {
    this.#abort.abort();
    await this.#flushing.shutdown();
    await this.#sending;
  }

  #flush(which: 'due' | 'all'): void {
    const { pipeline } = this.#processor;
    const received = this.#entries;
    this.#entries = [];
    const entries = pipeline === undefined ? received : [...pipeline.process(received), ...pipeline.flush(which)];
    if (received.length === 0 && entries.length === 0) return;
    this.#sending = this.#sending.then(() => this.#send(entries, received.length));
  }

  async #send(entries: readonly Entry[], received: number): Promise<void> {
    if (entries.length > 0) {
      const delivery = { signal: SIGNAL, bytes: encodeEntries(entries), itemCount: entries.length };
      const { retryOnFailure } = this.#options;
      const isDone = await deliver(delivery, this.#next, this.#context, retryOnFailure, this.#abort.signal);
      if (!isDone) this.#context.dropped(entries.length, 'shutdown');
    }
    this.#waiting -= received;
    if (!this.isFull) for (const resolve of this.#onWritable.splice(0)) resolve();
  }
}
