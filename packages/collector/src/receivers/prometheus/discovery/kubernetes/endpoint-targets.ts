import type { DiscoveredLabels } from '../../labels/target-labels.ts';
import {
  grouped,
  hostPort,
  keyOf,
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
import type {
  EndpointAddress,
  EndpointSlice,
  Endpoints,
  Pod,
  ServicePort,
  SliceEndpoint,
  SlicePort,
  TargetRef,
} from './objects.ts';
import { containerLabels, containersOf, portLabels } from './targets.ts';

/** The label that names the service of a slice. */
const SERVICE_NAME = 'kubernetes.io/service-name';

/** Returns the targets of the endpoints of a service, and of further ports of their pods. */
export function endpointsTargets({ metadata, subsets = [] }: Endpoints, related: Related): DiscoveredLabels[] {
  const service = related.services.get(keyOf(metadata.namespace, metadata.name));
  const group = {
    [meta('namespace')]: metadata.namespace ?? '',
    ...(service && serviceLabels(service)),
    ...objectLabels(metadata, 'endpoints'),
    ...namespaceLabels(metadata.namespace, related),
  };
  const pods = new PodPorts(related);
  const targets: Labels[] = [];
  for (const { ports = [], addresses = [], notReadyAddresses = [] } of subsets)
    for (const port of ports) {
      const add = (address: EndpointAddress, ready: boolean): void => {
        const { targetRef, nodeName } = address;
        const node = nodeName ?? (targetRef?.kind === 'Node' ? targetRef.name : undefined);
        const labels = { ...nodeLabels(node, related), ...pods.labelsOf(targetRef, port.port, port.protocol) };
        targets.push({ ...endpointTarget(address, port, ready), ...labels });
      };
      for (const address of addresses) add(address, true);
      for (const address of notReadyAddresses) add(address, false);
    }
  return grouped(group, [...targets, ...pods.furtherTargets()]);
}

function endpointTarget(
  { ip, hostname, nodeName, targetRef }: EndpointAddress,
  { port, name = '', protocol = '' }: ServicePort,
  isReady: boolean,
): Labels {
  const target: Labels = {
    __address__: hostPort(ip, port),
    [meta('endpoint_port_name')]: name,
    [meta('endpoint_port_protocol')]: protocol,
    [meta('endpoint_ready')]: String(isReady),
  };
  putReference(target, 'endpoint', targetRef);
  put(target, 'endpoint_node_name', nodeName);
  put(target, 'endpoint_hostname', hostname || undefined);
  return target;
}

/** Returns the targets of a slice of the endpoints of a service, and of further ports of their pods. */
export function endpointSliceTargets(slice: EndpointSlice, related: Related): DiscoveredLabels[] {
  const { metadata, addressType = '' } = slice;
  const service = related.services.get(keyOf(metadata.namespace, metadata.labels?.[SERVICE_NAME]));
  const { ipFamilyPolicy = '', ipFamilies = [] } = service?.spec ?? {};
  // The second slice of a service with both families has the same endpoints.
  if (/^(Prefer|Require)DualStack$/.test(ipFamilyPolicy) && (ipFamilies[0] ?? addressType) !== addressType) return [];
  const group = {
    [meta('namespace')]: metadata.namespace ?? '',
    [meta('endpointslice_address_type')]: addressType,
    ...objectLabels(metadata, 'endpointslice'),
    ...(service && serviceLabels(service)),
    ...namespaceLabels(metadata.namespace, related),
  };
  const pods = new PodPorts(related);
  const targets: Labels[] = [];
  for (const endpoint of slice.endpoints ?? [])
    for (const port of slice.ports ?? [])
      for (const address of endpoint.addresses ?? []) {
        const target = sliceTarget(address, port, endpoint);
        const { targetRef, nodeName } = endpoint;
        const node = targetRef?.kind === 'Node' ? targetRef.name : nodeName;
        Object.assign(target, nodeLabels(node, related), pods.labelsOf(targetRef, port.port, undefined));
        targets.push(target);
      }
  return grouped(group, [...targets, ...pods.furtherTargets()]);
}

function sliceTarget(address: string, port: SlicePort, endpoint: SliceEndpoint): Labels {
  const { conditions = {}, hostname, targetRef, nodeName, zone, deprecatedTopology = {} } = endpoint;
  const target: Labels = { __address__: port.port === undefined ? address : hostPort(address, port.port) };
  put(target, 'endpointslice_port_name', port.name);
  put(target, 'endpointslice_port_protocol', port.protocol);
  put(target, 'endpointslice_port', port.port);
  put(target, 'endpointslice_port_app_protocol', port.appProtocol);
  for (const name of ['ready', 'serving', 'terminating'] as const)
    put(target, `endpointslice_endpoint_conditions_${name}`, conditions[name]);
  put(target, 'endpointslice_endpoint_hostname', hostname);
  putReference(target, 'endpointslice', targetRef);
  put(target, 'endpointslice_endpoint_node_name', nodeName);
  put(target, 'endpointslice_endpoint_zone', zone);
  for (const [key, value] of Object.entries(deprecatedTopology)) {
    put(target, `endpointslice_endpoint_topology_${sanitized(key)}`, value);
    put(target, `endpointslice_endpoint_topology_present_${sanitized(key)}`, true);
  }
  return target;
}

function putReference(target: Labels, role: string, reference: TargetRef | undefined): void {
  if (reference === undefined) return;
  put(target, `${role}_address_target_kind`, reference.kind ?? '');
  put(target, `${role}_address_target_name`, reference.name ?? '');
}

/** The pods behind endpoints, and which of their ports have a target. */
class PodPorts {
  readonly #related: Related;
  readonly #ports = new Map<Pod, Set<number>>();

  constructor(related: Related) {
    this.#related = related;
  }

  /** Returns the labels of the pod of an endpoint, and of its container with this port. `protocol` is that of the endpoint. */
  labelsOf(reference: TargetRef | undefined, port: number | undefined, protocol: string | undefined): Labels {
    if (reference?.kind !== 'Pod') return {};
    const pod = this.#related.pods.get(keyOf(reference.namespace, reference.name));
    if (pod === undefined) return {};
    const ports = this.#ports.get(pod) ?? new Set();
    this.#ports.set(pod, ports);
    const labels = podLabels(pod, this.#related);
    if (port === undefined) return labels;
    ports.add(port);
    for (const { container, isInit } of containersOf(pod)) {
      const found = container.ports?.find(({ containerPort }) => containerPort === port);
      if (found === undefined) continue;
      const shown = protocol === undefined ? found : { ...found, protocol };
      Object.assign(labels, containerLabels(container, isInit), portLabels(shown));
    }
    return labels;
  }

  /** Returns targets for the ports of these pods that no endpoint has. */
  furtherTargets(): Labels[] {
    return [...this.#ports].flatMap(([pod, known]) => {
      const address = pod.status?.podIP;
      if (!address) return [];
      return containersOf(pod).flatMap(({ container, isInit }) =>
        (container.ports ?? [])
          .filter(({ containerPort }) => !known.has(containerPort))
          .map((port) => ({
            __address__: hostPort(address, port.containerPort),
            ...containerLabels(container, isInit),
            ...portLabels(port),
            ...podLabels(pod, this.#related),
          })),
      );
    });
  }
}
