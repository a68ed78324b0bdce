import type { RangeQuery } from '../../contract.ts';
import type { ParameterBag } from './parameters.ts';

/** SQL columns shared by request statements. */
export const SERVICE = "coalesce(service_name, '') AS service";
const SERVING = "kind IN ('SERVER', 'CONSUMER')";

export type SpansQuery = RangeQuery & { readonly service?: string };

/** Returns conditions for the items of a query's service, if it has one. */
export function serviceConditions(
  { service }: Pick<SpansQuery, 'service'>,
  parameters: ParameterBag,
): readonly string[] {
  if (service === undefined) return [];
  return [service === '' ? 'service_name IS NULL' : `service_name = ${parameters.add(service)}`];
}

/** Returns a condition that selects requests, given the services whose root spans count as requests. */
export function requestCondition(rootOnly: readonly string[], parameters: ParameterBag): string {
  if (rootOnly.length === 0) return SERVING;
  const names = rootOnly.map((service) => parameters.add(service)).join(', ');
  return `(${SERVING} OR (parent_span_id IS NULL AND coalesce(service_name, '') IN (${names})))`;
}

/** A Boolean SQL column for whether a span is a server or consumer span, for statements that need it per row. */
export const SERVING_COLUMN = `${SERVING} AS serving`;
