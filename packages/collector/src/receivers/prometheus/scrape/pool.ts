import { errorMessage } from '../../../component/error-message.ts';
import type { Job } from '../config/jobs.ts';
import { createDiscoveries } from '../discovery/create.ts';
import type { Discovery } from '../discovery/discovery.ts';
import { createClient, type PageClient } from '../fetch/client.ts';
import { type DiscoveredLabels, TargetError, type TargetLabels, targetLabels } from '../labels/target-labels.ts';
import type { ScrapeEnvironment } from './environment.ts';
import { Target } from './target.ts';

/** How the targets of a job end: after a last scrape, without further items, or with markers that their series end. */
export type PoolEnd = 'last_scrape' | 'silent' | 'gone';

/** The targets of a job: those that discovery has found and relabeling keeps. */
export class ScrapePool {
  readonly #job: Job;
  readonly #environment: ScrapeEnvironment;
  readonly #client: PageClient;
  readonly #targets = new Map<string, Target>();
  /** The targets of each discovery. */
  readonly #found = new Map<Discovery, readonly DiscoveredLabels[]>();
  readonly #ending = new Set<Promise<void>>();
  #discoveries: readonly Discovery[] = [];
  #isStopped = false;
  #isOverLimit = false;

  constructor(job: Job, environment: ScrapeEnvironment) {
    this.#job = job;
    this.#environment = environment;
    this.#client = createClient(job.config, environment);
  }

  /** Begins to discover and to scrape. */
  async start(): Promise<void> {
    const { name, config } = this.#job;
    this.#discoveries = await createDiscoveries(config, { ...this.#environment, job: name });
    for (const discovery of this.#discoveries) {
      await discovery.start((targets) => {
        this.#found.set(discovery, targets);
        this.#sync();
      });
    }
  }

  /** Stops all targets. */
  async stop(end: PoolEnd): Promise<void> {
    this.#isStopped = true;
    const targets = [...this.#targets.values()];
    this.#targets.clear();
    await Promise.all(this.#discoveries.map((discovery) => discovery.stop()));
    await Promise.all(targets.map((target) => target.stop(end)));
    await Promise.all(this.#ending);
    this.#client.close();
  }

  /** Starts new targets and ends those that are gone. Unchanged ones go on. */
  #sync(): void {
    if (this.#isStopped) return;
    const wanted = this.#wanted();
    for (const [key, target] of this.#targets) {
      if (wanted.has(key)) continue;
      this.#targets.delete(key);
      const ended = target.stop('gone').finally(() => this.#ending.delete(ended));
      this.#ending.add(ended);
    }
    for (const [key, labels] of wanted) {
      if (this.#targets.has(key)) continue;
      const target = new Target(this.#job, labels, this.#client, this.#environment);
      this.#targets.set(key, target);
      target.start();
    }
  }

  /** Returns the targets to scrape by their labels. Of those with the same labels, there is one. */
  #wanted(): ReadonlyMap<string, TargetLabels> {
    const { limits, name } = this.#job;
    const { logger } = this.#environment;
    const wanted = new Map<string, TargetLabels>();
    for (const discovered of [...this.#found.values()].flat()) {
      try {
        const target = targetLabels(this.#job, discovered);
        if (target !== undefined) wanted.set(JSON.stringify([...target.labels].sort()), target);
      } catch (error) {
        if (!(error instanceof TargetError)) throw error;
        logger.warn({ job: name, target: discovered['__address__'], reason: errorMessage(error) }, 'target ignored');
      }
    }
    const isOver = limits.targets > 0 && wanted.size > limits.targets;
    if (isOver && !this.#isOverLimit) {
      const counts = { targets: wanted.size, limit: limits.targets };
      logger.error({ job: name, ...counts }, 'job has too many targets, scraping none of them');
    }
    this.#isOverLimit = isOver;
    return isOver ? new Map() : wanted;
  }
}
