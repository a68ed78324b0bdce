import { quantityMillis, quantityValue } from '../../../kubernetes/quantity.ts';
import { type KubernetesObject, RESOURCES } from '../../../kubernetes/resource.ts';
import type { Reading, ReadingAttributes } from '../../scraping/reading.ts';
import { type ClusterKind, defineKind } from '../kind.ts';
import { type KeptMeta, keptMeta, present, reading } from '../object-fields.ts';

interface KeptNamespace extends KeptMeta {
  readonly phase: string;
}

const PHASES: Readonly<Record<string, number>> = { Active: 1, Terminating: 0, '': -1 };

/** Namespaces. */
export const NAMESPACES: ClusterKind = defineKind<KeptNamespace>({
  type: RESOURCES.namespaces,
  scope: 'cluster',
  metrics: ['k8s.namespace.'],
  select: (object) => {
    const { status } = object as KubernetesObject & { readonly status?: { readonly phase?: string } };
    return { ...keptMeta(object.metadata), phase: status?.phase ?? '' };
  },
  groups: ({ uid, name, phase }) => [
    {
      resource: { 'k8s.namespace.uid': uid, 'k8s.namespace.name': name },
      readings: reading('k8s.namespace.phase', PHASES[phase] ?? 0),
    },
  ],
  entities: ({ uid, name, phase, created }) => [
    {
      type: 'k8s.namespace',
      idKey: 'k8s.namespace.uid',
      id: uid,
      attributes: present({
        'k8s.namespace.name': name,
        'k8s.namespace.phase': phase.toLowerCase() || 'unknown',
        'k8s.namespace.creation_timestamp': created,
      }),
    },
  ],
});

type Quantities = Readonly<Record<string, unknown>>;

interface QuotaStatus {
  readonly hard?: Quantities;
  readonly used?: Quantities;
}

interface KeptQuota {
  readonly resource: Readonly<Record<string, string>>;
  readonly readings: readonly Reading[];
}

/** Quotas of namespaces. */
export const RESOURCE_QUOTAS: ClusterKind = defineKind<KeptQuota>({
  type: { group: '', version: 'v1', resource: 'resourcequotas' },
  scope: 'namespace',
  metrics: ['k8s.resource_quota.'],
  select: (object) => {
    const { uid, name, namespace = '' } = object.metadata;
    const { status } = object as KubernetesObject & { readonly status?: QuotaStatus };
    return {
      resource: { 'k8s.resourcequota.uid': uid, 'k8s.resourcequota.name': name, 'k8s.namespace.name': namespace },
      readings: [
        ...quotaReadings('k8s.resource_quota.hard_limit', status?.hard),
        ...quotaReadings('k8s.resource_quota.used', status?.used),
      ],
    };
  },
  groups: (quota) => [quota],
});

/** Quotas of OpenShift over several namespaces. */
export const CLUSTER_QUOTAS: ClusterKind = defineKind<KeptQuota>({
  type: { group: 'quota.openshift.io', version: 'v1', resource: 'clusterresourcequotas' },
  scope: 'cluster',
  metrics: ['openshift.'],
  isOptional: true,
  isOpenshift: true,
  select: (object) => {
    const { status } = object as KubernetesObject & {
      readonly status?: {
        readonly total?: QuotaStatus;
        readonly namespaces?: readonly { readonly namespace: string; readonly status?: QuotaStatus }[] | null;
      };
    };
    return {
      resource: {
        'openshift.clusterquota.uid': object.metadata.uid,
        'openshift.clusterquota.name': object.metadata.name,
      },
      readings: [
        ...quotaReadings('openshift.clusterquota.limit', status?.total?.hard),
        ...quotaReadings('openshift.clusterquota.used', status?.total?.used),
        ...(status?.namespaces ?? []).flatMap(({ namespace, status: applied }) => {
          const attributes = { 'k8s.namespace.name': namespace };
          return [
            ...quotaReadings('openshift.appliedclusterquota.limit', applied?.hard, attributes),
            ...quotaReadings('openshift.appliedclusterquota.used', applied?.used, attributes),
          ];
        }),
      ],
    };
  },
  groups: (quota) => [quota],
});

/** CPUs below `requests` and `limits` are thousandths, as in the Collector. */
function quotaReadings(metric: string, quantities: Quantities = {}, attributes: ReadingAttributes = {}) {
  return Object.entries(quantities).flatMap(([resource, quantity]) =>
    reading(metric, resource.endsWith('.cpu') ? quantityMillis(quantity) : quantityValue(quantity), {
      ...attributes,
      resource,
    }),
  );
}
