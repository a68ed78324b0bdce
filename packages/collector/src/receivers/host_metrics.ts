import { type Batch, localContext } from '@otelier/otlp';
import type { ComponentContext, Consumer, Receiver } from '../component/contract.ts';
import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { errorMessage } from '../component/error-message.ts';
import { nowUnixNano } from '../metrics/now.ts';
import { checkHostMetrics } from './host_metrics/check.ts';
import { type HostMetricsConfig, hostMetricsConfig } from './host_metrics/config.ts';
import { createScrapers, type NamedScraper } from './host_metrics/create-scrapers.ts';
import { ProcFiles } from './host_metrics/proc-files.ts';
import { writeReadings } from './host_metrics/write-readings.ts';

export const hostMetrics = defineReceiver({
  summary: 'Reads metrics of the host from /proc: processors, memory, disks, file systems, network and processes.',
  stability: 'alpha',
  runsIn: 'main',
  aliases: ['hostmetrics'],
  signals: ['metrics'],
  config: hostMetricsConfig,
  examples: [
    {
      title: 'The host',
      config: {
        collection_interval: '30s',
        scrapers: { cpu: {}, load: {}, memory: {}, disk: {}, filesystem: {}, network: {} },
      },
    },
    {
      title: 'The host of a container, with utilization and some processes',
      config: {
        root_path: '/hostfs',
        scrapers: {
          cpu: { metrics: { 'system.cpu.utilization': { enabled: true } } },
          filesystem: { exclude_fs_types: { match_type: 'regexp', fs_types: ['^(overlay|squashfs)$'] } },
          process: { include: { match_type: 'strict', names: ['nginx', 'postgres'] } },
        },
      },
    },
  ],
  describe: ({ scrapers }) => Object.keys(scrapers).join(', '),
  check: (config): readonly ConfigIssue[] => checkHostMetrics(config),
  create: (config, next, context) => new HostMetricsReceiver(config, next.metrics, context),
});

class HostMetricsReceiver implements Receiver {
  readonly #config: HostMetricsConfig;
  readonly #next: Consumer | undefined;
  readonly #context: ComponentContext;
  readonly #failures = new Map<string, string>();
  #scrapers: readonly NamedScraper[] = [];
  #cancel = () => {};
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;
  #dueMillis = 0;

  constructor(config: HostMetricsConfig, next: Consumer | undefined, context: ComponentContext) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { clock, logger } = this.#context;
    const { rootPath, scrapers, initialDelay } = this.#config;
    this.#scrapers = await createScrapers(scrapers, { files: new ProcFiles(rootPath), clock, logger });
    this.#dueMillis = clock.monotonic() + initialDelay;
    this.#schedule();
  }

  async drain(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    await this.#running;
  }

  shutdown(): Promise<void> {
    return this.drain();
  }

  #schedule(): void {
    if (this.#isStopped) return;
    const { clock } = this.#context;
    this.#cancel = clock.setTimeout(
      () => {
        this.#running = this.#read().then(() => {
          // Readings that are due during a slow one are left out.
          const interval = this.#config.collectionInterval;
          const late = Math.max(0, clock.monotonic() - this.#dueMillis);
          this.#dueMillis += interval * (1 + Math.floor(late / interval));
          this.#schedule();
        });
      },
      Math.max(0, this.#dueMillis - clock.monotonic()),
    );
  }

  async #read(): Promise<void> {
    for (const scraper of this.#scrapers) {
      try {
        const groups = await scraper.scrape();
        await this.#forward(writeReadings(scraper, groups, nowUnixNano(this.#context.clock)));
        this.#report(scraper.name, undefined);
      } catch (error) {
        this.#report(scraper.name, errorMessage(error));
      }
    }
  }

  async #forward(request: ReturnType<typeof writeReadings>): Promise<void> {
    if (request === undefined || this.#next === undefined) return;
    const { bytes, itemCount } = request;
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
    if (failure === undefined) logger.info({ scraper }, 'host metrics recovered');
    else logger.warn({ scraper, reason: failure }, 'host metrics failed');
    const [first] = this.#failures;
    this.#context.reportStatus(first === undefined ? undefined : `${first[0]}: ${first[1]}`);
  }
}
