import type { KubernetesObject } from '../../kubernetes/resource.ts';
import type { Condition } from '../core/conditions.ts';

type Json = Readonly<Record<string, unknown>>;

/** The components of a pipeline. */
export interface PipelineList {
  readonly receivers: readonly string[];
  readonly processors?: readonly string[];
  readonly exporters: readonly string[];
}

/** Component configurations by ID, in the sections of a configuration. */
export interface ComponentSections {
  readonly receivers?: Json;
  readonly processors?: Json;
  readonly exporters?: Json;
  readonly connectors?: Json;
}

/** A configuration as users write it. */
export interface WrittenConfig extends ComponentSections {
  readonly extensions?: Json;
  readonly service: Json & {
    readonly extensions?: readonly string[];
    readonly pipelines?: Readonly<Record<string, PipelineList>>;
  };
}

/** A `Collector`, with the defaults of its definition. */
export interface Collector extends KubernetesObject {
  readonly metadata: KubernetesObject['metadata'] & {
    readonly generation?: number;
    readonly finalizers?: readonly string[];
  };
  readonly spec: {
    /** Workload of the pods; for `sidecar`, see `isSidecar`. */
    readonly mode: 'deployment' | 'statefulset' | 'daemonset';
    readonly replicas?: number;
    readonly image?: string;
    readonly imagePullPolicy?: string;
    readonly paused?: boolean;
    readonly config: WrittenConfig;
    readonly ports?: readonly ServicePort[];
    readonly autoscaler?: {
      readonly minReplicas: number;
      readonly maxReplicas: number;
      readonly targetCPUUtilization?: number;
      readonly targetMemoryUtilization?: number;
    };
    readonly podDisruptionBudget?: Json;
    readonly storage?: { readonly size: string | number; readonly storageClass?: string };
    readonly rollout: {
      readonly strategy: 'canary' | 'all';
      readonly healthyAfterSeconds: number;
      readonly failAfterSeconds: number;
    };
    readonly env?: readonly { readonly name: string; readonly value?: string; readonly valueFrom?: Json }[];
    readonly envFrom?: readonly Json[];
    readonly resources?: Json;
    readonly serviceAccount?: string;
    readonly podAnnotations?: Readonly<Record<string, string>>;
    readonly podLabels?: Readonly<Record<string, string>>;
    readonly nodeSelector?: Json;
    readonly tolerations?: readonly Json[];
    readonly affinity?: Json;
    readonly priorityClassName?: string;
    readonly terminationGracePeriodSeconds?: number;
    readonly imagePullSecrets?: readonly Json[];
    readonly volumes?: readonly Json[];
    readonly volumeMounts?: readonly Json[];
  };
  readonly status?: CollectorStatus;
}

/** Reports whether the webhook adds the collector to pods of others. It has no workload, so that no other part handles the mode. */
export function isSidecar({ spec }: Pick<Collector, 'spec'>): boolean {
  return (spec.mode as string) === 'sidecar';
}

/** What the operator has observed of a `Collector`. */
export interface CollectorStatus {
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly selector?: string;
  /** Revision that all pods run. */
  readonly revision?: string | null;
  readonly failedRevision?: string | null;
  /** The change that is rolled out. */
  readonly rollout?: Rollout | null;
}

/** A change that is rolled out. */
export interface Rollout {
  readonly revision: string;
  /** Pods that run it and are ready, at most. */
  readonly updatedReplicas: number;
  /** When this number has last increased. */
  readonly progressTime: string;
}

/** A port of a service. */
export interface ServicePort {
  readonly name: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/** A `Pipeline`. */
export interface Pipeline extends KubernetesObject {
  readonly metadata: Collector['metadata'];
  readonly spec: ComponentSections & {
    readonly collectors: readonly string[];
    readonly signal: string;
    readonly pipeline: PipelineList;
  };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}
