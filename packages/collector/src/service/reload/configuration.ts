import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Configuration, LastReload, ReloadReport, ReloadRequest } from '../../component/host.ts';
import { type Diagnostic, formatConfigError } from '../../config/config-error.ts';
import type { Loaded } from '../../config/load.ts';
import type { ServiceConfig } from '../../config/model.ts';
import { rolledBack } from './report.ts';

/** What reloads of a service need. */
export interface ConfigurationOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reads the sources of the configuration again, or loads others. Without it, the service cannot be asked to reload. */
  readonly read: ((sources?: ReloadRequest['sources']) => Promise<Loaded>) | undefined;
  reload(config: ServiceConfig): Promise<ReloadReport>;
  plan(config: ServiceConfig): ReloadReport;
}

/** The configuration of a running service, which is read again on request. */
export class RunningConfiguration implements Configuration {
  readonly #options: ConfigurationOptions;
  last: LastReload | undefined;

  constructor(options: ConfigurationOptions) {
    this.#options = options;
  }

  async reload({ trigger, dryRun = false, sources }: ReloadRequest): Promise<ReloadReport> {
    const { read, plan, clock } = this.#options;
    if (read === undefined) return rolledBack('the service was not started from sources that can be read again');
    const loaded = await read(sources);
    if (!loaded.ok) {
      const reason = loaded.errors.filter(isError).map(formatConfigError).join('\n');
      if (!dryRun) this.#options.logger.error({ reason, trigger }, 'configuration not reloaded, nothing has changed');
      return this.#done(rolledBack(reason), trigger, dryRun);
    }
    if (dryRun) return plan(loaded.config);
    const startMillis = clock.monotonic();
    const report = await this.#options.reload(loaded.config);
    return this.#done(report, trigger, false, clock.monotonic() - startMillis);
  }

  #done(report: ReloadReport, trigger: ReloadRequest['trigger'], dryRun: boolean, durationMillis = 0): ReloadReport {
    if (!dryRun) this.last = { ...report, trigger, durationMillis, atMillis: this.#options.clock.now() };
    return report;
  }
}

function isError({ severity }: Diagnostic): boolean {
  return severity === 'error';
}
