import { type Batch, localContext } from '@otelier/otlp';
import type { ComponentContext, Consumer, Receiver } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';

/** Metrics that a scraper has read, encoded. */
interface EncodedMetrics {
  readonly bytes: Uint8Array;
  readonly itemCount: number;
}

/** Something that is read at every interval. */
export interface ScrapeTask {
  readonly name: string;
  /** Reads the metrics; `undefined` if there are none. Rejects if it fails. */
  scrape(): Promise<EncodedMetrics | undefined>;
}

/** When a receiver reads. */
export interface ScrapeSchedule {
  readonly collectionInterval: number;
  readonly initialDelay: number;
}

/** Reads metrics at an interval, and passes them on. Readings that are due during a slow one are left out. */
export class ScrapingReceiver implements Receiver {
  readonly #what: string;
  readonly #schedule: ScrapeSchedule;
  readonly #next: Consumer | undefined;
  readonly #context: ComponentContext;
  readonly #createTasks: () => Promise<readonly ScrapeTask[]>;
  readonly #failures = new Map<string, string>();
  #tasks: readonly ScrapeTask[] = [];
  #cancel = () => {};
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;
  #dueMillis = 0;

  /** `what` names the metrics in logs. */
  constructor(
    what: string,
    schedule: ScrapeSchedule,
    next: Consumer | undefined,
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
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  }

  shutdown(): Promise<void> {
    return this.drain();
  }

  #plan(): void {
    if (this.#isStopped) return;
    const { clock } = this.#context;
    this.#cancel = clock.setTimeout(
      () => {
        this.#running = this.#read().then(() => {
          const { collectionInterval } = this.#schedule;
          const late = Math.max(0, clock.monotonic() - this.#dueMillis);
          this.#dueMillis += collectionInterval * (1 + Math.floor(late / collectionInterval));
          this.#plan();
        });
      },
      Math.max(0, this.#dueMillis - clock.monotonic()),
    );
  }

  async #read(): Promise<void> {
    for (const task of this.#tasks) {
      try {
        await this.#forward(await task.scrape());
        this.#report(task.name, undefined);
      } catch (error) {
        this.#report(task.name, errorMessage(error));
      }
    }
  }

  async #forward(metrics: EncodedMetrics | undefined): Promise<void> {
    if (metrics === undefined || this.#next === undefined) return;
    const { bytes, itemCount } = metrics;
    const context = localContext(this.#context.clock.now());
    const batch: Batch = { signal: 'metrics', parts: [bytes], itemCount, sizeBytes: bytes.length, context };
    const outcome = await this.#next.consume(batch);
    if (outcome.kind === 'retry' || outcome.kind === 'refused') this.#context.dropped(itemCount, outcome.kind);
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
