import type { ComponentContext, Consumer } from '../../component/contract.ts';
import { deliver } from '../../operators/deliver.ts';
import { encodeEntries } from '../../operators/encode-entries.ts';
import type { Entry } from '../../operators/entry/entry.ts';

/** Entries are collected for this time, or until there are as many as fit into a batch. */
const COLLECT_MILLIS = 200;
const MAX_BATCH = 500;
/** Entries that wait for pipelines. Further ones are dropped. */
const MAX_WAITING = 10_000;
const RETRY = { enabled: true, initialInterval: 1000, maxInterval: 30_000, maxElapsedTime: 300_000 };

/** Sends log records of a source that cannot wait, in batches. While pipelines do not accept them, a limited number waits. */
export class EntrySender {
  readonly #next: Consumer;
  readonly #context: ComponentContext;
  readonly #abort = new AbortController();
  #waiting: Entry[] = [];
  #held = 0;
  #cancel: (() => void) | undefined;
  #sending: Promise<void> | undefined;

  constructor(next: Consumer, context: ComponentContext) {
    this.#next = next;
    this.#context = context;
  }

  /** Number of entries that are not sent yet. */
  get heldItems(): number {
    return this.#held;
  }

  add(entry: Entry): void {
    if (this.#abort.signal.aborted || this.#held >= MAX_WAITING) {
      this.#context.dropped(1, 'queue_full');
      return;
    }
    this.#held += 1;
    this.#waiting.push(entry);
    if (this.#waiting.length >= MAX_BATCH) this.#send();
    else this.#cancel ??= this.#context.clock.setTimeout(() => this.#send(), COLLECT_MILLIS);
  }

  /** Sends what waits, until `deadline` aborts. */
  async drain(deadline: AbortSignal): Promise<void> {
    const end = (): void => this.#abort.abort();
    deadline.addEventListener('abort', end);
    this.#send();
    await this.#sending;
    deadline.removeEventListener('abort', end);
  }

  async shutdown(): Promise<void> {
    this.#abort.abort();
    this.#cancel?.();
    this.#cancel = undefined;
    await this.#sending;
    if (this.#held > 0) this.#context.dropped(this.#held, 'shutdown');
    this.#held = 0;
    this.#waiting = [];
  }

  #send(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  async #sendAll(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#abort.signal.aborted) {
      const entries = this.#waiting.splice(0, MAX_BATCH);
      const delivery = { signal: 'logs', bytes: encodeEntries(entries), itemCount: entries.length } as const;
      const isDone = await deliver(delivery, this.#next, this.#context, RETRY, this.#abort.signal);
      if (isDone) this.#held -= entries.length;
    }
  }
}
