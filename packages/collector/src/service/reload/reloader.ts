import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import type { ReloadReport } from '../../component/host.ts';
import { nextTurn } from '../../component/turns/next-turn.ts';
import type { ServiceConfig } from '../../config/model.ts';
import { compareGraphs } from '../../graph/changes.ts';
import { type DrainOrder, drainOrder } from '../../graph/drain.ts';
import type { Forwarded } from '../../graph/life.ts';
import { StartError } from '../../graph/start-error.ts';
import type { WorkerPool } from '../../workers/worker-pool.ts';
import { type DrainPlan, drainInStep } from '../drain-in-step.ts';
import type { ServiceHost } from '../host.ts';
import type { ThreadGraph } from '../thread-graph.ts';
import { rolledBack } from './report.ts';
import { isSameSettings, unchangeableSettings } from './settings.ts';

/** The worker threads of a service. */
export interface ReloadedWorkers
  extends Pick<WorkerPool, 'drainReplaced' | 'closeReplaced' | 'rollBack' | 'drainOrder'> {
  prepare(config: ServiceConfig, kept: ReadonlySet<string>): Promise<void>;
  switch(config: ServiceConfig): Promise<void>;
  forwarded(): readonly Forwarded[];
}

/** What a reload works on. */
export interface ReloaderOptions {
  readonly main: ThreadGraph;
  readonly workers: ReloadedWorkers | undefined;
  readonly host: ServiceHost;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the service stops. */
  stopped(): boolean;
  /** Applies settings that a running process can change. */
  applySettings(settings: ServiceConfig['service']): void;
}

/** How to reload. */
export interface ReloadOptions {
  /** Whether to restart all components except extensions, not only those that have changed. */
  readonly restart: boolean;
}

const CHANGED_ONLY: ReloadOptions = { restart: false };

/** Replaces the configuration of a running service. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #config: ServiceConfig;
  /** Ends with the last reload that was requested. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(config: ServiceConfig, options: ReloaderOptions) {
    this.#config = config;
    this.#options = options;
  }

  /** The configuration that runs. */
  get config(): ServiceConfig {
    return this.#config;
  }

  /** Returns what a reload would do, without doing it. */
  plan(config: ServiceConfig, options = CHANGED_ONLY): ReloadReport {
    return this.#plan(config, options).report;
  }

  #plan(config: ServiceConfig, { restart }: ReloadOptions): { report: ReloadReport; keptNodes: ReadonlySet<string> } {
    const { components, isEmpty, keptNodes } = compareGraphs(this.#config, config, restart);
    const errors = unchangeableSettings(this.#config.service, config.service);
    if (errors.length > 0) return { report: rolledBack(errors.join('\n')), keptNodes };
    const isUnchanged = isEmpty && isSameSettings(this.#config.service, config.service);
    return { report: { result: isUnchanged ? 'unchanged' : 'applied', ...components }, keptNodes };
  }

  /** Replaces the configuration. Reloads run one after the other. */
  reload(config: ServiceConfig, options = CHANGED_ONLY): Promise<ReloadReport> {
    const reload = this.#last.then(async () => {
      const report = await this.#reload(config, options);
      this.#log(report);
      return report;
    });
    this.#last = reload.catch(() => undefined);
    return reload;
  }

  /** Resolves when no reload is in progress. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #reload(config: ServiceConfig, options: ReloadOptions): Promise<ReloadReport> {
    const { main, workers, applySettings, stopped, host } = this.#options;
    if (stopped()) return rolledBack('the service is stopping');
    const { report: plan, keptNodes } = this.#plan(config, options);
    // Its text can differ: places in it, and comments.
    if (plan.result === 'unchanged') this.#config = config;
    if (plan.result !== 'applied') return plan;
    try {
      await nextTurn();
      await main.prepare(config, keptNodes, stopped);
      if (!stopped()) await workers?.prepare(config, keptNodes);
      // Last, because it interrupts what runs.
      await main.exchange(stopped, this.#config.service.shutdownTimeoutMillis);
      if (stopped()) throw new Error('the service is stopping');
    } catch (error) {
      await workers?.rollBack();
      await main.rollBack();
      // Any other error is a bug. It must not end a gateway that runs.
      if (!(error instanceof StartError) && !stopped())
        this.#options.logger.error({ err: error }, 'reload failed: this is a bug');
      return rolledBack(errorMessage(error), plan);
    }
    const order = workers?.drainOrder() ?? drainOrder([]);
    const { edges } = host.graph();
    // The main thread is first. It accepts batches for the nodes of both graphs, as do the workers.
    main.switch();
    applySettings(config.service);
    const { shutdownTimeoutMillis } = this.#config.service;
    this.#config = config;
    await workers?.switch(config);
    await nextTurn();
    const lostItems = await this.#drainReplaced(order, edges, shutdownTimeoutMillis);
    if (lostItems === 0) return plan;
    const reason = 'replaced components could not forward all telemetry within `service.shutdown_timeout`';
    return { ...plan, reason, lostItems };
  }

  #log({ result, reason, restarted, added, removed, lostItems }: ReloadReport): void {
    const { logger } = this.#options;
    const fields = { restarted, added, removed, ...(reason !== undefined && { reason }) };
    if (result === 'rolled_back') logger.error({ reason }, 'configuration not reloaded, nothing has changed');
    else if (result === 'unchanged') logger.info('configuration reloaded: no change');
    else if (lostItems === undefined) logger.info(fields, 'configuration reloaded');
    else logger.error({ ...fields, lostItems }, 'configuration reloaded, telemetry lost');
  }

  /** Drains and closes the replaced components. Returns the number of lost items. */
  async #drainReplaced(order: DrainOrder, edges: DrainPlan['edges'], graceMillis: number): Promise<number> {
    const { main, workers, clock } = this.#options;
    const lostBefore = this.#lostItems();
    const plan = {
      main: drainOrder(main.replacedNodes()),
      workers: order,
      edges,
      drainMain: (ids: readonly string[], millis: number) => main.drainReplaced(ids, millis),
      drainWorkers: async (ids: readonly string[], millis: number) => workers?.drainReplaced(ids, millis),
    };
    await drainInStep(plan, graceMillis, clock);
    // Components report their losses at the latest when they are shut down.
    await workers?.closeReplaced();
    await main.closeReplaced();
    return this.#lostItems() - lostBefore;
  }

  #lostItems(): number {
    const threads = [this.#options.host.forwarded(), ...(this.#options.workers?.forwarded() ?? [])];
    return threads.reduce((sum, { lostItems }) => sum + lostItems, 0);
  }
}
