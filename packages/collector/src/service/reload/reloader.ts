import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import type { ServiceConfig } from '../../config/model.ts';
import { compareGraphs } from '../../graph/changes.ts';
import { drainOrder } from '../../graph/drain.ts';
import { StartError } from '../../graph/start-error.ts';
import { type DrainPlan, drainInStep } from '../drain-in-step.ts';
import type { ServiceHost } from '../host.ts';
import type { ThreadGraph } from '../thread-graph.ts';
import { type ReloadReport, rolledBack } from './report.ts';
import { isSameSettings, unchangeableSettings } from './settings.ts';

/** What a reload works on. */
export interface ReloaderOptions {
  readonly main: ThreadGraph;
  readonly host: ServiceHost;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Whether the service stops. */
  stopped(): boolean;
  /** Applies settings that a running process can change. */
  applySettings(settings: ServiceConfig['service']): void;
}

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
  plan(config: ServiceConfig): ReloadReport {
    const { components, isEmpty } = compareGraphs(this.#config, config);
    const errors = unchangeableSettings(this.#config.service, config.service);
    if (errors.length > 0) return rolledBack(errors.join('\n'));
    const isUnchanged = isEmpty && isSameSettings(this.#config.service, config.service);
    return { result: isUnchanged ? 'unchanged' : 'applied', ...components };
  }

  /** Replaces the configuration. Reloads run one after the other. */
  reload(config: ServiceConfig): Promise<ReloadReport> {
    const reload = this.#last.then(() => this.#reload(config));
    this.#last = reload.catch(() => undefined);
    return reload;
  }

  /** Resolves when no reload is in progress. */
  async idle(): Promise<void> {
    await this.#last;
  }

  async #reload(config: ServiceConfig): Promise<ReloadReport> {
    const { main, applySettings, stopped } = this.#options;
    if (stopped()) return rolledBack('the service is stopping');
    const plan = this.plan(config);
    if (plan.result !== 'applied') return plan;
    const { keptNodes } = compareGraphs(this.#config, config);
    try {
      await main.prepare(config, keptNodes, stopped);
      if (stopped()) throw new Error('the service is stopping');
    } catch (error) {
      await main.rollBack();
      if (!(error instanceof StartError) && !stopped()) throw error;
      return rolledBack(errorMessage(error), plan);
    }
    const before = this.#options.host.graph();
    main.switch();
    applySettings(config.service);
    const { shutdownTimeoutMillis } = this.#config.service;
    this.#config = config;
    const lostItems = await this.#drainReplaced(before.edges, shutdownTimeoutMillis);
    if (lostItems === 0) return plan;
    const reason = 'replaced components could not forward all telemetry before `service.shutdown_timeout`';
    return { ...plan, reason, lostItems };
  }

  /** Drains and closes the replaced components. Returns the number of lost items. */
  async #drainReplaced(edges: DrainPlan['edges'], graceMillis: number): Promise<number> {
    const { main, host, clock } = this.#options;
    const lostBefore = host.forwarded().lostItems;
    const plan = {
      main: drainOrder(main.replacedNodes()),
      workers: drainOrder([]),
      edges,
      drainMain: (ids: readonly string[], millis: number) => main.drainReplaced(ids, millis),
      drainWorkers: async () => undefined,
    };
    await drainInStep(plan, graceMillis, clock);
    const lostItems = host.forwarded().lostItems - lostBefore;
    await main.closeReplaced();
    return lostItems;
  }
}
