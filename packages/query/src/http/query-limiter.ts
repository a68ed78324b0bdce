import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';

/** A query that took long. */
export interface SlowQuery {
  /** Path of the endpoint, such as `/api/v1/red`. */
  readonly path: string;
  readonly millis: number;
  readonly client: string;
  /** The parameters of the request, as JSON. */
  readonly parameters: string;
  /** Number of slow queries since the last report that were not reported. */
  readonly unreported: number;
}

/** The request of a query. */
export interface LimitedQuery {
  readonly path: string;
  /** Key that identifies the client, such as an address. */
  readonly client: string;
  readonly parameters: unknown;
}

/** Maximum length of the parameters in a report. */
const PARAMETERS_LENGTH = 500;

/** Limits the number and duration of concurrent queries, in total and per client, and reports slow ones. */
export class QueryLimiter {
  readonly #clock: Clock;
  readonly #onSlowQuery: (query: SlowQuery) => void;
  readonly #waiting = new Set<(problem: ApiProblem) => void>();
  readonly #byClient = new Map<string, number>();
  #running = 0;
  #reportedMillis = Number.NEGATIVE_INFINITY;
  #unreported = 0;

  /** `onSlowQuery` is called at most once per `LIMITS.slowReportMillis`. */
  constructor(clock: Clock, onSlowQuery: (query: SlowQuery) => void = () => undefined) {
    this.#clock = clock;
    this.#onSlowQuery = onSlowQuery;
  }

  /** Runs a query. Throws an `ApiProblem` if too many queries are running or the time limit is exceeded. */
  async run<T>(query: LimitedQuery, handle: () => Promise<T>): Promise<T> {
    const { client } = query;
    const own = this.#byClient.get(client) ?? 0;
    if (this.#running >= LIMITS.runningQueries) throw tooMany(`${LIMITS.runningQueries} queries`);
    if (own >= LIMITS.clientQueries) throw tooMany(`${LIMITS.clientQueries} queries of a client`);
    this.#running++;
    this.#byClient.set(client, own + 1);
    const started = this.#clock.monotonic();
    const response = handle();
    // An abandoned query still uses resources and therefore occupies its slot.
    const release = (): void => {
      this.#running--;
      const rest = (this.#byClient.get(client) ?? 1) - 1;
      if (rest === 0) this.#byClient.delete(client);
      else this.#byClient.set(client, rest);
      this.#report(query, this.#clock.monotonic() - started);
    };
    response.then(release, release);
    return this.#within(response);
  }

  /** Fails all running queries with `unavailable`. */
  abandon(): void {
    for (const give of this.#waiting) give(new ApiProblem('unavailable', 'otelier is shutting down'));
  }

  #report({ path, client, parameters }: LimitedQuery, millis: number): void {
    if (millis < LIMITS.slowQueryMillis) return;
    const now = this.#clock.monotonic();
    if (now - this.#reportedMillis < LIMITS.slowReportMillis) {
      this.#unreported++;
      return;
    }
    const text = JSON.stringify(parameters, (_key, value) => (typeof value === 'bigint' ? String(value) : value));
    const unreported = this.#unreported;
    this.#reportedMillis = now;
    this.#unreported = 0;
    this.#onSlowQuery({
      ...{ path, millis: Math.round(millis), client, unreported },
      parameters: text.slice(0, PARAMETERS_LENGTH),
    });
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

function tooMany(limit: string): ApiProblem {
  return new ApiProblem('unavailable', `expected at most ${limit} at the same time; try again in a moment`, {
    'retry-after': '1',
  });
}
