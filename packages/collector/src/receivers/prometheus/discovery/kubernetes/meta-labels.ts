import type { ObjectMeta, OwnerReference } from '../../../../kubernetes/resource.ts';
import type { KubernetesDiscoveryConfig } from '../../config/kubernetes.ts';
import type { DiscoveredLabels } from '../../labels/target-labels.ts';
import type { Node, Pod, Service } from './objects.ts';

/** The objects that targets refer to, by `namespace/name`; nodes and namespaces by name. */
export interface Related {
  readonly attach: KubernetesDiscoveryConfig['attachMetadata'];
  readonly pods: ReadonlyMap<string, Pod>;
  readonly services: ReadonlyMap<string, Service>;
  readonly nodes: ReadonlyMap<string, Node>;
  readonly namespaces: ReadonlyMap<string, { readonly metadata: ObjectMeta }>;
  readonly replicaSets: ReadonlyMap<string, { readonly metadata: ObjectMeta }>;
  readonly jobs: ReadonlyMap<string, { readonly metadata: ObjectMeta }>;
}

/** Labels that are still added to. */
export type Labels = Record<string, string>;

const PREFIX = '__meta_kubernetes_';

/** Returns the name of a label of Kubernetes discovery. */
export function meta(name: string): string {
  return PREFIX + name;
}

/** Replaces what names of labels cannot have. */
export function sanitized(name: string): string {
  return name.replace(/\W/g, '_');
}

/** Returns `namespace/name`. */
export function keyOf(namespace: string | undefined, name: string | undefined): string {
  return `${namespace ?? ''}/${name ?? ''}`;
}

/** Returns `host:port`, with brackets for IPv6. */
export function hostPort(host: string, port: number | undefined): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port ?? 0}`;
}

/** Returns the labels of the name, labels and annotations of an object. */
export function objectLabels(metadata: ObjectMeta, role: string): Labels {
  return { [meta(`${role}_name`)]: metadata.name, ...fieldLabels(metadata, role) };
}

function fieldLabels({ labels = {}, annotations = {} }: ObjectMeta, role: string): Labels {
  const all: Labels = {};
  for (const [kind, texts] of [
    ['label', labels],
    ['annotation', annotations],
  ] as const)
    for (const [key, value] of Object.entries(texts)) {
      const name = sanitized(key);
      all[meta(`${role}_${kind}_${name}`)] = value;
      all[meta(`${role}_${kind}present_${name}`)] = 'true';
    }
  return all;
}

/** Returns the labels of a namespace, if they are attached. */
export function namespaceLabels(namespace: string | undefined, { attach, namespaces }: Related): Labels {
  const found = attach.namespace ? namespaces.get(namespace ?? '') : undefined;
  return found === undefined ? {} : fieldLabels(found.metadata, 'namespace');
}

/** Returns the labels of a node, if they are attached. */
export function nodeLabels(name: string | undefined, { attach, nodes }: Related): Labels {
  const found = attach.node && name !== undefined ? nodes.get(name) : undefined;
  return found === undefined ? {} : objectLabels(found.metadata, 'node');
}

/** Returns the labels that all targets of a service have. */
export function serviceLabels({ metadata }: Service): Labels {
  return { [meta('namespace')]: metadata.namespace ?? '', ...objectLabels(metadata, 'service') };
}

/** Returns the labels that all targets of a pod have. */
export function podLabels({ metadata, spec = {}, status = {} }: Pod, related: Related): Labels {
  const ready = status.conditions?.find(({ type }) => type === 'Ready')?.status ?? 'Unknown';
  const labels: Labels = {
    [meta('pod_ip')]: status.podIP ?? '',
    [meta('pod_ready')]: ready.toLowerCase(),
    [meta('pod_phase')]: status.phase ?? '',
    [meta('pod_node_name')]: spec.nodeName ?? '',
    [meta('pod_host_ip')]: status.hostIP ?? '',
    [meta('pod_uid')]: metadata.uid,
    ...objectLabels(metadata, 'pod'),
  };
  const controller = controllerOf(metadata);
  if (controller === undefined) return labels;
  labels[meta('pod_controller_kind')] = controller.kind;
  labels[meta('pod_controller_name')] = controller.name;
  const { attach, replicaSets, jobs } = related;
  const ownerOf = (objects: Related['jobs'], kind: string): string | undefined => {
    const object = objects.get(keyOf(metadata.namespace, controller.name));
    const owner = object === undefined ? undefined : controllerOf(object.metadata);
    return owner?.kind === kind ? owner.name : undefined;
  };
  if (controller.kind === 'ReplicaSet' && attach.deployment)
    put(labels, 'pod_deployment_name', ownerOf(replicaSets, 'Deployment'));
  if (controller.kind === 'Job') {
    if (attach.job) labels[meta('pod_job_name')] = controller.name;
    if (attach.cronjob) put(labels, 'pod_cronjob_name', ownerOf(jobs, 'CronJob'));
  }
  return labels;
}

/** Sets a label, unless its value is not known. */
export function put(labels: Labels, name: string, value: string | number | boolean | undefined): void {
  if (value !== undefined) labels[meta(name)] = String(value);
}

/** Returns targets that have the labels of their group, where they have no such label themselves. */
export function grouped(group: Labels, targets: readonly Labels[]): DiscoveredLabels[] {
  return targets.map((target) => ({ ...group, ...target }) as unknown as DiscoveredLabels);
}

function controllerOf({ ownerReferences = [] }: ObjectMeta): OwnerReference | undefined {
  return ownerReferences.find(({ controller }) => controller === true);
}
