import type { KubernetesObject, ObjectMeta } from '../../../../kubernetes/resource.ts';

/** The part of a pod that targets are made of. */
export interface Pod extends KubernetesObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly containers?: readonly Container[];
    readonly initContainers?: readonly Container[];
  };
  readonly status?: {
    readonly podIP?: string;
    readonly hostIP?: string;
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
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

interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** A port of a service or of its endpoints. */
export interface ServicePort {
  readonly port: number;
  readonly name?: string;
  readonly protocol?: string;
}

/** The part of a service that targets are made of. */
export interface Service extends KubernetesObject {
  readonly spec?: {
    readonly type?: string;
    readonly clusterIP?: string;
    readonly externalName?: string;
    readonly loadBalancerIP?: string;
    readonly ipFamilyPolicy?: string;
    readonly ipFamilies?: readonly string[];
    readonly ports?: readonly ServicePort[];
  };
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip?: string }[] } };
}

/** The part of a node that targets are made of. */
export interface Node extends KubernetesObject {
  readonly spec?: { readonly providerID?: string };
  readonly status?: {
    readonly addresses?: readonly { readonly type: string; readonly address: string }[];
    readonly conditions?: readonly Condition[];
    readonly daemonEndpoints?: { readonly kubeletEndpoint?: { readonly Port?: number } };
  };
}

/** The part of an ingress that targets are made of. */
export interface Ingress extends KubernetesObject {
  readonly spec?: {
    readonly ingressClassName?: string;
    readonly tls?: readonly { readonly hosts?: readonly string[] }[];
    readonly rules?: readonly {
      readonly host?: string;
      readonly http?: { readonly paths?: readonly { readonly path?: string }[] };
    }[];
  };
}

/** What an endpoint refers to. */
export interface TargetRef {
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** An address of endpoints, in the older form. */
export interface EndpointAddress {
  readonly ip: string;
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly targetRef?: TargetRef;
}

/** The endpoints of a service, in the older form. */
export interface Endpoints extends KubernetesObject {
  readonly subsets?: readonly {
    readonly addresses?: readonly EndpointAddress[];
    readonly notReadyAddresses?: readonly EndpointAddress[];
    readonly ports?: readonly ServicePort[];
  }[];
}

/** Some of the endpoints of a service. */
export interface EndpointSlice extends KubernetesObject {
  readonly addressType?: string;
  readonly ports?: readonly SlicePort[] | null;
  readonly endpoints?: readonly SliceEndpoint[] | null;
}

/** A port of endpoints. */
export interface SlicePort {
  readonly name?: string;
  readonly port?: number;
  readonly protocol?: string;
  readonly appProtocol?: string;
}

/** An endpoint of a slice. */
export interface SliceEndpoint {
  readonly addresses?: readonly string[];
  readonly conditions?: { readonly ready?: boolean; readonly serving?: boolean; readonly terminating?: boolean };
  readonly hostname?: string;
  readonly nodeName?: string;
  readonly zone?: string;
  readonly targetRef?: TargetRef;
  readonly deprecatedTopology?: Readonly<Record<string, string>>;
}

/** Returns the metadata that labels are made of. */
export function selectMeta({ name, namespace, uid, labels, annotations, ownerReferences }: ObjectMeta): ObjectMeta {
  return {
    name,
    uid,
    ...(namespace !== undefined && { namespace }),
    ...(labels !== undefined && { labels }),
    ...(annotations !== undefined && { annotations }),
    ...(ownerReferences !== undefined && { ownerReferences }),
  };
}

/** Returns the part of a pod that is kept. */
export function selectPod({ metadata, spec = {}, status = {} }: Pod): Pod {
  const containers = (list: readonly Container[] = []) =>
    list.map(({ name, image, ports }) => ({ name, image, ports }));
  const statuses = (list: readonly ContainerStatus[] = []) =>
    list.map(({ name, containerID }) => ({ name, containerID }));
  return {
    metadata: selectMeta(metadata),
    spec: {
      nodeName: spec.nodeName,
      containers: containers(spec.containers),
      initContainers: containers(spec.initContainers),
    },
    status: {
      podIP: status.podIP,
      hostIP: status.hostIP,
      phase: status.phase,
      conditions: status.conditions?.filter(({ type }) => type === 'Ready'),
      containerStatuses: statuses(status.containerStatuses),
      initContainerStatuses: statuses(status.initContainerStatuses),
    },
  } as Pod;
}
