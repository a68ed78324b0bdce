import type { ObservedEndpoint } from '../../component/discovery/endpoint.ts';
import type { ObserverConfig } from './config.ts';

/** The part of a container that is read (`GET /containers/{id}/json`). */
export interface Container {
  readonly Id: string;
  readonly Name?: string;
  readonly State?: { readonly Running?: boolean; readonly Paused?: boolean };
  readonly Config?: {
    readonly Image?: string;
    readonly Cmd?: readonly string[] | null;
    readonly Hostname?: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly ExposedPorts?: Readonly<Record<string, unknown>> | null;
  };
  readonly NetworkSettings?: {
    readonly Networks?: Readonly<Record<string, { readonly IPAddress?: string } | null>> | null;
    readonly Ports?: Readonly<Record<string, readonly Binding[] | null>> | null;
  };
}

interface Binding {
  readonly HostIp?: string;
  readonly HostPort?: string;
}

/** Returns an endpoint for each port that a container exposes, if it runs and is not paused. */
export function containerEndpoints(container: Container, options: ObserverConfig): ObservedEndpoint[] {
  const { Id, Name = '', State, Config = {}, NetworkSettings = {} } = container;
  if (State?.Running !== true || State.Paused === true) return [];
  const common = {
    name: Name.replace(/^\//, ''),
    image: Config.Image ?? '',
    command: (Config.Cmd ?? []).join(' '),
    container_id: Id,
    labels: Config.Labels ?? {},
  };
  const host = hostOf(container, options);
  const endpoints = Object.keys(Config.ExposedPorts ?? {}).flatMap((exposed): ObservedEndpoint[] => {
    const [number = '', protocol = 'tcp'] = exposed.split('/');
    const port = Number(number);
    const bound = (NetworkSettings.Ports?.[exposed] ?? []).find(({ HostPort }) => Number(HostPort) > 0);
    const mapped = Number(bound?.HostPort ?? 0);
    if (options.ignoreNonHostBindings && mapped === 0) return [];
    const isBound = options.useHostBindings && mapped !== 0 && bound?.HostIp !== undefined && bound.HostIp !== '';
    const place = isBound
      ? { host: localOf(bound.HostIp ?? ''), port: mapped, alternate_port: port }
      : { host, port, alternate_port: mapped };
    const details = { ...common, ...place, transport: protocol.toUpperCase() };
    const address = place.host.includes(':') ? `[${place.host}]` : place.host;
    return [{ id: `${Id}:${mapped || port}`, type: 'container', target: `${address}:${place.port}`, details }];
  });
  if (!options.includeAllContainers) return endpoints;
  const details = { ...common, host, port: 0, alternate_port: 0, transport: 'unknown' };
  return [...endpoints, { id: Id, type: 'container', target: host, details }];
}

function hostOf({ Config, NetworkSettings }: Container, options: ObserverConfig): string {
  if (options.useHostnameIfPresent && Config?.Hostname) return Config.Hostname;
  const [address] = Object.values(NetworkSettings?.Networks ?? {}).flatMap((network) => network?.IPAddress || []);
  return address ?? (options.useHostBindings ? '127.0.0.1' : '');
}

function localOf(address: string): string {
  if (address === '0.0.0.0') return '127.0.0.1';
  return address === '::' ? '::1' : address;
}
