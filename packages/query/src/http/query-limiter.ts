import { DEFAULT_TENANT } from '@otelier/otlp';
import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import type { TenantsView } from '../endpoints/endpoint.ts';

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
  /** The tenant that is read, whose limits apply. */
  readonly tenant?: string | undefined;
}

/** Maximum length of the parameters in a report. */
const PARAMETERS_LENGTH = 500;

/** Limits the number and duration of concurrent queries, in total and per client, and reports slow ones. */
export class QueryLimiter {
  readonly #clock: Clock;
  readonly #onSlowQuery: (query: SlowQuery) => void;
  readonly #waiting = new Set<(problem: ApiProblem) => void>();
  readonly #byClient = new Map<string, number>();
  readonly #byTenant = new Map<string, number>();
  readonly #tenants: TenantsView | undefined;
  #running = 0;
  #reportedMillis = Number.NEGATIVE_INFINITY;
  #unreported = 0;

  /** `onSlowQuery` is called at most once per `LIMITS.slowReportMillis`. */
  constructor(clock: Clock, onSlowQuery: (query: SlowQuery) => void = () => undefined, tenants?: TenantsView) {
    this.#tenants = tenants;
    this.#clock = clock;
    this.#onSlowQuery = onSlowQuery;
  }

  /** Runs a query. Throws an `ApiProblem` if too many queries are running or the time limit is exceeded. */
  async run<T>(query: LimitedQuery, handle: () => Promise<T>): Promise<T> {
    const { client } = query;
    const own = this.#byClient.get(client) ?? 0;
    if (this.#running >= LIMITS.runningQueries) throw tooMany(`${LIMITS.runningQueries} queries`);
    if (own >= LIMITS.clientQueries) throw tooMany(`${LIMITS.clientQueries} queries of a client`);
    const { tenant = DEFAULT_TENANT } = query;
    const { concurrentQueries, queryMillis } = this.#tenants?.limitsOf(tenant) ?? {};
    const isRejected = (this.#byTenant.get(tenant) ?? 0) >= (concurrentQueries ?? Number.POSITIVE_INFINITY);
    this.#tenants?.queried(tenant, isRejected);
    if (isRejected) throw tooMany(`${concurrentQueries} queries of tenant ${tenant}`, 'too_many_requests');
    this.#running++;
    this.#byClient.set(client, own + 1);
    add(this.#byTenant, tenant, 1);
    const started = this.#clock.monotonic();
    const response = handle();
    // An abandoned query still uses resources and therefore occupies its slot.
    const release = (): void => {
      this.#running--;
      add(this.#byClient, client, -1);
      add(this.#byTenant, tenant, -1);
      this.#report(query, this.#clock.monotonic() - started);
    };
    response.then(release, release);
    return this.#within(response, queryMillis);
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

  #within<T>(response: Promise<T>, queryMillis: number = LIMITS.queryMillis): Promise<T> {
    const limitMillis = Math.min(queryMillis, LIMITS.queryMillis);
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add(reject);
    const cancel = this.#clock.setTimeout(
      () =>
        reject(
          new ApiProblem(
            'timeout',
            `the query took longer than ${limitMillis / 1000} seconds; ask for a shorter range or fewer rows`,
          ),
        ),
      // The store stops its own queries at the limit, with a better message.
      limitMillis < LIMITS.queryMillis ? limitMillis : LIMITS.queryMillis + 1000,
    );
    response.then(resolve, reject);
    return promise.finally(() => {
      this.#waiting.delete(reject);
      cancel();
    });
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count <= 0) counts.delete(key);
  else counts.set(key, count);
}

function tooMany(limit: string, code: 'unavailable' | 'too_many_requests' = 'unavailable'): ApiProblem {
  return new ApiProblem(code, `expected at most ${limit} at the same time; try again in a moment`, {
    'retry-after': '1',
  });
}
