import type { Reading } from '../../scraping/reading.ts';
import type { KeptMeta } from '../object-fields.ts';

/** States of a container. */
export const CONTAINER_STATES = ['running', 'waiting', 'terminated'] as const;

/** What is kept of a pod. */
export interface KeptPod extends KeptMeta {
  readonly node: string;
  readonly phase: string;
  readonly reason: string;
  readonly qosClass: string;
  readonly containers: readonly KeptContainer[];
}

/** What is kept of a container. */
export interface KeptContainer {
  readonly name: string;
  /** Readings of requests and limits. */
  readonly resources: readonly Reading[];
  /** `undefined` before the kubelet reports the container. */
  readonly status: KeptStatus | undefined;
}

/** What is kept of the status of a container. */
export interface KeptStatus {
  /** Without the runtime in front; empty before the container runs. */
  readonly id: string;
  readonly imageName: string;
  readonly imageTag: string;
  readonly isReady: boolean;
  readonly restarts: number;
  readonly state: (typeof CONTAINER_STATES)[number] | undefined;
  readonly reason: string;
  readonly startedAt: string;
  readonly lastTerminatedReason: string;
}
