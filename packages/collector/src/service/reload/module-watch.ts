import type { Clock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Configuration } from '../../component/host.ts';
import { watchFiles } from './watch-files.ts';

/** Reloads the configuration when a module that defines components has been saved. */
export class ModuleWatch {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #configuration: () => Configuration | undefined;
  #files = '';
  #close: (() => void) | undefined;

  constructor(clock: Clock, logger: Logger, configuration: () => Configuration | undefined) {
    this.#clock = clock;
    this.#logger = logger;
    this.#configuration = configuration;
  }

  /** Watches these files from now on. A watch of the same files goes on, so that it misses no change. */
  watch(files: readonly string[]): void {
    const names = files.toSorted().join('\n');
    if (names === this.#files) return;
    this.close();
    this.#files = names;
    if (files.length === 0) return;
    this.#close = watchFiles(files, {
      clock: this.#clock,
      changed: () => void this.#reload(),
      missing: (file) => this.#logger.warn({ file }, 'module missing, keeping its components'),
    });
  }

  close(): void {
    this.#close?.();
    this.#close = undefined;
    this.#files = '';
  }

  async #reload(): Promise<void> {
    try {
      await this.#configuration()?.reload({ trigger: 'watch' });
    } catch (error) {
      this.#logger.error({ err: error }, 'reload failed: this is a bug');
    }
  }
}
