import { type Batch, localContext, type Signal } from '@otelier/otlp';
import type { ComponentContext, Receiver, SignalConsumers } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';

/** Items that a scraper has read, encoded. */
interface ReadItems {
  /** Default: metrics. */
  readonly signal?: Signal;
  readonly bytes: Uint8Array;
  readonly itemCount: number;
  /** Called once the pipelines have accepted the items, which are read again otherwise. */
  accepted?(): Promise<void>;
}

/** Reports a part that could not be read, while the rest was. */
export type ReportFailure = (reason: string) => void;

/** Something that is read at every interval. */
export interface ScrapeTask {
  readonly name: string;
  /**
   * Reads items; `undefined` if there are none. Rejects if none can be read. `signal` aborts at the timeout, and when
   * the receiver stops.
   */
  scrape(signal: AbortSignal, fail: ReportFailure): Promise<ReadItems | undefined>;
  /** Closes its connections. */
  shutdown?(): Promise<void>;
}

/** When a receiver reads. */
export interface ScrapeSchedule {
  readonly collectionInterval: number;
  readonly initialDelay: number;
  /** Time after which a reading has failed; 0 means the interval. */
  readonly timeout: number;
}

/** Number of failures that a message lists. */
const MAX_LISTED = 3;

/** Reads items at an interval, and passes them on. Readings that are due during a slow one are left out. */
export class ScrapingReceiver implements Receiver {
  readonly #what: string;
  readonly #schedule: ScrapeSchedule;
  readonly #next: SignalConsumers;
  readonly #context: ComponentContext;
  readonly #createTasks: () => Promise<readonly ScrapeTask[]>;
  readonly #failures = new Map<string, string>();
  readonly #stop = new AbortController();
  #tasks: readonly ScrapeTask[] = [];
  #cancel = () => {};
  #running: Promise<void> = Promise.resolve();
  #dueMillis = 0;

  /** `what` names what is read, in logs. */
  constructor(
    what: string,
    schedule: ScrapeSchedule,
    next: SignalConsumers,
    context: ComponentContext,
    createTasks: () => Promise<readonly ScrapeTask[]>,
  ) {
    this.#what = what;
    this.#schedule = schedule;
    this.#next = next;
    this.#context = context;
    this.#createTasks = createTasks;
  }

  async start(): Promise<void> {
    this.#tasks = await this.#createTasks();
    this.#dueMillis = this.#context.clock.monotonic() + this.#schedule.initialDelay;
    this.#plan();
  }

  async drain(): Promise<void> {
    this.#stop.abort(new Error('the receiver stops'));
    this.#cancel();
    await this.#running;
  }

  async shutdown(): Promise<void> {
    await this.drain();
    const tasks = this.#tasks;
    this.#tasks = [];
    await Promise.all(tasks.map((task) => task.shutdown?.()));
  }

  #plan(): void {
    if (this.#stop.signal.aborted) return;
    const { clock } = this.#context;
    this.#cancel = clock.setTimeout(
      () => {
        this.#running = this.#readAll().then(() => {
          const { collectionInterval } = this.#schedule;
          const late = Math.max(0, clock.monotonic() - this.#dueMillis);
          this.#dueMillis += collectionInterval * (1 + Math.floor(late / collectionInterval));
          this.#plan();
        });
      },
      Math.max(0, this.#dueMillis - clock.monotonic()),
    );
  }

  async #readAll(): Promise<void> {
    for (const task of this.#tasks) {
      if (this.#stop.signal.aborted) return;
      const failures: string[] = [];
      try {
        await this.#forward(await this.#read(task, (reason) => failures.push(reason)));
      } catch (error) {
        failures.push(errorMessage(error));
      }
      if (!this.#stop.signal.aborted) this.#report(task.name, summary(failures));
    }
  }

  /** Reads a task until the timeout, and until the receiver stops. */
  async #read(task: ScrapeTask, fail: ReportFailure): Promise<ReadItems | undefined> {
    const { timeout, collectionInterval } = this.#schedule;
    const limitMillis = timeout || collectionInterval;
    const deadline = new AbortController();
    const error = new Error(`not read after ${limitMillis} ms`);
    const cancel = this.#context.clock.setTimeout(() => deadline.abort(error), limitMillis);
    const signal = AbortSignal.any([deadline.signal, this.#stop.signal]);
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    try {
      return await Promise.race([task.scrape(signal, fail), aborted]);
    } finally {
      cancel();
    }
  }

  async #forward(items: ReadItems | undefined): Promise<void> {
    if (items === undefined) return;
    const { signal = 'metrics', bytes, itemCount, accepted } = items;
    const context = localContext(this.#context.clock.now());
    const batch: Batch = { signal, parts: [bytes], itemCount, sizeBytes: bytes.length, context };
    const outcome = await this.#next[signal]?.consume(batch);
    if (outcome === undefined) return;
    if (outcome.kind === 'retry' && accepted !== undefined) throw new Error(`${outcome.reason}, read again later`);
    if (outcome.kind === 'retry' || outcome.kind === 'refused') this.#context.dropped(itemCount, outcome.kind);
    await accepted?.();
  }

  /** Logs a failure once, and its end. */
  #report(scraper: string, failure: string | undefined): void {
    if (this.#failures.get(scraper) === failure) return;
    const { logger } = this.#context;
    if (failure === undefined) this.#failures.delete(scraper);
    else this.#failures.set(scraper, failure);
    if (failure === undefined) logger.info({ scraper }, `${this.#what} recovered`);
    else logger.warn({ scraper, reason: failure }, `${this.#what} failed`);
    const [first] = this.#failures;
    this.#context.reportStatus(first === undefined ? undefined : `${first[0]}: ${first[1]}`);
  }
}

function summary(failures: readonly string[]): string | undefined {
  if (failures.length === 0) return undefined;
  const rest = failures.length - MAX_LISTED;
  return `${failures.slice(0, MAX_LISTED).join('; ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
