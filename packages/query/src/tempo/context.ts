import type { Store } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { createControl } from '../prometheus/api/control.ts';
import { type SpanSource, storeSource } from '../traceql/source.ts';

/** What the handlers of the Tempo API depend on. */
export interface TempoContext {
  /** Returns the store. Throws an `ApiProblem` if there is none. */
  store(): Store;
  nowMillis(): number;
  readonly clock: Clock;
}

/** A request to a handler. */
export interface TempoRequest extends TempoContext {
  readonly request: Request;
  readonly parameters: URLSearchParams;
  /** The value of the variable part of the path. */
  readonly argument: string;
}

/** Handles a request. The result is the JSON of the response, or the whole response. */
export type TempoHandler = (request: TempoRequest) => Promise<object> | object;

/** Returns the tenant of a request. */
export function tenantOf({ request }: TempoRequest): string {
  return request.headers.get('x-scope-orgid') ?? 'default';
}

/** Returns the spans of the store. Queries end after the time limit or when the client disconnects. */
export function sourceOf(request: TempoRequest): SpanSource {
  const control = createControl(request.clock, LIMITS.queryMillis, request.request.signal);
  return storeSource(request.store(), tenantOf(request), () => control.check());
}
