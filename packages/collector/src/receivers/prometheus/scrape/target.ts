import { errorMessage } from '../../../component/error-message.ts';
import { formatDuration } from '../../../component/units.ts';
import type { Job } from '../config/jobs.ts';
import type { GetResponse, PageClient } from '../fetch/client.ts';
import { BodyLimitError } from '../fetch/response-reader.ts';
import { publicLabels, type TargetLabels, targetUrl } from '../labels/target-labels.ts';
import { acceptHeader, formatOf } from '../parse/format.ts';
import type { ScrapeEnvironment } from './environment.ts';
import { type Page, PageReader, type PageStats, type ScrapedRequest } from './page-reader.ts';
import { offsetOf } from './spread.ts';

/** Maximum size of a page without `body_size_limit`. */
const MAX_PAGE_BYTES = 256 << 20;

/** A page that could not be fetched. */
class FetchError extends Error {}

/** A target that is scraped at an interval until it ends. */
export class Target {
  readonly url: string;
  readonly #job: Job;
  readonly #labels: TargetLabels;
  readonly #client: PageClient;
  readonly #environment: ScrapeEnvironment;
  readonly #reader: PageReader;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #stopped = new AbortController();
  #cancel = () => {};
  #running: Promise<void> = Promise.resolve();
  #dueMillis = 0;
  #failure: string | undefined;

  constructor(job: Job, labels: TargetLabels, client: PageClient, environment: ScrapeEnvironment) {
    this.url = targetUrl(job, labels.labels);
    this.#job = job;
    this.#labels = labels;
    this.#client = client;
    this.#environment = environment;
    const { trimSuffixes } = environment;
    const targetLabels = publicLabels(labels.labels);
    this.#reader = new PageReader({ job, targetLabels, discovered: labels.discovered, trimSuffixes });
    this.#headers = {
      accept: acceptHeader(job.protocols, job.escaping),
      'accept-encoding': job.config.enableCompression ? 'gzip' : 'identity',
      'user-agent': environment.userAgent,
      'x-prometheus-scrape-timeout-seconds': String(labels.timeoutMillis / 1000),
    };
  }

  /** Schedules the first scrape, at a time within the interval that depends on the target. */
  start(): void {
    const { clock, initialOffsetMillis } = this.#environment;
    const { intervalMillis, labels } = this.#labels;
    const offset = offsetOf(`${JSON.stringify([...labels])}${this.url}`, intervalMillis, clock.now());
    this.#dueMillis = clock.monotonic() + initialOffsetMillis + offset;
    this.#schedule();
  }

  /** Stops scraping. A target that is gone ends its series with stale markers, or with a last scrape. */
  async stop(how: 'gone' | 'last_scrape' | 'silent'): Promise<void> {
    this.#cancel();
    this.#stopped.abort();
    await this.#running;
    if (how === 'last_scrape') await this.#scrape(new AbortController().signal);
    else if (how === 'gone') await this.#environment.forward(this.#reader.end(this.#now()));
  }

  #schedule(): void {
    const { clock } = this.#environment;
    if (this.#stopped.signal.aborted) return;
    this.#cancel = clock.setTimeout(
      () => {
        this.#running = this.#scrape(this.#stopped.signal)
          .catch((error: unknown) => this.#environment.logger.error({ err: error }, 'scrape failed: this is a bug'))
          .then(() => {
            // Scrapes that are due during a slow one are left out.
            const { intervalMillis } = this.#labels;
            const late = Math.max(0, clock.monotonic() - this.#dueMillis);
            this.#dueMillis += intervalMillis * (1 + Math.floor(late / intervalMillis));
            this.#schedule();
          });
      },
      Math.max(0, this.#dueMillis - clock.monotonic()),
    );
  }

  #now(): number {
    return Math.round(this.#environment.clock.now());
  }

  async #scrape(stopped: AbortSignal): Promise<void> {
    const { clock } = this.#environment;
    const timestampMillis = this.#now();
    const startedAt = clock.monotonic();
    let size = 0;
    const reports = (isUp: boolean) => (stats: PageStats) =>
      this.#reports(isUp, (clock.monotonic() - startedAt) / 1000, stats, size);
    let request: ScrapedRequest | undefined;
    let isRead = false;
    try {
      const page = await this.#fetch(stopped);
      isRead = true;
      size = page.body.length;
      request = await this.#reader.read(page, timestampMillis, reports(true)).finally(page.release);
      this.#report(undefined);
    } catch (error) {
      if (stopped.aborted) return;
      if (error instanceof BodyLimitError) size = -1;
      this.#report(errorMessage(error));
      request = this.#reader.fail(timestampMillis, reports(false), isRead);
    }
    await this.#environment.forward(request);
  }

  async #fetch(stopped: AbortSignal): Promise<Page & Pick<GetResponse, 'release'>> {
    const { clock } = this.#environment;
    const { limits, config } = this.#job;
    const { timeoutMillis } = this.#labels;
    const abort = new AbortController();
    const timeout = new FetchError(`no response within ${formatDuration(timeoutMillis)}`);
    const cancel = clock.setTimeout(() => abort.abort(timeout), timeoutMillis);
    const stop = () => abort.abort(stopped.reason);
    stopped.addEventListener('abort', stop);
    try {
      const maxBytes = limits.bodyBytes || MAX_PAGE_BYTES;
      const response = await this.#client.get(this.url, { headers: this.#headers, maxBytes, signal: abort.signal });
      if (response.status !== 200) {
        response.release();
        throw new FetchError(`expected status 200, got ${response.status}`);
      }
      const { body, contentType, release } = response;
      return { body, format: formatOf(contentType, config.fallbackScrapeProtocol), release };
    } catch (error) {
      abort.signal.throwIfAborted();
      throw error;
    } finally {
      cancel();
      stopped.removeEventListener('abort', stop);
    }
  }

  #reports(isUp: boolean, seconds: number, { scraped, kept, added }: PageStats, sizeBytes: number) {
    const { extraMetrics, limits } = this.#job;
    const reports: (readonly [string, number])[] = [
      ['up', isUp ? 1 : 0],
      ['scrape_duration_seconds', seconds],
      ['scrape_samples_scraped', scraped],
      ['scrape_samples_post_metric_relabeling', kept],
      ['scrape_series_added', added],
    ];
    if (extraMetrics) {
      reports.push(['scrape_timeout_seconds', this.#labels.timeoutMillis / 1000]);
      reports.push(['scrape_sample_limit', limits.samples], ['scrape_body_size_bytes', sizeBytes]);
    }
    return reports;
  }

  /** Logs a failure once, and its end. */
  #report(failure: string | undefined): void {
    if (failure === this.#failure) return;
    const { logger, onHealth } = this.#environment;
    const place = { job: this.#job.name, target: this.url };
    if (failure === undefined) logger.info(place, 'scrape recovered');
    else logger.warn({ ...place, reason: failure }, 'scrape failed');
    this.#failure = failure;
    onHealth(this, failure);
  }
}
