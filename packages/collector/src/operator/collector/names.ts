import type { ResourceType } from '../../kubernetes/resource.ts';
import { API_VERSION } from '../definitions/custom-resources.ts';
import type { Collector } from './model.ts';

/** Owner of the fields that the operator writes. */
export const FIELD_MANAGER = 'otelier-operator';
/** The finalizer of collectors, whose roles of the cluster no owner reference deletes. */
export const FINALIZER = 'otelier.dev/roles';
/** The annotation with the hash of an object as the operator has sent it. */
export const HASH_ANNOTATION = 'otelier.dev/hash';
/** The label with the namespace of the collector, on roles of the cluster. */
export const NAMESPACE_LABEL = 'otelier.dev/namespace';
export const MANAGED_BY = 'app.kubernetes.io/managed-by';
export const INSTANCE = 'app.kubernetes.io/instance';

/** Labels that select the pods of a collector. */
export function selectorLabels({ metadata }: Pick<Collector, 'metadata'>): Readonly<Record<string, string>> {
  return { 'app.kubernetes.io/name': 'otelier', [INSTANCE]: metadata.name, 'app.kubernetes.io/component': 'collector' };
}

/** Labels of all objects of a collector. */
export function labelsOf(collector: Collector): Readonly<Record<string, string>> {
  return { ...selectorLabels(collector), [MANAGED_BY]: FIELD_MANAGER };
}

/** Returns the reference to the owner, with which objects are deleted. */
export function ownerOf({ metadata }: Collector) {
  return {
    apiVersion: API_VERSION,
    kind: 'Collector',
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Name of the roles of the cluster for a collector. */
export function roleName({ metadata }: Collector): string {
  return `otelier-${metadata.namespace}-${metadata.name}`;
}

/** Types of the objects that the operator writes for collectors. */
export const CHILD_TYPES = {
  ServiceAccount: { group: '', version: 'v1', resource: 'serviceaccounts' },
  ConfigMap: { group: '', version: 'v1', resource: 'configmaps' },
  Service: { group: '', version: 'v1', resource: 'services' },
  Deployment: { group: 'apps', version: 'v1', resource: 'deployments' },
  StatefulSet: { group: 'apps', version: 'v1', resource: 'statefulsets' },
  DaemonSet: { group: 'apps', version: 'v1', resource: 'daemonsets' },
  HorizontalPodAutoscaler: { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' },
  PodDisruptionBudget: { group: 'policy', version: 'v1', resource: 'poddisruptionbudgets' },
  ClusterRole: { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' },
  ClusterRoleBinding: { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterrolebindings' },
} as const satisfies Readonly<Record<string, ResourceType>>;

export type ChildKind = keyof typeof CHILD_TYPES;
