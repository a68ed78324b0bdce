import type { ComponentContext } from '../../../component/contract.ts';
import { errorMessage } from '../../../component/error-message.ts';
import type { TargetAllocatorConfig } from '../config.ts';
import { type AllocatedJob, allocatedJob } from '../jobs.ts';
import type { Monitor } from './monitor.ts';
import { rejectionOf } from './rejection.ts';
import { scrapeConfigsOf, type WrittenJob } from './scrape-configs.ts';
import { MonitorWatch, nameOf } from './watch.ts';

/** What became of a monitor. */
interface MonitorState {
  /** `ServiceMonitor shop/web`. */
  readonly monitor: string;
  readonly jobs: readonly string[];
  /** Why it has no jobs. */
  readonly refused?: string;
}

/** The jobs of the monitors in a cluster. */
export class MonitorJobs {
  readonly #config: TargetAllocatorConfig;
  readonly #context: ComponentContext;
  readonly #watch: MonitorWatch;
  #states: readonly MonitorState[] | undefined;

  constructor(config: TargetAllocatorConfig, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
    this.#watch = new MonitorWatch(config.prometheusCr, context);
  }

  /** Whether all monitors are known. */
  get isComplete(): boolean {
    return this.#states !== undefined;
  }

  /** The monitors, ordered by their names. */
  get states(): readonly MonitorState[] {
    return this.#states ?? [];
  }

  /** Begins to watch. `onJobs` is called with the jobs of all monitors, at first and after changes. */
  start(onJobs: (jobs: readonly AllocatedJob[]) => void): void {
    this.#watch.start((monitors) => {
      const results = monitors.map((monitor) => ({ monitor: nameOf(monitor), ...this.#jobsOf(monitor) }));
      const states = results.map(({ jobs, ...state }) => ({ ...state, jobs: jobs.map(({ name }) => name) }));
      this.#report(states);
      this.#states = states;
      onJobs(results.flatMap(({ jobs }) => jobs));
    });
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  /** Returns the jobs of a monitor, or why it has none: as in the Prometheus operator, one wrong endpoint refuses all. */
  #jobsOf(monitor: Monitor): { readonly jobs: readonly AllocatedJob[]; readonly refused?: string } {
    const { config, prometheusCr } = this.#config;
    const settings = {
      scrapeInterval: durationText(prometheusCr.scrapeInterval),
      kubeconfigFile: prometheusCr.kubeconfigFile,
    };
    try {
      const refused = rejectionOf(monitor, prometheusCr.allowFiles);
      if (refused !== undefined) return { jobs: [], refused };
      const jobs = scrapeConfigsOf(monitor, settings).map((written) => jobOf(config.global, written));
      const slow = jobs.find(({ timeoutMillis, intervalMillis }) => timeoutMillis > intervalMillis);
      if (slow !== undefined) throw new Error(`${slow.name}: expected a scrapeTimeout of at most the interval`);
      return { jobs };
    } catch (error) {
      return { jobs: [], refused: errorMessage(error) };
    }
  }

  /** Logs monitors that are refused since the last call, and reports how many there are. */
  #report(states: readonly MonitorState[]): void {
    const before = new Map(this.#states?.map(({ monitor, refused }) => [monitor, refused]));
    const refused = states.filter((state) => state.refused !== undefined);
    for (const { monitor, refused: reason } of refused)
      if (before.get(monitor) !== reason) this.#context.logger.warn({ monitor, reason }, 'monitor refused');
    const [first] = refused;
    this.#context.reportStatus(
      first && `${refused.length} of ${states.length} monitors refused: ${first.monitor}: ${first.refused}`,
    );
  }
}

/** Returns a job, or throws an error with its name. */
function jobOf(global: WrittenJob, written: WrittenJob): AllocatedJob {
  try {
    return allocatedJob(global, written);
  } catch (error) {
    throw new Error(`${written['job_name']}: ${errorMessage(error)}`);
  }
}

/** Returns a duration of Prometheus, which has no fractions. */
function durationText(millis: number): string {
  return millis % 1000 === 0 ? `${millis / 1000}s` : `${millis}ms`;
}
