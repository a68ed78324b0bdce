import type { ConsulDiscoveryConfig } from '../config/containers.ts';
import { createClient } from '../fetch/client.ts';
import type { DiscoveredLabels } from '../labels/target-labels.ts';
import type { Discovery, DiscoveryContext } from './discovery.ts';
import { refreshing } from './refresh.ts';

/** An instance of a service in the health API of Consul. */
interface Instance {
  readonly Node: {
    readonly Node: string;
    readonly Address: string;
    readonly Meta?: Texts;
    readonly TaggedAddresses?: Texts;
  };
  readonly Service: {
    readonly ID: string;
    readonly Address?: string;
    readonly Port: number;
    readonly Tags?: readonly string[] | null;
    readonly Meta?: Texts;
    readonly Namespace?: string;
    readonly Partition?: string;
  };
  readonly Checks?: readonly { readonly CheckID?: string; readonly Status?: string }[];
}

type Texts = Readonly<Record<string, string>> | null;

const MAX_BYTES = 64 << 20;
const TIMEOUT_MILLIS = 30_000;
/** Services that are read at once. */
const CONCURRENCY = 8;
const PREFIX = '__meta_consul_';

/** Creates a discovery that makes targets of the services in the catalog of Consul. */
export function createConsulDiscovery(config: ConsulDiscoveryConfig, context: DiscoveryContext): Discovery {
  const { server, scheme, pathPrefix, token, username, password, refreshInterval } = config;
  const base = `${scheme}://${server}${pathPrefix.replace(/\/$/, '')}`;
  const basicAuth = username === '' ? config.basicAuth : { username, password: password ?? '' };
  const client = createClient({ ...config, ...(basicAuth !== undefined && { basicAuth }) }, context);
  const get = async (path: string, query: URLSearchParams, signal: AbortSignal): Promise<unknown> => {
    const headers = { accept: 'application/json', ...(token !== undefined && { 'x-consul-token': token }) };
    const url = `${base}/v1/${path}?${query}`;
    const { status, body } = await client.get(url, { headers, maxBytes: MAX_BYTES, signal });
    if (status !== 200)
      throw new Error(`expected status 200 of /v1/${path}, got ${status} ${body.toString('utf8', 0, 200)}`.trim());
    return JSON.parse(body.toString('utf8'));
  };
  const read = async (stopped: AbortSignal): Promise<readonly DiscoveredLabels[]> => {
    const signal = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MILLIS), stopped]);
    const datacenter = config.datacenter || (await localDatacenter((path, query) => get(path, query, signal)));
    const names = await serviceNames(config, (query) => get('catalog/services', query, signal));
    const targets: DiscoveredLabels[] = [];
    for (let start = 0; start < names.length; start += CONCURRENCY) {
      const found = await Promise.all(
        names.slice(start, start + CONCURRENCY).map(async (name) => {
          const query = queryOf(config, config.healthFilter);
          for (const tag of config.tags) query.append('tag', tag);
          const instances = await get(`health/service/${encodeURIComponent(name)}`, query, signal);
          return (instances as readonly Instance[]).map((one) => targetOf(one, name, datacenter, config.tagSeparator));
        }),
      );
      targets.push(...found.flat());
    }
    return targets;
  };
  const refreshed = refreshing({ source: base, intervalMillis: refreshInterval, read }, context);
  return {
    ...refreshed,
    async stop() {
      await refreshed.stop();
      client.close();
    },
  };
}

function queryOf(config: ConsulDiscoveryConfig, filter: string): URLSearchParams {
  const { datacenter, namespace, partition, allowStale, nodeMeta } = config;
  const query = new URLSearchParams();
  if (datacenter !== '') query.set('dc', datacenter);
  if (namespace !== '') query.set('ns', namespace);
  if (partition !== '') query.set('partition', partition);
  if (allowStale) query.set('stale', '');
  for (const [key, value] of Object.entries(nodeMeta)) query.append('node-meta', `${key}:${value}`);
  if (filter !== '') query.set('filter', filter);
  return query;
}

async function localDatacenter(get: (path: string, query: URLSearchParams) => Promise<unknown>): Promise<string> {
  const self = (await get('agent/self', new URLSearchParams())) as {
    readonly Config?: { readonly Datacenter?: string };
  };
  return self.Config?.Datacenter ?? '';
}

/** Returns the names of the services to read. Services are listed unless the configuration names all of them. */
async function serviceNames(
  config: ConsulDiscoveryConfig,
  list: (query: URLSearchParams) => Promise<unknown>,
): Promise<readonly string[]> {
  const { services, tags, filter } = config;
  if (services.length > 0 && tags.length === 0 && filter === '') return services;
  const known = (await list(queryOf(config, filter))) as Readonly<Record<string, readonly string[] | null>>;
  return Object.entries(known)
    .filter(([name]) => services.length === 0 || services.includes(name))
    .filter(([, own]) => tags.every((tag) => own?.includes(tag)))
    .map(([name]) => name)
    .sort();
}

function targetOf(
  { Node: node, Service: service, Checks }: Instance,
  name: string,
  datacenter: string,
  separator: string,
): DiscoveredLabels {
  const address = service.Address || node.Address;
  return {
    __address__: `${address.includes(':') ? `[${address}]` : address}:${service.Port}`,
    [`${PREFIX}service`]: name,
    [`${PREFIX}dc`]: datacenter,
    [`${PREFIX}address`]: node.Address,
    [`${PREFIX}node`]: node.Node,
    [`${PREFIX}namespace`]: service.Namespace ?? '',
    [`${PREFIX}partition`]: service.Partition ?? '',
    // With the separator around all, so that expressions need no special cases for the first and the last.
    [`${PREFIX}tags`]: separator + (service.Tags ?? []).join(separator) + separator,
    [`${PREFIX}service_address`]: service.Address ?? '',
    [`${PREFIX}service_port`]: String(service.Port),
    [`${PREFIX}service_id`]: service.ID,
    [`${PREFIX}health`]: healthOf(Checks ?? []),
    ...textLabels('metadata_', node.Meta),
    ...textLabels('service_metadata_', service.Meta),
    ...textLabels('tagged_address_', node.TaggedAddresses),
  };
}

function textLabels(prefix: string, texts: Texts | undefined): DiscoveredLabels {
  return Object.fromEntries(
    Object.entries(texts ?? {}).map(([key, value]) => [PREFIX + prefix + key.replace(/\W/g, '_'), value]),
  );
}

/** Returns the worst status of checks, as Consul aggregates them. */
function healthOf(checks: NonNullable<Instance['Checks']>): string {
  const isMaintenance = checks.some(
    ({ CheckID = '' }) => CheckID === '_node_maintenance' || CheckID.startsWith('_service_maintenance:'),
  );
  if (isMaintenance) return 'maintenance';
  return ['critical', 'warning'].find((status) => checks.some(({ Status }) => Status === status)) ?? 'passing';
}
