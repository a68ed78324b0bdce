import { isIP } from 'node:net';
import type { AttributeValue } from '@otelier/otlp';
import type { CollectedResource } from './collect.ts';

/** Resource attributes of labels that Kubernetes discovery gives to targets. */
const KUBERNETES: Readonly<Record<string, string>> = {
  __meta_kubernetes_pod_name: 'k8s.pod.name',
  __meta_kubernetes_pod_uid: 'k8s.pod.uid',
  __meta_kubernetes_pod_container_name: 'k8s.container.name',
  __meta_kubernetes_namespace: 'k8s.namespace.name',
  __meta_kubernetes_pod_node_name: 'k8s.node.name',
  __meta_kubernetes_node_name: 'k8s.node.name',
  __meta_kubernetes_endpoint_node_name: 'k8s.node.name',
};

const CONTROLLERS: Readonly<Record<string, string>> = {
  ReplicaSet: 'k8s.replicaset.name',
  DaemonSet: 'k8s.daemonset.name',
  StatefulSet: 'k8s.statefulset.name',
  Job: 'k8s.job.name',
  CronJob: 'k8s.cronjob.name',
};

/** Returns the attributes of a resource, as the Collector's receiver makes them of job, instance and `target_info`. */
export function resourceAttributes(
  { job, instance, info }: CollectedResource,
  discovered: ReadonlyMap<string, string>,
): Map<string, AttributeValue> {
  const attributes = new Map<string, AttributeValue>([
    ['service.name', job],
    ['service.instance.id', instance],
  ]);
  const { host, port } = splitHostPort(instance);
  if (isDiscernible(host)) attributes.set('server.address', host);
  attributes.set('server.port', port);
  attributes.set('url.scheme', discovered.get('__scheme__') ?? '');
  for (const [label, key] of Object.entries(KUBERNETES)) {
    const value = discovered.get(label);
    if (value !== undefined) attributes.set(key, value);
  }
  const controller = CONTROLLERS[discovered.get('__meta_kubernetes_pod_controller_kind') ?? ''];
  const controllerName = discovered.get('__meta_kubernetes_pod_controller_name');
  if (controller !== undefined && controllerName !== undefined) attributes.set(controller, controllerName);
  for (const [name, value] of info) attributes.set(name, value);
  return attributes;
}

function splitHostPort(instance: string): { host: string; port: string } {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(instance);
  if (match === null) return { host: instance, port: '' };
  return { host: match[1] ?? match[2] ?? '', port: match[3] ?? '' };
}

/** Reports whether a host says where a target is, which addresses of the loopback interface do not. */
function isDiscernible(host: string): boolean {
  if (isIP(host) === 0) return host !== 'localhost';
  return !host.startsWith('127.') && host !== '::1' && host !== '0.0.0.0' && host !== '::';
}
