import { type KubernetesObject, RESOURCES } from '../../../kubernetes/resource.ts';
import type { ClusterObjects } from '../cluster-objects.ts';
import { type Entity, ownerAttributes } from '../entity.ts';
import { type ClusterKind, defineKind } from '../kind.ts';
import { keptMeta, prefixed, present, reading } from '../object-fields.ts';
import { type ContainerFields, containerEntities, containerGroups, keptContainers } from './containers.ts';
import type { KeptPod } from './kept-pod.ts';

/** The fields of a pod that are read. */
interface PodObject extends KubernetesObject {
  readonly spec?: ContainerFields['spec'] & { readonly nodeName?: string };
  readonly status?: ContainerFields['status'] & {
    readonly phase?: string;
    readonly reason?: string;
    readonly qosClass?: string;
  };
}

const PHASES = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];
const REASONS = ['Evicted', 'NodeAffinity', 'NodeLost', 'Shutdown', 'UnexpectedAdmissionError'];
/** Owners that have an owner themselves, which is the workload of the pod. */
const INTERMEDIATE: Readonly<Record<string, { readonly resource: string; readonly owner: string }>> = {
  ReplicaSet: { resource: RESOURCES.replicaSets.resource, owner: 'Deployment' },
  Job: { resource: RESOURCES.jobs.resource, owner: 'CronJob' },
};

/** Pods and their containers. */
export const PODS: ClusterKind = defineKind<KeptPod>({
  type: RESOURCES.pods,
  scope: 'namespace',
  metrics: ['k8s.pod.', 'k8s.container.'],
  select: (object) => {
    const { metadata, spec = {}, status = {} } = object as PodObject;
    const { phase = 'Unknown', reason = '', qosClass = '' } = status;
    return {
      ...keptMeta(metadata),
      node: spec.nodeName ?? '',
      ...{ phase, reason, qosClass },
      containers: keptContainers({ spec, status }),
    };
  },
  groups: (pod) => [
    {
      resource: present({
        'k8s.pod.uid': pod.uid,
        'k8s.pod.name': pod.name,
        'k8s.pod.qos_class': pod.qosClass,
        'k8s.namespace.name': pod.namespace,
        'k8s.node.name': pod.node,
      }),
      readings: [
        ...reading('k8s.pod.phase', numberIn(PHASES, pod.phase, PHASES.length)),
        ...reading('k8s.pod.status_reason', numberIn(REASONS, pod.reason, REASONS.length + 1)),
      ],
    },
    ...containerGroups(pod),
  ],
  entities: (pod, cluster) => [podEntity(pod, cluster), ...containerEntities(pod)],
});

/** Returns the place of a text in a list, from 1. */
function numberIn(texts: readonly string[], text: string, unknown: number): number {
  const index = texts.indexOf(text);
  return index < 0 ? unknown : index + 1;
}

function podEntity(pod: KeptPod, cluster: ClusterObjects): Entity {
  return {
    type: 'k8s.pod',
    idKey: 'k8s.pod.uid',
    id: pod.uid,
    attributes: {
      ...prefixed('k8s.pod.label', pod.labels),
      ...present({
        'pod.creation_timestamp': pod.created,
        'k8s.pod.phase': pod.phase,
        'k8s.pod.status_reason': pod.reason,
        'k8s.node.name': pod.node,
        'k8s.namespace.name': pod.namespace,
        'k8s.pod.name': pod.name,
      }),
      ...ownerAttributes(pod),
      ...workloadAttributes(pod, cluster),
      // Empty texts, as the Collector has them.
      ...Object.fromEntries(cluster.servicesOf(pod).map((name) => [`k8s.service.${name}`, ''])),
    },
  };
}

/** Returns the workload of a pod: the owner of its replica set or job, or else its own owner. */
function workloadAttributes(pod: KeptPod, cluster: ClusterObjects): Readonly<Record<string, string>> {
  return Object.assign(
    {},
    ...pod.owners.map((direct) => {
      const intermediate = INTERMEDIATE[direct.kind];
      if (intermediate === undefined) return { 'k8s.workload.kind': direct.kind, 'k8s.workload.name': direct.name };
      const known = cluster.find(intermediate.resource, direct.uid);
      // Without the object, the workload is unknown until the next event.
      if (known === undefined) return {};
      const owner = known.owners.find(({ kind }) => kind === intermediate.owner) ?? direct;
      const term = owner.kind.toLowerCase();
      return {
        'k8s.workload.kind': owner.kind,
        'k8s.workload.name': owner.name,
        [`k8s.${term}.name`]: owner.name,
        [`k8s.${term}.uid`]: owner.uid,
      };
    }),
  ) as Readonly<Record<string, string>>;
}
