import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';

/** Bounds the number of concurrent queries and their duration. */
export class QueryLimiter {
  readonly #clock: Clock;
  readonly #waiting = new Set<(problem: ApiProblem) => void>();
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Runs a query. Throws an `ApiProblem` at the limit of concurrent queries or after the time limit. */
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
    // An abandoned query still uses resources and keeps its slot.
    const release = (): void => {
      this.#running--;
    };
    response.then(release, release);
    return this.#within(response);
  }

  /** Responds to all running queries with `unavailable`. */
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
