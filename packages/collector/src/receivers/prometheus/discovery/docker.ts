import { httpRequest } from '../../../component/http/http-request.ts';
import { VERSION } from '../../../component/version.ts';
import type { DockerDiscoveryConfig } from '../config/containers.ts';
import { createClient, type PageClient } from '../fetch/client.ts';
import type { DiscoveredLabels } from '../labels/target-labels.ts';
import type { Discovery, DiscoveryContext } from './discovery.ts';
import { refreshing } from './refresh.ts';

/** A container in the list of the Docker API. */
interface Container {
  readonly Id: string;
  readonly Names?: readonly string[];
  readonly Image?: string;
  readonly ImageID?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly Ports?: readonly {
    readonly Type?: string;
    readonly PrivatePort?: number;
    readonly PublicPort?: number;
    readonly IP?: string;
  }[];
  readonly HostConfig?: { readonly NetworkMode?: string };
  readonly NetworkSettings?: { readonly Networks?: Readonly<Record<string, ContainerNetwork | null>> | null };
}

/** The place of a container in a network. */
interface ContainerNetwork {
  readonly NetworkID?: string;
  readonly IPAddress?: string;
  readonly GlobalIPv6Address?: string;
}

interface Network {
  readonly Id: string;
  readonly Name?: string;
  readonly Scope?: string;
  readonly Internal?: boolean;
  readonly Ingress?: boolean;
  readonly Labels?: Readonly<Record<string, string>> | null;
}

const MAX_BYTES = 64 << 20;
const PREFIX = '__meta_docker_';

/** Creates a discovery that makes targets of the containers of a Docker daemon. */
export function createDockerDiscovery(config: DockerDiscoveryConfig, context: DiscoveryContext): Discovery {
  const { host, refreshInterval, filters } = config;
  const socketPath = /^unix:\/\/(.*)/.exec(host)?.[1];
  const base = socketPath === undefined ? host.replace(/^tcp:/, 'http:').replace(/\/$/, '') : 'http://docker';
  const client = socketPath === undefined ? createClient(config, context) : undefined;
  const selected = Object.fromEntries(filters.map(({ name, values }) => [name, values]));
  const query = filters.length === 0 ? '' : `?filters=${encodeURIComponent(JSON.stringify(selected))}`;
  const read = async (stopped: AbortSignal): Promise<readonly DiscoveredLabels[]> => {
    const signal = AbortSignal.any([AbortSignal.timeout(refreshInterval), stopped]);
    const get = (path: string): Promise<unknown> => readDaemon(client, base + path, socketPath, signal);
    const containers = (await get(`/containers/json${query}`)) as readonly Container[];
    const networks = (await get('/networks')) as readonly Network[];
    return targetsOf(containers, networksByKey(networks), config);
  };
  const refreshed = refreshing({ source: host, intervalMillis: refreshInterval, read }, context);
  return {
    ...refreshed,
    async stop() {
      await refreshed.stop();
      client?.close();
    },
  };
}

async function readDaemon(
  client: PageClient | undefined,
  url: string,
  socketPath: string | undefined,
  signal: AbortSignal,
): Promise<unknown> {
  const headers = { 'user-agent': `otelier/${VERSION}` };
  const options = { headers, maxBytes: MAX_BYTES, signal };
  const { status, body } =
    client === undefined
      ? await httpRequest(url, { ...options, ...(socketPath !== undefined && { socketPath }) })
      : await client.get(url, options);
  if (status !== 200) throw new Error(`expected status 200, got ${status}`);
  const list: unknown = JSON.parse(body.toString());
  if (!Array.isArray(list)) throw new Error(`expected a list of ${new URL(url).pathname}, got another response`);
  return list;
}

/** Returns the labels of networks by ID, and by name: the list of Podman has the name of a network in place of its ID. */
function networksByKey(networks: readonly Network[]): ReadonlyMap<string, DiscoveredLabels> {
  const labels = networks.map((network) => [network, networkLabels(network)] as const);
  const byName = labels.map(([{ Name = '' }, each]) => [Name, each] as const);
  return new Map([...byName, ...labels.map(([{ Id }, each]) => [Id, each] as const)]);
}

