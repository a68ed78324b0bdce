import type { ObservedEndpoint } from '../../component/discovery/endpoint.ts';
import { valueOfConfig } from '../../operators/entry/json-value.ts';
import type { Value } from '../../ottl/values/value.ts';

/** The variables that expressions can use. Those that an endpoint does not have are nil. */
export const VARIABLES = [
  ...['type', 'id', 'endpoint', 'host', 'port', 'name', 'namespace', 'uid', 'labels', 'annotations'],
  ...['pod', 'transport', 'protocol', 'container_name', 'container_id', 'container_image', 'is_init_container'],
  ...['process_name', 'command', 'is_ipv6', 'os', 'image', 'tag', 'alternate_port'],
  ...['service_type', 'cluster_ip', 'scheme', 'path'],
  ...['hostname', 'external_ip', 'internal_ip', 'external_dns', 'internal_dns', 'kubelet_endpoint_port'],
] as const;

/** The values of the variables for an endpoint. */
export type Variables = ReadonlyMap<string, Value>;

/** Returns the values of the variables for an endpoint. */
export function variablesOf({ id, type, target, details }: ObservedEndpoint): Variables {
  const host = /^(?:\[(?<v6>[^\]]*)\]|(?<v4>[^:/]*)):\d+$/.exec(target)?.groups;
  const all = { host: host?.['v6'] ?? host?.['v4'] ?? target, ...details, id, type, endpoint: target };
  return new Map(Object.entries(all).map(([name, value]) => [name, valueOfConfig(value)]));
}
