import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';

/** Bounds how many queries run at once and how long one is waited for. */
export class QueryLimiter {
  readonly #clock: Clock;
  readonly #waiting = new Set<(problem: ApiProblem) => void>();
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs a query; throws an `ApiProblem` when too many run already or this one takes too long. */
  async run<T>(query: () => Promise<T>): Promise<T> {
    if (this.#running >= LIMITS.runningQueries) {
      throw new ApiProblem(
        'unavailable',
        `expected at most ${LIMITS.runningQueries} queries at the same time; try again in a moment`,
        { 'retry-after': '1' },
      );
    }
    this.#running++;
    const response = query();
    // A query that is no longer waited for still holds its place, for it still costs.
    const release = (): void => {
      this.#running--;
    };
    response.then(release, release);
    return this.#within(response);
  }

  /** Waits no longer for any query that runs: its request is answered as unavailable. */
  abandon(): void {
    for (const give of this.#waiting) give(new ApiProblem('unavailable', 'otelier is shutting down'));
  }

  #within<T>(response: Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add(reject);
    const cancel = this.#clock.setTimeout(
      () =>
        reject(
          new ApiProblem(
            'timeout',
            `the query took longer than ${LIMITS.queryMillis / 1000} seconds; ask for a shorter range or fewer rows`,
          ),
        ),
      // The store stops its own queries at the limit, and then has the better message.
      LIMITS.queryMillis + 1000,
    );
    response.then(resolve, reject);
    return promise.finally(() => {
      this.#waiting.delete(reject);
      cancel();
    });
  }
}
