import type { Access } from '@otelier/identity';
import type { Store } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import type { FindIngestTarget } from '../../api/ingest.ts';
import { LIMITS } from '../../api/limits.ts';
import type { Evaluation } from '../../logql/evaluate/read-entries.ts';
import { Statistics } from '../../logql/evaluate/statistics.ts';
import { createControl } from '../../prometheus/api/control.ts';
import { LokiSource } from '../store-source.ts';

/** What the handlers of the Loki API depend on. */
export interface LokiContext {
  /** Returns the store. Throws an `ApiProblem` if there is none. */
  store(): Store;
  nowMillis(): number;
  readonly clock: Clock;
  readonly ingest: FindIngestTarget;
  /** Who makes the request. */
  readonly access: Access;
}

/** A request to a handler. */
export interface LokiRequest extends LokiContext {
  readonly request: Request;
  readonly parameters: URLSearchParams;
  /** The value of a variable part of the path. */
  readonly argument: string;
}

/** Handles a request. The result is the body of the response as JSON, or the whole response. */
export type LokiHandler = (request: LokiRequest) => Promise<object> | object;

/** Returns the tenant whose logs a request reads. */
export function tenantOf({ access }: Pick<LokiRequest, 'access'>): string {
  return access.tenant;
}

/** Creates the evaluation of a query. */
export function evaluationOf(request: LokiRequest): Evaluation {
  return {
    source: new LokiSource(request.store(), tenantOf(request)),
    control: createControl(request.clock, LIMITS.queryMillis, request.request.signal),
    statistics: new Statistics(),
    nowMillis: request.nowMillis,
  };
}
