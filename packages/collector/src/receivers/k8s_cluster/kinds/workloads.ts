import { type KubernetesObject, RESOURCES, type ResourceType } from '../../../kubernetes/resource.ts';
import { workloadEntity } from '../entity.ts';
import { type ClusterKind, defineKind } from '../kind.ts';
import { type KeptMeta, keptMeta, present, reading } from '../object-fields.ts';

/** The fields of workloads that metrics are made of. */
interface Workload extends KubernetesObject {
  readonly spec?: Readonly<Record<string, unknown>> & {
    readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string };
    readonly schedule?: string;
    readonly concurrencyPolicy?: string;
  };
  readonly status?: Readonly<Record<string, unknown>> & {
    readonly active?: unknown;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
  };
}

/** A field of the specification or status, and the metric that has its value. */
type Field = readonly [part: 'spec' | 'status', field: string, metric: string];

interface KeptWorkload extends KeptMeta {
  /** Values in the order of the fields. */
  readonly values: readonly (number | undefined)[];
  readonly resource: Readonly<Record<string, string>>;
  readonly described: Readonly<Record<string, string>>;
}

interface WorkloadOptions {
  readonly type: ResourceType;
  /** The kind in entity events. */
  readonly kind: string;
  /** What names of attributes and metrics start with: `k8s.deployment`. */
  readonly prefix: string;
  readonly metrics?: string;
  readonly fields: readonly Field[];
  readonly isReferenced?: boolean;
  readonly isOptional?: boolean;
  readonly resource?: (workload: Workload) => Readonly<Record<string, string | undefined>>;
  readonly described?: (workload: Workload) => Readonly<Record<string, string | undefined>>;
}

/** Deployments, replica sets, and the other kinds that make pods. */
export const WORKLOADS: readonly ClusterKind[] = [
  workload({
    type: RESOURCES.deployments,
    kind: 'Deployment',
    prefix: 'k8s.deployment',
    fields: [
      ['spec', 'replicas', 'k8s.deployment.desired'],
      ['status', 'availableReplicas', 'k8s.deployment.available'],
    ],
    described: ({ metadata }) => ({ 'k8s.deployment.name': metadata.name }),
  }),
  workload({
    type: RESOURCES.replicaSets,
    kind: 'ReplicaSet',
    prefix: 'k8s.replicaset',
    isReferenced: true,
    fields: [
      ['spec', 'replicas', 'k8s.replicaset.desired'],
      ['status', 'availableReplicas', 'k8s.replicaset.available'],
    ],
  }),
  workload({
    type: { group: '', version: 'v1', resource: 'replicationcontrollers' },
    kind: 'ReplicationController',
    prefix: 'k8s.replicationcontroller',
    metrics: 'k8s.replication_controller',
    fields: [
      ['spec', 'replicas', 'k8s.replication_controller.desired'],
      ['status', 'availableReplicas', 'k8s.replication_controller.available'],
    ],
  }),
  workload({
    type: RESOURCES.daemonSets,
    kind: 'DaemonSet',
    prefix: 'k8s.daemonset',
    fields: [
      ['status', 'currentNumberScheduled', 'k8s.daemonset.current_scheduled_nodes'],
      ['status', 'desiredNumberScheduled', 'k8s.daemonset.desired_scheduled_nodes'],
      ['status', 'numberMisscheduled', 'k8s.daemonset.misscheduled_nodes'],
      ['status', 'numberReady', 'k8s.daemonset.ready_nodes'],
    ],
  }),
  workload({
    type: RESOURCES.statefulSets,
    kind: 'StatefulSet',
    prefix: 'k8s.statefulset',
    fields: [
      ['spec', 'replicas', 'k8s.statefulset.desired_pods'],
      ['status', 'readyReplicas', 'k8s.statefulset.ready_pods'],
      ['status', 'currentReplicas', 'k8s.statefulset.current_pods'],
      ['status', 'updatedReplicas', 'k8s.statefulset.updated_pods'],
      ['status', 'availableReplicas', 'k8s.statefulset.pod.available'],
    ],
    described: ({ status }) => ({
      current_revision: status?.currentRevision,
      update_revision: status?.updateRevision,
    }),
  }),
  workload({
    type: RESOURCES.jobs,
    kind: 'Job',
    prefix: 'k8s.job',
    isReferenced: true,
    fields: [
      ['status', 'active', 'k8s.job.active_pods'],
      ['status', 'failed', 'k8s.job.failed_pods'],
      ['status', 'succeeded', 'k8s.job.successful_pods'],
      ['spec', 'completions', 'k8s.job.desired_successful_pods'],
      ['spec', 'parallelism', 'k8s.job.max_parallel_pods'],
    ],
  }),
  workload({
    type: RESOURCES.cronJobs,
    kind: 'CronJob',
    prefix: 'k8s.cronjob',
    fields: [['status', 'active', 'k8s.cronjob.active_jobs']],
    described: ({ spec }) => ({ schedule: spec?.schedule, concurrency_policy: spec?.concurrencyPolicy }),
  }),
  workload({
    type: { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' },
    kind: 'HPA',
    prefix: 'k8s.hpa',
    isOptional: true,
    fields: [
      ['spec', 'maxReplicas', 'k8s.hpa.max_replicas'],
      ['spec', 'minReplicas', 'k8s.hpa.min_replicas'],
      ['status', 'currentReplicas', 'k8s.hpa.current_replicas'],
      ['status', 'desiredReplicas', 'k8s.hpa.desired_replicas'],
    ],
    resource: ({ spec }) => ({
      'k8s.hpa.scaletargetref.apiversion': spec?.scaleTargetRef?.apiVersion,
      'k8s.hpa.scaletargetref.kind': spec?.scaleTargetRef?.kind,
      'k8s.hpa.scaletargetref.name': spec?.scaleTargetRef?.name,
    }),
  }),
];

function workload(options: WorkloadOptions): ClusterKind {
  const { type, kind, prefix, metrics = prefix, fields, isReferenced = false, isOptional = false } = options;
  return defineKind<KeptWorkload>({
    ...{ type, isReferenced, isOptional },
    scope: 'namespace',
    metrics: [`${metrics}.`],
    select: (object) => ({
      ...keptMeta(object.metadata),
      values: fields.map(([part, field]) => countOf(part, (object as Workload)[part]?.[field])),
      resource: present(options.resource?.(object) ?? {}),
      described: present(options.described?.(object) ?? {}),
    }),
    groups: ({ uid, name, namespace, values, resource }) => [
      {
        resource: {
          ...present({ [`${prefix}.uid`]: uid, [`${prefix}.name`]: name, 'k8s.namespace.name': namespace }),
          ...resource,
        },
        readings: fields.flatMap(([, , metric], index) => reading(metric, values[index])),
      },
    ],
    entities: (kept) => [workloadEntity(kind, kept, kept.described)],
  });
}

/** A list counts its elements. Numbers that a status leaves out are 0. */
function countOf(part: Field[0], value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'number') return value;
  return part === 'status' ? 0 : undefined;
}
