import { timeOf } from '../core/conditions.ts';
import type { Collector, Rollout } from './model.ts';

/** Numbers of pods in the status of a workload. */
export interface WorkloadStatus {
  /** Whether the numbers are those of the workload as it is now. */
  readonly isCurrent: boolean;
  /** Pods that should run. */
  readonly desired: number;
  readonly replicas: number;
  readonly ready: number;
  /** Pods that run the current template. */
  readonly updated: number;
  /** Pods that were ready for long enough. */
  readonly available: number;
}

/** What becomes of a change. */
export type RolloutStep =
  | { readonly kind: 'complete' }
  | { readonly kind: 'progressing'; readonly rollout: Rollout; readonly waitMillis: number }
  | { readonly kind: 'failed' };

/** Returns the numbers of a Deployment, StatefulSet or DaemonSet. */
export function workloadStatusOf(workload: object): WorkloadStatus {
  const {
    metadata,
    spec,
    status = {},
  } = workload as {
    readonly metadata: { readonly generation?: number };
    readonly spec?: { readonly replicas?: number };
    readonly status?: Readonly<Record<string, number | undefined>>;
  };
  const at = (...names: readonly string[]): number =>
    names.map((name) => status[name]).find((n) => n !== undefined) ?? 0;
  return {
    isCurrent: at('observedGeneration') >= (metadata.generation ?? 0),
    desired: spec?.replicas ?? at('desiredNumberScheduled'),
    replicas: at('replicas', 'currentNumberScheduled'),
    ready: at('readyReplicas', 'numberReady'),
    updated: at('updatedReplicas', 'updatedNumberScheduled'),
    available: at('availableReplicas', 'numberAvailable'),
  };
}

/** Follows the change to a revision by the readiness of its pods. */
export function followRollout(
  { spec, status }: Collector,
  revision: string,
  workload: WorkloadStatus,
  nowMillis: number,
): RolloutStep {
  const { isCurrent, desired, replicas, updated, available } = workload;
  if (isCurrent && updated === desired && available >= desired && replicas <= desired) return { kind: 'complete' };
  const known = status?.rollout?.revision === revision ? status.rollout : undefined;
  const updatedReplicas = isCurrent ? updated : 0;
  const hasProgressed = known === undefined || updatedReplicas > known.updatedReplicas;
  const rollout = hasProgressed ? { revision, updatedReplicas, progressTime: timeOf(nowMillis) } : known;
  const waitMillis = Date.parse(rollout.progressTime) + spec.rollout.failAfterSeconds * 1000 - nowMillis;
  if (waitMillis <= 0) return { kind: 'failed' };
  return { kind: 'progressing', rollout, waitMillis };
}
