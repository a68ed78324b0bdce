import type { DiscoveredLabels } from '../../labels/target-labels.ts';
import {
  grouped,
  hostPort,
  type Labels,
  meta,
  namespaceLabels,
  nodeLabels,
  objectLabels,
  podLabels,
  put,
  type Related,
  sanitized,
  serviceLabels,
} from './meta-labels.ts';
import type { Container, Ingress, Node, Pod, Service } from './objects.ts';

/** Returns a target for each port of the containers of a pod, and one for each container without ports. */
export function podTargets(pod: Pod, related: Related): DiscoveredLabels[] {
  const { metadata, spec = {}, status = {} } = pod;
  const address = status.podIP ?? '';
  // A node that is not known was filtered out.
  if (address === '' || (related.attach.node && !related.nodes.has(spec.nodeName ?? ''))) return [];
  const group = {
    ...podLabels(pod, related),
    [meta('namespace')]: metadata.namespace ?? '',
    ...nodeLabels(spec.nodeName, related),
    ...namespaceLabels(metadata.namespace, related),
  };
  const targets = containersOf(pod).flatMap(({ container, isInit }): Labels[] => {
    const statuses = isInit ? status.initContainerStatuses : status.containerStatuses;
    const id = statuses?.find(({ name }) => name === container.name)?.containerID ?? '';
    const labels = { ...containerLabels(container, isInit), [meta('pod_container_id')]: id };
    if (!container.ports?.length) return [{ __address__: address, ...labels }];
    return container.ports.map((port) => ({
      __address__: hostPort(address, port.containerPort),
      ...labels,
      ...portLabels(port),
    }));
  });
  return grouped(group, targets);
}

/** Returns the containers of a pod, those that initialize it last. */
export function containersOf({ spec = {} }: Pod): { readonly container: Container; readonly isInit: boolean }[] {
  return [
    ...(spec.containers ?? []).map((container) => ({ container, isInit: false })),
    ...(spec.initContainers ?? []).map((container) => ({ container, isInit: true })),
  ];
}

/** Returns the labels of a container. */
export function containerLabels({ name, image = '' }: Container, isInit: boolean): Labels {
  return {
    [meta('pod_container_name')]: name,
    [meta('pod_container_image')]: image,
    [meta('pod_container_init')]: String(isInit),
  };
}

/** Returns the labels of a port of a container. */
export function portLabels({
  containerPort,
  name = '',
  protocol = '',
}: {
  readonly containerPort: number;
  readonly name?: string | undefined;
  readonly protocol?: string | undefined;
}): Labels {
  return {
    [meta('pod_container_port_number')]: String(containerPort),
    [meta('pod_container_port_name')]: name,
    [meta('pod_container_port_protocol')]: protocol,
  };
}

/** Returns a target for each port of a service. */
export function serviceTargets(service: Service, related: Related): DiscoveredLabels[] {
  const { metadata, spec = {}, status } = service;
  const group = { ...serviceLabels(service), ...namespaceLabels(metadata.namespace, related) };
  const addresses = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  const common: Labels = { [meta('service_type')]: spec.type ?? '' };
  if (spec.type === 'ExternalName') common[meta('service_external_name')] = spec.externalName ?? '';
  else common[meta('service_cluster_ip')] = spec.clusterIP ?? '';
  if (spec.type === 'LoadBalancer')
    common[meta('service_loadbalancer_ip')] = addresses.join() || (spec.loadBalancerIP ?? '');
  return grouped(
    group,
    (spec.ports ?? []).map(({ port, name = '', protocol = '' }) => ({
      __address__: hostPort(`${metadata.name}.${metadata.namespace}.svc`, port),
      [meta('service_port_name')]: name,
      [meta('service_port_number')]: String(port),
      [meta('service_port_protocol')]: protocol,
      ...common,
    })),
  );
}

/** Types of addresses of a node, the best first. */
const ADDRESS_TYPES = ['InternalIP', 'InternalDNS', 'ExternalIP', 'ExternalDNS', 'LegacyHostIP', 'Hostname'];

/** Returns a target for the kubelet of a node. */
export function nodeTargets({ metadata, spec, status = {} }: Node): DiscoveredLabels[] {
  const addresses = status.addresses ?? [];
  const first = (wanted: string): string | undefined => addresses.find(({ type }) => type === wanted)?.address;
  const address = ADDRESS_TYPES.map(first).find((one) => one !== undefined);
  if (address === undefined) return [];
  const group = objectLabels(metadata, 'node');
  group[meta('node_provider_id')] = spec?.providerID ?? '';
  for (const condition of status.conditions ?? [])
    put(group, `node_condition_${sanitized(condition.type.toLowerCase())}`, condition.status.toLowerCase());
  const target: Labels = {
    __address__: hostPort(address, status.daemonEndpoints?.kubeletEndpoint?.Port),
    instance: metadata.name,
  };
  for (const type of new Set(addresses.map((one) => one.type)))
    put(target, `node_address_${sanitized(type)}`, first(type));
  return grouped(group, [target]);
}

/** Returns a target for each path of an ingress. */
export function ingressTargets({ metadata, spec = {} }: Ingress, related: Related): DiscoveredLabels[] {
  const group: Labels = { [meta('namespace')]: metadata.namespace ?? '', ...objectLabels(metadata, 'ingress') };
  put(group, 'ingress_class_name', spec.ingressClassName);
  Object.assign(group, namespaceLabels(metadata.namespace, related));
  const secure = (spec.tls ?? []).flatMap(({ hosts = [] }) => hosts);
  const targets = (spec.rules ?? []).flatMap(({ host = '', http }) => {
    const scheme = secure.some((pattern) => matchesHost(pattern, host)) ? 'https' : 'http';
    const paths = http === undefined ? ['/'] : (http.paths ?? []).map(({ path }) => path || '/');
    return paths.map((path) => ({
      __address__: host,
      [meta('ingress_scheme')]: scheme,
      [meta('ingress_host')]: host,
      [meta('ingress_path')]: path,
    }));
  });
  return grouped(group, targets);
}

/** Reports whether a name is a host or matches one with `*` as its first part. */
function matchesHost(pattern: string, host: string): boolean {
  if (pattern === host) return true;
  const [wildcard, ...parts] = pattern.split('.');
  const [, ...rest] = host.split('.');
  return wildcard === '*' && parts.join('.') === rest.join('.');
}
