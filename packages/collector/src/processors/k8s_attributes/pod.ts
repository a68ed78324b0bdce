import type { KubernetesObject } from '../../kubernetes/resource.ts';

/** The fields of a pod that are read. */
export interface Pod extends KubernetesObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly hostname?: string;
    readonly hostNetwork?: boolean;
    readonly containers?: readonly PodContainer[];
    readonly initContainers?: readonly PodContainer[];
  };
  readonly status?: {
    readonly podIP?: string;
    readonly startTime?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

/** A container in the specification of a pod. */
export interface PodContainer {
  readonly name: string;
  readonly image?: string;
}

/** The status of a container. */
export interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly imageID?: string;
  readonly restartCount?: number;
}
