import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { ComponentKind } from '../../component/contract.ts';
import type {
  Configuration,
  LastReload,
  ReloadReport,
  ReloadRequest,
  RemoteFile,
  RunningSetup,
} from '../../component/host.ts';
import { type Diagnostic, formatConfigError } from '../../config/config-error.ts';
import type { Loaded } from '../../config/load.ts';
import type { ConfigSource, ServiceConfig } from '../../config/model.ts';
import type { Registry } from '../../config/registry.ts';
import { setupOf } from '../running-setup.ts';
import type { ReloadOptions } from './reloader.ts';
import { rolledBack } from './report.ts';

/** What reloads of a service need. */
export interface ConfigurationOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reads the sources of the configuration again. Without it, the service cannot be asked to reload. */
  readonly read: ((remote: readonly ConfigSource[], running: ServiceConfig) => Promise<Loaded>) | undefined;
  reload(config: ServiceConfig, options: ReloadOptions): Promise<ReloadReport>;
  plan(config: ServiceConfig, options: ReloadOptions): ReloadReport;
  /** Returns the configuration that runs. */
  running(): ServiceConfig;
}

/** The configuration of a running service, which is read again on request. */
export class RunningConfiguration implements Configuration {
  readonly #options: ConfigurationOptions;
  readonly #listeners = new Set<(reload: LastReload) => void>();
  last: LastReload | undefined;
  /** Number of reloads by trigger and result. */
  readonly counts = new Map<string, { readonly trigger: string; readonly result: string; count: number }>();
  /** The files of a management server that are part of the running configuration. */
  #remote: readonly RemoteFile[] = [];
  /** Ends with the last reload that was requested. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(options: ConfigurationOptions) {
    this.#options = options;
  }

  reload(request: ReloadRequest): Promise<ReloadReport> {
    // A reload reads its sources after the one before, so that it does not undo its remote files.
    const reload = this.#queue.then(() => this.#reload(request));
    this.#queue = reload.catch(() => undefined);
    return reload;
  }

  /**
   * Runs a change after the reloads that were requested before it. `change` gets a function that reloads a configuration.
   */
  inTurn<T>(
    trigger: ReloadRequest['trigger'],
    change: (reload: (config: ServiceConfig) => Promise<ReloadReport>) => Promise<T>,
  ): Promise<T> {
    const changed = this.#queue.then(() =>
      change(async (config) => {
        const startMillis = this.#options.clock.monotonic();
        const report = await this.#options.reload(config, { restart: false });
        return this.#done(report, trigger, false, this.#options.clock.monotonic() - startMillis);
      }),
    );
    this.#queue = changed.catch(() => undefined);
    return changed;
  }

  async effective(): Promise<string> {
    const [{ stringify }, { resolveConfig }, { redactedConfig }] = await Promise.all([
      import('yaml'),
      import('../../config/load.ts'),
      import('../../config/print/redacted-config.ts'),
    ]);
    const { origin, registry } = this.#options.running();
    const { tree } = resolveConfig(origin);
    return tree === undefined ? '' : stringify(await redactedConfig(tree, registry));
  }

  components(): Readonly<Record<ComponentKind, readonly string[]>> {
    const types = (kind: ComponentKind) => Object.keys(this.#registry[kind]);
    return {
      receiver: types('receiver'),
      processor: types('processor'),
      exporter: types('exporter'),
      connector: types('connector'),
      extension: types('extension'),
    };
  }

  setup(): RunningSetup {
    return setupOf(this.#options.running());
  }

  subscribe(listener: (reload: LastReload) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get #registry(): Registry {
    return this.#options.running().registry;
  }

  async #reload({
    trigger,
    dryRun = false,
    restart = false,
    remote = this.#remote,
  }: ReloadRequest): Promise<ReloadReport> {
    const { read, plan, clock } = this.#options;
    if (read === undefined) {
      const report = rolledBack('the service was not started from sources that can be read again');
      return this.#done(report, trigger, dryRun);
    }
    const loaded = await read(
      remote.map((file) => ({ ...file, isRemote: true })),
      this.#options.running(),
    );
    if (!loaded.ok) {
      const reason = loaded.errors.filter(isError).map(formatConfigError).join('\n');
      if (!dryRun) this.#options.logger.error({ reason, trigger }, 'configuration not reloaded, nothing has changed');
      return this.#done(rolledBack(reason), trigger, dryRun);
    }
    if (dryRun) return plan(loaded.config, { restart });
    const startMillis = clock.monotonic();
    const report = await this.#options.reload(loaded.config, { restart });
    if (report.result !== 'rolled_back') this.#remote = remote;
    return this.#done(report, trigger, false, clock.monotonic() - startMillis);
  }

  #done(report: ReloadReport, trigger: ReloadRequest['trigger'], dryRun: boolean, durationMillis = 0): ReloadReport {
    if (dryRun) return report;
    const last = { ...report, trigger, durationMillis, atMillis: this.#options.clock.now() };
    this.last = last;
    const key = `${trigger} ${report.result}`;
    const counted = this.counts.get(key) ?? { trigger, result: report.result, count: 0 };
    counted.count += 1;
    this.counts.set(key, counted);
    for (const listener of this.#listeners) listener(last);
    return report;
  }
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}
