import { errorMessage } from '../../../component/error-message.ts';
import type { TargetAllocatorConfig } from '../config/allocator.ts';
import type { HttpClientConfig } from '../config/http-client.ts';
import { jobsOf } from '../config/jobs.ts';
import { parseJob, treeOfText, withoutDiscovery } from '../config/parse-job.ts';
import { type PrometheusConfig, type ScrapeConfig, scrapeConfig } from '../config/scrape.ts';
import { createClient, type PageClient } from '../fetch/client.ts';
import type { ScrapeEnvironment } from './environment.ts';
import { type PoolEnd, ScrapePool } from './pool.ts';

const MAX_BYTES = 64 << 20;

/**
 * Scrapes the jobs of a target allocator. Reads their configurations at an interval, and the targets of this collector
 * by HTTP discovery. While the allocator cannot be reached, the jobs and their targets stay.
 */
export class AllocatedJobs {
  readonly #allocator: TargetAllocatorConfig;
  readonly #config: PrometheusConfig;
  readonly #environment: ScrapeEnvironment;
  readonly #client: PageClient;
  readonly #http: HttpClientConfig;
  /** The pools of the jobs by name, with the configuration that they have. */
  readonly #pools = new Map<string, { readonly text: string; readonly pool: ScrapePool }>();
  readonly #stopped = new AbortController();
  #cancel = (): void => {};
  #running: Promise<void> = Promise.resolve();
  #failure: string | undefined;

  constructor(allocator: TargetAllocatorConfig, config: PrometheusConfig, environment: ScrapeEnvironment) {
    this.#allocator = allocator;
    this.#config = config;
    this.#environment = environment;
    this.#http = httpClientOf(allocator);
    this.#client = createClient(this.#http, environment);
  }

  /** Begins to read jobs. An allocator that does not respond does not delay the start. */
  start(): void {
    const next = (): void => {
      if (this.#stopped.signal.aborted) return;
      this.#cancel = this.#environment.clock.setTimeout(() => {
        this.#running = this.#refresh().then(next);
      }, this.#allocator.interval);
    };
    this.#running = this.#refresh().then(next);
  }

  /** Stops all jobs. */
  async stop(end: PoolEnd): Promise<void> {
    this.#stopped.abort();
    this.#cancel();
    await this.#running;
    await Promise.all([...this.#pools.values()].map(({ pool }) => pool.stop(end)));
    this.#client.close();
  }

  async #refresh(): Promise<void> {
    const { logger } = this.#environment;
    const { endpoint } = this.#allocator;
    try {
      await this.#sync(await this.#read());
      if (this.#failure !== undefined) logger.info({ endpoint }, 'reads jobs from the target allocator again');
      this.#failure = undefined;
    } catch (error) {
      const reason = errorMessage(error);
      if (this.#stopped.signal.aborted || reason === this.#failure) return;
      this.#failure = reason;
      logger.warn({ endpoint, reason }, 'cannot read jobs from the target allocator, keeping them');
    }
  }

  async #read(): Promise<string> {
    const { endpoint, timeout } = this.#allocator;
    const signal = AbortSignal.any([AbortSignal.timeout(timeout), this.#stopped.signal]);
    const url = `${endpoint.replace(/\/$/, '')}/scrape_configs`;
    const response = await this.#client.get(url, {
      headers: { accept: 'application/json' },
      maxBytes: MAX_BYTES,
      signal,
    });
    const text = response.body.toString('utf8');
    response.release();
    if (response.status !== 200) throw new Error(`expected status 200 of ${url}, got ${response.status}`);
    return text;
  }

  /** Starts new and changed jobs, and ends those that are gone. */
  async #sync(text: string): Promise<void> {
    const tree = treeOfText(text, 'scrape_configs');
    if (tree.kind !== 'map') throw new Error('expected a map of scrape configurations by job, got another value');
    const texts = new Map(Object.entries(JSON.parse(text) as object).map(([name, job]) => [name, JSON.stringify(job)]));
    for (const [name, { pool, text: known }] of this.#pools) {
      if (texts.get(name) === known) continue;
      this.#pools.delete(name);
      await pool.stop('gone');
    }
    const own = new Set(this.#config.config.scrapeConfigs.map(({ jobName }) => jobName));
    for (const [name, job] of tree.entries) {
      if (this.#pools.has(name) || this.#stopped.signal.aborted) continue;
      const applied = job.kind === 'map' ? parseJob(withoutDiscovery(job)) : undefined;
      if (applied?.ok !== true || own.has(name)) {
        const [error] = applied?.errors ?? [];
        const reason = own.has(name) ? 'the receiver has a job of this name' : `${error?.path}: ${error?.message}`;
        this.#environment.logger.warn({ job: name, reason }, 'job of the target allocator ignored');
        continue;
      }
      const pool = new ScrapePool(this.#jobOf(name, applied.value), this.#environment);
      this.#pools.set(name, { text: texts.get(name) ?? '', pool });
      await pool.start();
    }
  }

  #jobOf(name: string, job: ScrapeConfig) {
    const { endpoint, collectorId, httpSdConfig, httpScrapeConfig } = this.#allocator;
    const path = `/jobs/${encodeURIComponent(name)}/targets?collector_id=${encodeURIComponent(collectorId)}`;
    const url = `${endpoint.replace(/\/$/, '')}${path}`;
    const discovery = { refreshInterval: DEFAULT_REFRESH_MILLIS, ...this.#http, ...httpSdConfig, url };
    const scrape = { ...job, ...httpScrapeConfig, jobName: name, httpSdConfigs: [discovery] };
    const [allocated] = jobsOf({ ...this.#config, config: { ...this.#config.config, scrapeConfigs: [scrape] } });
    if (allocated === undefined) throw new Error('expected a job');
    return allocated;
  }
}

const DEFAULT_REFRESH_MILLIS = 30_000;

/** Returns the HTTP client of requests to the allocator, with the names of Prometheus. */
function httpClientOf({ tls }: TargetAllocatorConfig): HttpClientConfig {
  const { serverNameOverride: serverName, insecure: _, ...files } = tls;
  const { tlsConfig, ...defaults } = scrapeConfig.parse({ jobName: 'allocator' });
  return { ...defaults, tlsConfig: { ...tlsConfig, ...files, ...(serverName !== undefined && { serverName }) } };
}
