import type { ObservedEndpoint } from '../../component/discovery/endpoint.ts';
import type { ObserverConfig } from './config.ts';
import { metadataOf } from './endpoints.ts';
import type { Container, ContainerStatus, Pod } from './objects.ts';

/** An endpoint, which can be of a container that has ended. */
export interface TimedEndpoint {
  readonly endpoint: ObservedEndpoint;
  /** Time at which its container ended, in milliseconds since the Unix epoch; `undefined` if it runs. */
  readonly endedMillis: number | undefined;
}

/** Returns the endpoints of a pod: the pod, its containers that run or have ended, and their ports. */
export function podEndpoints(
  observer: string,
  pod: Pod,
  { observePodPhases, observeInitContainers }: ObserverConfig,
): TimedEndpoint[] {
  const { podIP = '', phase = '', containerStatuses = [], initContainerStatuses = [] } = pod.status ?? {};
  if (!observePodPhases.some((one) => one === phase)) return [];
  const id = `${observer}/${pod.metadata.uid}`;
  const details = metadataOf(pod);
  const endpoints: TimedEndpoint[] = [
    { endpoint: { id, type: 'pod', target: podIP, details }, endedMillis: undefined },
  ];
  for (const container of pod.spec?.containers ?? []) {
    const state = stateOf(container, containerStatuses);
    if (state === undefined) continue;
    const { endedMillis } = state;
    const names = namesOf(container, state.id);
    endpoints.push({
      endpoint: {
        id: `${id}/${container.name}`,
        type: 'pod.container',
        target: podIP,
        details: { ...names, is_init_container: false, pod: details },
      },
      endedMillis,
    });
    for (const { name = '', containerPort, protocol = 'TCP' } of container.ports ?? []) {
      const target = `${podIP.includes(':') ? `[${podIP}]` : podIP}:${containerPort}`;
      const port = { name, port: containerPort, transport: protocol, ...names, pod: details };
      endpoints.push({
        endpoint: { id: `${id}/${name}(${containerPort})`, type: 'port', target, details: port },
        endedMillis,
      });
    }
  }
  for (const container of (observeInitContainers && pod.spec?.initContainers) || []) {
    const state = stateOf(container, initContainerStatuses);
    if (state === undefined) continue;
    endpoints.push({
      endpoint: {
        id: `${id}/${container.name}`,
        type: 'pod.container',
        target: podIP,
        details: { ...namesOf(container, state.id), is_init_container: true, pod: details },
      },
      endedMillis: state.endedMillis,
    });
  }
  return endpoints;
}

function namesOf({ name, image = '' }: Container, id: string) {
  return { container_name: name, container_id: id, container_image: image };
}

/** Returns the state of a container; `undefined` if it has not run yet. */
function stateOf({ name }: Container, statuses: readonly ContainerStatus[]) {
  const status = statuses.find((one) => one.name === name);
  const { running, terminated } = status?.state ?? {};
  if (running === undefined && terminated === undefined) return undefined;
  const [, id = ''] = (status?.containerID ?? '').split('://');
  const endedMillis = running === undefined ? Date.parse(terminated?.finishedAt ?? '') || 0 : undefined;
  return { id, endedMillis };
}
