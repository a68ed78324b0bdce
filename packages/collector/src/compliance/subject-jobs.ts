import type { SubjectJob } from '@otelier/query';
import type { Clock } from '@otelier/transport';

/** Number of jobs that are remembered. */
const MAX_JOBS = 100;
/** How long a request waits for a job. */
const WAIT_MILLIS = 8_000;

type Result = Pick<SubjectJob, 'findings' | 'proof'>;

/** Searches and erasures that run in the background, and the results of the last ones. */
export class SubjectJobs {
  readonly #clock: Pick<Clock, 'now' | 'setTimeout'>;
  readonly #jobs = new Map<string, { job: SubjectJob; readonly done: Promise<void> }>();

  constructor(clock: Pick<Clock, 'now' | 'setTimeout'>) {
    this.#clock = clock;
  }

  /** Starts a job. Resolves when it is done, or after some seconds. */
  start(id: string, tenant: string, kind: SubjectJob['kind'], work: () => Promise<Result>): Promise<SubjectJob> {
    const running: SubjectJob = { id, tenant, kind, state: 'running', startedMillis: this.#clock.now() };
    const done = work().then(
      (result) => this.#set(id, { ...running, ...result, state: 'done' }),
      (error) =>
        this.#set(id, { ...running, state: 'failed', error: error instanceof Error ? error.message : String(error) }),
    );
    this.#jobs.set(id, { job: running, done });
    for (const [old, { job }] of this.#jobs) {
      if (this.#jobs.size <= MAX_JOBS) break;
      if (job.state !== 'running') this.#jobs.delete(old);
    }
    return this.#wait(id) as Promise<SubjectJob>;
  }

  /** Returns a job of a tenant when it is done, or after some seconds. */
  async find(tenant: string, id: string): Promise<SubjectJob | undefined> {
    return this.#jobs.get(id)?.job.tenant === tenant ? this.#wait(id) : undefined;
  }

  async #wait(id: string): Promise<SubjectJob | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#clock.setTimeout(resolve, WAIT_MILLIS);
    await Promise.race([this.#jobs.get(id)?.done, late]);
    cancel();
    return this.#jobs.get(id)?.job;
  }

  #set(id: string, job: SubjectJob): void {
    const known = this.#jobs.get(id);
    if (known !== undefined) known.job = job;
  }
}
