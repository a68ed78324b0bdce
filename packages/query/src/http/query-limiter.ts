import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';

/** Limits the number and duration of concurrent queries. */
export class QueryLimiter {
  readonly #clock: Clock;
  readonly #waiting = new Set<(problem: ApiProblem) => void>();
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs a query. Throws an `ApiProblem` if too many queries are running or the time limit is exceeded. */
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
    // An abandoned query still uses resources and therefore occupies its slot.
    const release = (): void => {
      this.#running--;
    };
    response.then(release, release);
    return this.#within(response);
  }

  /** Fails all running queries with `unavailable`. */
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
      // The store stops its own queries at the limit, with a better message.
      LIMITS.queryMillis + 1000,
    );
    response.then(resolve, reject);
    return promise.finally(() => {
      this.#waiting.delete(reject);
      cancel();
    });
  }
}
