import type { KubernetesObject, OwnerReference } from '../../kubernetes/resource.ts';

type Json = Readonly<Record<string, unknown>>;

/** A variable of a container. */
export interface Variable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: Json;
}

/** A container, of which only some fields are read. The others are kept. */
export interface Container {
  readonly name: string;
  readonly image?: string;
  readonly env?: readonly Variable[];
  readonly volumeMounts?: readonly VolumeMount[];
  readonly securityContext?: Json;
  readonly [field: string]: unknown;
}

/** Where a volume is mounted. */
export interface VolumeMount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

/** A volume of a pod. */
export interface Volume {
  readonly name: string;
  readonly [source: string]: unknown;
}

/** A pod as it is created, of which only some fields are read. It has no name yet if a controller creates it. */
export interface Pod {
  readonly metadata?: {
    readonly name?: string;
    readonly generateName?: string;
    readonly uid?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly OwnerReference[];
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly containers: readonly Container[];
    readonly initContainers?: readonly Container[];
    readonly volumes?: readonly Volume[];
    readonly [field: string]: unknown;
  };
  readonly [field: string]: unknown;
}

/** A namespace, of which only the metadata is read. */
export type Namespace = KubernetesObject;

/** Returns the containers of a pod in both lists, those that run before the others first. */
export function containersOf({ spec }: Pod): readonly Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}

/** Returns a pod in which a container has other fields. */
export function withContainer(pod: Pod, container: Container): Pod {
  const replaced = (list: readonly Container[]) => list.map((one) => (one.name === container.name ? container : one));
  const { initContainers, containers } = pod.spec;
  return {
    ...pod,
    spec: {
      ...pod.spec,
      ...(initContainers !== undefined && { initContainers: replaced(initContainers) }),
      containers: replaced(containers),
    },
  };
}

/**
 * Returns the value of an annotation for a pod: that of the pod, or that of its namespace. If the pod has `true`, a name that the
 * namespace has wins, as in the OpenTelemetry operator. Empty: none.
 */
export function annotationOf(name: string, pod: Pod, namespace: Namespace): string {
  const own = pod.metadata?.annotations?.[name] ?? '';
  const inherited = namespace.metadata.annotations?.[name] ?? '';
  if (own === '') return inherited;
  const hasName = isText(own, 'true') && inherited !== '' && !isText(inherited, 'false');
  return hasName ? inherited : own;
}

/** Reports whether a value is `true` or `false`, in any case. */
export function isText(value: string, expected: 'true' | 'false'): boolean {
  return value.toLowerCase() === expected;
}
