import type { Access } from '@otelier/identity';
import type { Store } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import type { FindIngestTarget } from '../../api/ingest.ts';
import { StoreSource } from '../store-source.ts';
import type { RulesView } from './rules-view.ts';

/** What the handlers of the Prometheus API depend on. */
export interface PrometheusContext {
  /** Returns the store. Throws an `ApiProblem` if there is none. */
  store(): Store;
  nowMillis(): number;
  readonly clock: Clock;
  readonly ingest: FindIngestTarget;
  /** Who makes the request. */
  readonly access: Access;
  /** Returns the rules that the process evaluates, if it does. */
  rules(): RulesView | undefined;
}

/** A request to a handler. */
export interface PrometheusRequest extends PrometheusContext {
  readonly request: Request;
  readonly parameters: URLSearchParams;
  /** The value of a variable part of the path. */
  readonly argument: string;
}

/** Handles a request. The result is the `data` of the response, or the whole response. */
export type PrometheusHandler = (request: PrometheusRequest) => Promise<unknown> | unknown;

/** Returns the metrics of the store as series. */
export function sourceOf({ store, access }: PrometheusRequest): StoreSource {
  return new StoreSource(store(), tenantOf({ access }));
}

/** Returns the tenant whose metrics a request reads. */
export function tenantOf({ access }: Pick<PrometheusRequest, 'access'>): string {
  return access.tenant;
}
