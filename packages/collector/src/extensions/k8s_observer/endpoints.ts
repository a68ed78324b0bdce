import type { EndpointDetails, ObservedEndpoint } from '../../component/discovery/endpoint.ts';
import type { KubernetesObject } from '../../kubernetes/resource.ts';
import type { Ingress, Node, Service } from './objects.ts';

/** Returns what endpoints of all types have of the metadata of their object. */
export function metadataOf({ metadata }: KubernetesObject): EndpointDetails {
  const { name, namespace, uid, labels = {}, annotations = {} } = metadata;
  return { name, ...(namespace !== undefined && { namespace }), uid, labels, annotations };
}

/** Returns the endpoint of a node, whose target is the first address that it has. */
export function nodeEndpoint(observer: string, node: Node): ObservedEndpoint {
  const { addresses = [], daemonEndpoints } = node.status ?? {};
  // The last one of a type, as in the Collector.
  const addressOf = (type: string): string => addresses.findLast((one) => one.type === type)?.address ?? '';
  const internal = { internal_ip: addressOf('InternalIP'), internal_dns: addressOf('InternalDNS') };
  const external = { external_ip: addressOf('ExternalIP'), external_dns: addressOf('ExternalDNS') };
  const hostname = addressOf('Hostname');
  const { name, uid } = node.metadata;
  return {
    id: `${observer}/${name}-${uid}`,
    type: 'k8s.node',
    target: internal.internal_ip || internal.internal_dns || hostname || external.external_ip || external.external_dns,
    details: {
      ...metadataOf(node),
      ...internal,
      ...external,
      hostname,
      kubelet_endpoint_port: daemonEndpoints?.kubeletEndpoint?.Port ?? 0,
    },
  };
}

/** Returns the endpoint of a service, whose target is its name in the DNS of the cluster. */
export function serviceEndpoint(observer: string, service: Service): ObservedEndpoint {
  const { name, namespace = '', uid } = service.metadata;
  const { type = '', clusterIP = '' } = service.spec ?? {};
  return {
    id: `${observer}/${uid}`,
    type: 'k8s.service',
    target: `${name}.${namespace}.svc.cluster.local`,
    details: { ...metadataOf(service), service_type: type, cluster_ip: clusterIP },
  };
}

/** Returns an endpoint for each path of an ingress. */
export function ingressEndpoints(observer: string, ingress: Ingress): ObservedEndpoint[] {
  const { tls = [], rules = [] } = ingress.spec ?? {};
  const secured = tls.flatMap(({ hosts = [] }) => hosts);
  return rules.flatMap(({ host = '', http }) =>
    (http?.paths ?? []).map(({ path = '' }): ObservedEndpoint => {
      const id = `${observer}/${ingress.metadata.uid}/${host}${path}`;
      const scheme = secured.some((pattern) => isHostOf(host, pattern)) ? 'https' : 'http';
      return {
        id,
        type: 'k8s.ingress',
        target: `${scheme}://${host}${path}`,
        details: { ...metadataOf(ingress), uid: id, scheme, host, path },
      };
    }),
  );
}

/** Reports whether a host matches a pattern, whose first label can be `*`. */
function isHostOf(host: string, pattern: string): boolean {
  if (host === pattern) return true;
  const dot = host.indexOf('.');
  return dot >= 0 && pattern === `*${host.slice(dot)}`;
}
