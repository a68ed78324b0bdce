import type { KubernetesObject } from '../../kubernetes/resource.ts';

/** The part of a pod that is read. */
export interface Pod extends KubernetesObject {
  readonly spec?: {
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  readonly status?: {
    readonly podIP?: string;
    readonly phase?: string;
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

/** A container of a pod. */
export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly ports?: readonly { readonly containerPort: number; readonly name?: string; readonly protocol?: string }[];
}

/** The state of a container. */
export interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly state?: { readonly running?: object; readonly terminated?: { readonly finishedAt?: string } };
}

/** The part of a node that is read. */
export interface Node extends KubernetesObject {
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
  };
}

/** The part of a service that is read. */
export interface Service extends KubernetesObject {
  readonly spec?: { readonly type?: string; readonly clusterIP?: string };
}

/** The part of an ingress that is read. */
export interface Ingress extends KubernetesObject {
  readonly spec?: {
    readonly tls?: readonly { readonly hosts?: readonly string[] }[];
    readonly rules?: readonly {
      readonly host?: string;
      readonly http?: { readonly paths?: readonly { readonly path?: string }[] };
    }[];
  };
}
