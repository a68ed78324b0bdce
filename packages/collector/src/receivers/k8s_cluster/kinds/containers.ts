import { parseImage } from '../../../kubernetes/image-reference.ts';
import { quantityCpus, quantityValue } from '../../../kubernetes/quantity.ts';
import type { Reading } from '../../scraping/reading.ts';
import type { ServerGroup } from '../../scraping/server-scraper.ts';
import type { Entity } from '../entity.ts';
import { present, reading } from '../object-fields.ts';
import { CONTAINER_STATES, type KeptContainer, type KeptPod, type KeptStatus } from './kept-pod.ts';

type Quantities = Readonly<Record<string, unknown>>;

/** The fields of a pod about its containers. */
export interface ContainerFields {
  readonly spec?: {
    readonly containers?: readonly {
      readonly name: string;
      readonly resources?: { readonly requests?: Quantities; readonly limits?: Quantities };
    }[];
  };
  readonly status?: { readonly containerStatuses?: readonly ContainerStatus[] };
}

interface ContainerStatus {
  readonly name: string;
  readonly image?: string;
  readonly containerID?: string;
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerStates;
  readonly lastState?: ContainerStates;
}

interface ContainerStates {
  readonly running?: { readonly startedAt?: string };
  readonly waiting?: { readonly reason?: string };
  readonly terminated?: { readonly reason?: string; readonly startedAt?: string };
}

const REASONS = [
  'ContainerCreating',
  'CrashLoopBackOff',
  'CreateContainerConfigError',
  'ErrImagePull',
  'ImagePullBackOff',
  'OOMKilled',
  'Completed',
  'Error',
  'ContainerCannotRun',
];
const RESOURCES: Readonly<Record<string, string>> = {
  cpu: 'cpu',
  memory: 'memory',
  storage: 'storage',
  'ephemeral-storage': 'ephemeralstorage',
};

/** Returns what is kept of the containers of a pod. */
export function keptContainers({ spec = {}, status = {} }: ContainerFields): readonly KeptContainer[] {
  const statuses = new Map((status.containerStatuses ?? []).map((one) => [one.name, one]));
  return (spec.containers ?? []).map(({ name, resources = {} }) => {
    const found = statuses.get(name);
    return {
      name,
      resources: [...quantityReadings('request', resources.requests), ...quantityReadings('limit', resources.limits)],
      status: found && keptStatus(found),
    };
  });
}

function quantityReadings(what: 'request' | 'limit', quantities: Quantities = {}): readonly Reading[] {
  return Object.entries(quantities).flatMap(([type, quantity]) => {
    const term = RESOURCES[type];
    if (term === undefined) return [];
    const value = type === 'cpu' ? quantityCpus(quantity) : quantityValue(quantity);
    return reading(`k8s.container.${term}_${what}`, value);
  });
}

function keptStatus(status: ContainerStatus): KeptStatus {
  const { image = '', containerID = '', ready = false, restartCount = 0, state = {}, lastState = {} } = status;
  const { running, waiting, terminated } = state;
  const parsed = parseImage(image);
  return {
    id: containerID.replace(/^[\w-]+:\/\//, ''),
    imageName: parsed?.name ?? '',
    imageTag: parsed?.tag ?? '',
    isReady: ready,
    restarts: restartCount,
    state: CONTAINER_STATES.find((one) => state[one] !== undefined),
    reason: terminated?.reason ?? waiting?.reason ?? '',
    startedAt: running?.startedAt ?? terminated?.startedAt ?? '',
    lastTerminatedReason: lastState.terminated?.reason ?? '',
  };
}

/** Returns the metrics of the containers of a pod. */
export function containerGroups(pod: KeptPod): readonly ServerGroup[] {
  return pod.containers.map(({ name, resources, status }) => ({
    resource: present({
      'container.id': status?.id,
      'k8s.container.name': name,
      'container.image.name': status?.imageName,
      'container.image.tag': status?.imageTag,
      'k8s.container.status.last_terminated_reason': status?.lastTerminatedReason,
      'k8s.pod.uid': pod.uid,
      'k8s.pod.name': pod.name,
      'k8s.namespace.name': pod.namespace,
      'k8s.node.name': pod.node,
    }),
    readings: status === undefined ? resources : [...resources, ...statusReadings(status)],
  }));
}

function statusReadings({ restarts, isReady, state, reason }: KeptStatus): readonly Reading[] {
  const states = CONTAINER_STATES.flatMap((one) =>
    reading('k8s.container.status.state', one === state ? 1 : 0, { 'k8s.container.status.state': one }),
  );
  return [
    ...reading('k8s.container.restarts', restarts),
    ...reading('k8s.container.ready', isReady ? 1 : 0),
    ...(state === undefined ? [] : states),
    ...REASONS.flatMap((one) =>
      reading('k8s.container.status.reason', one === reason ? 1 : 0, { 'k8s.container.status.reason': one }),
    ),
  ];
}

/** Returns the entities of the containers of a pod that have an ID. */
export function containerEntities(pod: KeptPod): readonly Entity[] {
  return pod.containers.flatMap(({ name, status }) =>
    status === undefined || status.id === ''
      ? []
      : [
          {
            type: 'container',
            idKey: 'container.id',
            id: status.id,
            attributes: present({
              'container.image.name': status.imageName,
              'container.image.tag': status.imageTag,
              'k8s.container.name': name,
              'k8s.pod.name': pod.name,
              'k8s.pod.uid': pod.uid,
              'k8s.namespace.name': pod.namespace,
              'k8s.node.name': pod.node,
              'container.status': status.state,
              'container.status.reason': status.reason,
              'container.creation_timestamp': status.startedAt,
            }),
          },
        ],
  );
}
