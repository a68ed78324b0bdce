import { type Batch, localContext } from '@otelier/otlp';
import {
  type ComponentContext,
  type Consumer,
  passOwned,
  type Receiver,
  type SignalConsumers,
} from '../component/contract.ts';
import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { VERSION } from '../component/version.ts';
import { checkPrometheus } from './prometheus/config/check.ts';
import { jobsOf } from './prometheus/config/jobs.ts';
import { type PrometheusConfig, prometheusConfig } from './prometheus/config/scrape.ts';
import { AllocatedJobs } from './prometheus/scrape/allocated-jobs.ts';
import type { ScrapeEnvironment } from './prometheus/scrape/environment.ts';
import type { ScrapedRequest } from './prometheus/scrape/page-reader.ts';
import { type PoolEnd, ScrapePool } from './prometheus/scrape/pool.ts';

export const prometheus = defineReceiver({
  summary: 'Scrapes Prometheus endpoints, with the scrape configurations of Prometheus.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['metrics'],
  config: prometheusConfig,
  examples: [
    {
      title: 'One target',
      config: {
        config: {
          scrape_configs: [
            {
              job_name: 'node',
              scrape_interval: '15s',
              static_configs: [{ targets: ['127.0.0.1:9100'] }],
            },
          ],
        },
      },
    },
    {
      title: 'Targets from files, with relabeling, native histograms and a limit',
      config: {
        config: {
          global: { scrape_interval: '30s', external_labels: { cluster: 'eu-1' } },
          scrape_configs: [
            {
              job_name: 'apps',
              scheme: 'https',
              scrape_native_histograms: true,
              sample_limit: 10_000,
              file_sd_configs: [{ files: ['./targets/*.yaml'] }],
              basic_auth: { username: 'scraper', password: 'secret' },
              relabel_configs: [{ source_labels: ['env'], regex: 'prod|staging', action: 'keep' }],
              metric_relabel_configs: [{ source_labels: ['__name__'], regex: 'go_gc_.*', action: 'drop' }],
            },
          ],
        },
      },
    },
    {
      title: 'Jobs and targets of a target allocator',
      config: { target_allocator: { endpoint: 'http://scrape-targets:8080', collector_id: 'agent-0' } },
    },
  ],
  describe: ({ config, targetAllocator }) =>
    [
      ...config.scrapeConfigs.map(({ jobName }) => jobName),
      ...(targetAllocator ? [targetAllocator.endpoint] : []),
    ].join(', '),
  check: (config): readonly ConfigIssue[] => checkPrometheus(config),
  create: (config, next, context) => new PrometheusReceiver(config, next, context),
});

class PrometheusReceiver implements Receiver {
  readonly #config: PrometheusConfig;
  readonly #next: Consumer | undefined;
  readonly #context: ComponentContext;
  readonly #failures = new Map<object, string>();
  #pools: ScrapePool[] = [];
  #allocated: AllocatedJobs | undefined;
  #stopped: Promise<void> | undefined;

  constructor(config: PrometheusConfig, { metrics }: SignalConsumers, context: ComponentContext) {
    this.#config = config;
    this.#next = metrics;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { clock, random, logger, environment } = this.#context;
    const shared: ScrapeEnvironment = {
      clock,
      random,
      logger,
      environment,
      trimSuffixes: this.#config.trimMetricSuffixes,
      initialOffsetMillis: this.#config.initialScrapeOffset,
      userAgent: `otelier/${VERSION}`,
      forward: (request) => this.#forward(request),
      onHealth: (target, failure) => this.#onHealth(target, failure),
    };
    this.#pools = jobsOf(this.#config).map((job) => new ScrapePool(job, shared));
    for (const pool of this.#pools) await pool.start();
    if (this.#config.targetAllocator === undefined) return;
    this.#allocated = new AllocatedJobs(this.#config.targetAllocator, this.#config, shared);
    this.#allocated.start();
  }

  drain(): Promise<void> {
    this.#stopped ??= this.#stop(this.#config.scrapeOnShutdown ? 'last_scrape' : 'silent');
    return this.#stopped;
  }

  shutdown(): Promise<void> {
    this.#stopped ??= this.#stop('silent');
    return this.#stopped;
  }

  async #stop(end: PoolEnd): Promise<void> {
    await Promise.all([this.#allocated, ...this.#pools].map((jobs) => jobs?.stop(end)));
  }

  async #forward(request: ScrapedRequest | undefined): Promise<void> {
    if (request === undefined || this.#next === undefined) return;
    const { admission: admissions, clock } = this.#context;
    const { bytes, itemCount } = request;
    const admission = admissions.admit(bytes.length);
    if ('kind' in admission) {
      this.#context.dropped(itemCount, 'memory');
      return;
    }
    try {
      const context = localContext(clock.now());
      const batch: Batch = { signal: 'metrics', parts: [bytes], itemCount, sizeBytes: bytes.length, context };
      const outcome = await passOwned(this.#next, batch);
      if (outcome.kind === 'retry' || outcome.kind === 'refused') this.#context.dropped(itemCount, outcome.kind);
    } finally {
      admission.release();
    }
  }

  #onHealth(target: object, failure: string | undefined): void {
    if (failure === undefined) this.#failures.delete(target);
    else this.#failures.set(target, failure);
    const [first] = this.#failures.values();
    const count = this.#failures.size;
    this.#context.reportStatus(first === undefined ? undefined : `${count} of the targets fail: ${first}`);
  }
}
