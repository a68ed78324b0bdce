import { quantityCpus, quantityValue } from '../../../kubernetes/quantity.ts';
import { type KubernetesObject, RESOURCES } from '../../../kubernetes/resource.ts';
import { type ClusterKind, defineKind } from '../kind.ts';
import { snakeCase } from '../node-metrics.ts';
import { type KeptMeta, keptMeta, prefixed, present, reading } from '../object-fields.ts';

/** The fields of a node that are read. */
interface NodeObject extends KubernetesObject {
  readonly status?: {
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly allocatable?: Readonly<Record<string, unknown>>;
    readonly nodeInfo?: {
      readonly kubeletVersion?: string;
      readonly containerRuntimeVersion?: string;
      readonly osImage?: string;
      readonly operatingSystem?: string;
    };
  };
}

interface KeptNode extends KeptMeta {
  readonly conditions: ReadonlyMap<string, string>;
  readonly allocatable: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, string>>;
}

const STATUSES: Readonly<Record<string, number>> = { True: 1, False: 0, Unknown: -1 };
/** Conditions that the kubelet sets. Others may change often, and are in no entity event. */
const KUBELET_CONDITIONS = new Set(['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable']);

/** Nodes. */
export const NODES: ClusterKind = defineKind<KeptNode>({
  type: RESOURCES.nodes,
  scope: 'cluster',
  metrics: ['k8s.node.'],
  select: (object) => {
    const { metadata, status = {} } = object as NodeObject;
    const { kubeletVersion, containerRuntimeVersion, osImage, operatingSystem } = status.nodeInfo ?? {};
    const [runtime, version, ...rest] = (containerRuntimeVersion ?? '').split('://');
    const isRuntime = version !== undefined && rest.length === 0;
    return {
      ...keptMeta(metadata),
      conditions: new Map((status.conditions ?? []).map((condition) => [condition.type, condition.status])),
      allocatable: status.allocatable ?? {},
      resource: present({
        'k8s.node.uid': metadata.uid,
        'k8s.node.name': metadata.name,
        'k8s.kubelet.version': kubeletVersion,
        'container.runtime': isRuntime ? runtime : '',
        'container.runtime.version': isRuntime ? version : '',
        'os.description': osImage,
        'os.type': operatingSystem,
      }),
    };
  },
  groups: ({ resource, conditions, allocatable }, _, options) => [
    {
      resource,
      readings: [
        ...[...conditions].flatMap(([condition, status]) =>
          reading('k8s.node.condition', STATUSES[status] ?? 0, { condition }),
        ),
        ...options.conditions.flatMap(({ of, name }) => reading(name, STATUSES[conditions.get(of) ?? 'Unknown'] ?? 0)),
        ...options.allocatable.flatMap(({ of, name }) =>
          reading(name, of === 'cpu' ? quantityCpus(allocatable[of]) : quantityValue(allocatable[of])),
        ),
      ],
    },
  ],
  entities: ({ uid, name, created, labels, conditions }) => [
    {
      type: 'k8s.node',
      idKey: 'k8s.node.uid',
      id: uid,
      attributes: {
        ...prefixed('k8s.node.label', labels),
        ...present({ 'k8s.node.name': name, 'node.creation_timestamp': created }),
        ...Object.fromEntries(
          [...conditions]
            .filter(([type]) => KUBELET_CONDITIONS.has(type))
            .map(([type, status]) => [`k8s.node.condition_${snakeCase(type)}`, status.toLowerCase()]),
        ),
      },
    },
  ],
});
