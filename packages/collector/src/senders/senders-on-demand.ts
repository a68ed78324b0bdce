import type { SenderMonitor, SenderMonitorOptions } from './sender-monitor.ts';

/** Observes who sends once a server is opened. A process without one does not load the code. */
export class SendersOnDemand {
  readonly #options: SenderMonitorOptions;
  #monitor: SenderMonitor | undefined;

  constructor(options: SenderMonitorOptions) {
    this.#options = options;
  }

  /** Returns the monitor, which all servers of the thread share. */
  async open(): Promise<SenderMonitor> {
    const { SenderMonitor } = await import('./sender-monitor.ts');
    this.#monitor ??= new SenderMonitor(this.#options);
    return this.#monitor;
  }

  /** Returns the monitor if a server has been opened. */
  get monitor(): SenderMonitor | undefined {
    return this.#monitor;
  }
}