function networkLabels({ Id, Name = '', Scope = '', Internal, Ingress, Labels }: Network): DiscoveredLabels {
  return {
    [`${PREFIX}network_id`]: Id,
    [`${PREFIX}network_name`]: Name,
    [`${PREFIX}network_scope`]: Scope,
    [`${PREFIX}network_internal`]: String(Internal === true),
    [`${PREFIX}network_ingress`]: String(Ingress === true),
    ...textLabels(`${PREFIX}network_label_`, Labels),
  };
}

function textLabels(prefix: string, texts: Readonly<Record<string, string>> | null | undefined): DiscoveredLabels {
  return Object.fromEntries(
    Object.entries(texts ?? {}).map(([key, value]) => [prefix + key.replace(/\W/g, '_'), value]),
  );
}

type Config = Pick<DockerDiscoveryConfig, 'port' | 'hostNetworkingHost' | 'matchFirstNetwork'>;

function targetsOf(
  containers: readonly Container[],
  networks: ReadonlyMap<string, DiscoveredLabels>,
  config: Config,
): DiscoveredLabels[] {
  const byId = new Map(containers.map((container) => [container.Id, container]));
  return containers.flatMap((container) => {
    const [name] = container.Names ?? [];
    if (name === undefined) return [];
    const { Id, Image, ImageID, Labels, HostConfig } = container;
    const common = {
      [`${PREFIX}container_id`]: Id,
      [`${PREFIX}container_name`]: name,
      [`${PREFIX}container_network_mode`]: HostConfig?.NetworkMode ?? '',
      ...(Image && { [`${PREFIX}container_image`]: Image }),
      ...(ImageID && { [`${PREFIX}container_image_id`]: ImageID }),
      ...textLabels(`${PREFIX}container_label_`, Labels),
    };
    return networksOf(container, byId, config.matchFirstNetwork).flatMap((network) =>
      portsOf(container, network, config).map((labels) => ({
        ...common,
        ...networks.get(network.NetworkID ?? ''),
        ...labels,
      })),
    );
  });
}

/** Returns the networks of a container, or those of the container whose network it uses. */
function networksOf(
  container: Container,
  containers: ReadonlyMap<string, Container>,
  firstOnly: boolean,
): ContainerNetwork[] {
  let owner = container;
  let networks = owner.NetworkSettings?.Networks ?? {};
  for (let step = 0; step < containers.size && Object.keys(networks).length === 0; step++) {
    const shared = /^container:(.*)/.exec(owner.HostConfig?.NetworkMode ?? '')?.[1];
    const next = shared === undefined ? undefined : containers.get(shared);
    if (next === undefined) break;
    owner = next;
    networks = owner.NetworkSettings?.Networks ?? {};
  }
  const found = Object.entries(networks)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, network]) => (network === null ? [] : [network]));
  return firstOnly ? found.slice(0, 1) : found;
}

/** Returns the labels of the targets of a container in a network: its ports, or a default port. */
function portsOf(
  { Ports = [], HostConfig }: Container,
  { IPAddress, GlobalIPv6Address }: ContainerNetwork,
  { port, hostNetworkingHost }: Config,
): DiscoveredLabels[] {
  const address = IPAddress || GlobalIPv6Address || '';
  const at = (number: number): string => `${address.includes(':') ? `[${address}]` : address}:${number}`;
  const labels = { [`${PREFIX}network_ip`]: address };
  const ports = Ports.filter(({ Type }) => Type === 'tcp').map(({ PrivatePort = 0, PublicPort = 0, IP = '' }) => ({
    ...labels,
    __address__: at(PrivatePort),
    [`${PREFIX}port_private`]: String(PrivatePort),
    ...(PublicPort > 0 && { [`${PREFIX}port_public`]: String(PublicPort), [`${PREFIX}port_public_ip`]: IP }),
  }));
  if (ports.length > 0) return ports;
  return [{ ...labels, __address__: HostConfig?.NetworkMode === 'host' ? hostNetworkingHost : at(port) }];
}
