import type { Access } from '@otelier/identity';
import type { Store } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import { LIMITS } from '../api/limits.ts';
import { createControl } from '../prometheus/api/control.ts';
import { type SpanSource, storeSource } from './source.ts';

/** What the handlers of the APIs for traces depend on. */
export interface TraceContext {
  /** Returns the store. Throws an `ApiProblem` if there is none. */
  store(): Store;
  nowMillis(): number;
  readonly clock: Clock;
  /** Who makes the request. */
  readonly access: Access;
}

/** A request to a handler. */
export interface TraceRequest extends TraceContext {
  readonly request: Request;
  readonly parameters: URLSearchParams;
  /** The value of the variable part of the path. */
  readonly argument: string;
}

/** Handles a request. The result is the JSON of the response, or the whole response. */
export type TraceHandler = (request: TraceRequest) => Promise<object> | object;

/** Returns the tenant of a request. */
export function tenantOf({ access }: TraceRequest): string {
  return access.tenant;
}

/** Returns the spans of the store. Queries end after the time limit or when the client disconnects. */
export function sourceOf(request: TraceRequest): SpanSource {
  const control = createControl(request.clock, LIMITS.queryMillis, request.request.signal);
  return storeSource(request.store(), tenantOf(request), () => control.check());
}
