import type { EndpointType } from '../../component/discovery/endpoint.ts';

const POD = { 'k8s.pod.name': '`pod.name`', 'k8s.pod.uid': '`pod.uid`', 'k8s.namespace.name': '`pod.namespace`' };

/** The resource attributes of each type of endpoint, as in the Collector. */
export const DEFAULT_ATTRIBUTES: Partial<Readonly<Record<EndpointType, Readonly<Record<string, string>>>>> = {
  pod: { 'k8s.pod.name': '`name`', 'k8s.pod.uid': '`uid`', 'k8s.namespace.name': '`namespace`' },
  port: POD,
  'pod.container': {
    ...POD,
    'k8s.container.name': '`container_name`',
    'container.id': '`container_id`',
    'container.image.name': '`container_image`',
  },
  container: { 'container.name': '`name`', 'container.image.name': '`image`' },
  'k8s.service': { 'k8s.namespace.name': '`namespace`' },
  'k8s.ingress': { 'k8s.namespace.name': '`namespace`' },
  'k8s.node': { 'k8s.node.name': '`name`', 'k8s.node.uid': '`uid`' },
};
