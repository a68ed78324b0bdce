import type { ComponentContext } from '../../component/contract.ts';
import { EndpointSet } from '../../component/discovery/endpoint-set.ts';
import { createKubernetesClient, type KubernetesClient } from '../../kubernetes/client.ts';
import { type KubernetesObject, nameOf, RESOURCES, type ResourceType } from '../../kubernetes/resource.ts';
import { configuredServer } from '../../kubernetes/server/config.ts';
import { watchResource } from '../../kubernetes/watch-resource.ts';
import type { ObserverConfig } from './config.ts';
import { ingressEndpoints, nodeEndpoint, serviceEndpoint } from './endpoints.ts';
import { podEndpoints, type TimedEndpoint } from './pod-endpoints.ts';

/** The longest time that a timer can wait for. */
const MAX_TIMER_MILLIS = 2 ** 31 - 1;

/** Watches the objects of a cluster and makes endpoints of them. While the server cannot be reached, they stay. */
export class KubernetesObserver {
  readonly endpoints = new EndpointSet();
  readonly #config: ObserverConfig;
  readonly #context: ComponentContext;
  readonly #watches: { close(): Promise<void> }[] = [];
  /** Cancel the timers of objects with endpoints of ended containers, by UID. */
  readonly #timers = new Map<string, () => void>();
  readonly #failures = new Map<string, string>();
  #client: KubernetesClient | undefined;

  constructor(config: ObserverConfig, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
  }

  /** Starts watching. Throws if the environment or the files do not name a server. */
  start(): void {
    const { node, namespaces, observePods, observeNodes, observeServices, observeIngresses } = this.#config;
    const { environment, id } = this.#context;
    const client = createKubernetesClient(configuredServer(this.#config, environment), environment);
    this.#client = client;
    const everywhere = [undefined];
    const within = namespaces.length === 0 ? everywhere : namespaces;
    if (observePods)
      this.#watch(client, RESOURCES.pods, within, node && `spec.nodeName=${node}`, (pod) =>
        podEndpoints(id, pod, this.#config),
      );
    if (observeNodes)
      this.#watch(client, RESOURCES.nodes, everywhere, node && `metadata.name=${node}`, (one) => [
        lasting(nodeEndpoint(id, one)),
      ]);
    if (observeServices)
      this.#watch(client, RESOURCES.services, within, '', (service) => [lasting(serviceEndpoint(id, service))]);
    if (observeIngresses)
      this.#watch(client, RESOURCES.ingresses, within, '', (ingress) => ingressEndpoints(id, ingress).map(lasting));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#watches.splice(0).map((watch) => watch.close()));
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#client?.close();
  }

  #watch(
    client: KubernetesClient,
    type: ResourceType,
    namespaces: readonly (string | undefined)[],
    fieldSelector: string,
    endpointsOf: (object: KubernetesObject) => readonly TimedEndpoint[],
  ): void {
    const { clock, random, logger } = this.#context;
    for (const namespace of namespaces) {
      const part = `${nameOf(type)} ${namespace ?? ''}`;
      this.#watches.push(
        watchResource(
          client,
          { ...type, namespace, fieldSelector },
          {
            select: (object) => ({ uid: object.metadata.uid, endpoints: endpointsOf(object) }),
            onSet: ({ uid, endpoints }) => this.#set(uid, endpoints),
            onRemoved: ({ uid }) => this.#set(uid, []),
          },
          { clock, random, logger, onStatus: (failure) => this.#report(part, failure) },
        ),
      );
    }
  }

  /** Sets the endpoints of an object, except those of containers that ended too long ago. */
  #set(uid: string, endpoints: readonly TimedEndpoint[]): void {
    const { clock } = this.#context;
    this.#timers.get(uid)?.();
    this.#timers.delete(uid);
    const nowMillis = clock.now();
    const current = endpoints.flatMap(({ endpoint, endedMillis }) => {
      const leftMillis =
        endedMillis === undefined ? Infinity : endedMillis + this.#config.containerTerminatedTtl - nowMillis;
      return leftMillis > 0 ? [{ endpoint, leftMillis }] : [];
    });
    this.endpoints.replace(
      uid,
      current.map(({ endpoint }) => endpoint),
    );
    const nextMillis = Math.min(...current.map(({ leftMillis }) => leftMillis));
    if (nextMillis === Infinity) return;
    const again = () => this.#set(uid, endpoints);
    this.#timers.set(uid, clock.setTimeout(again, Math.min(nextMillis, MAX_TIMER_MILLIS)));
  }

  #report(part: string, failure: string | undefined): void {
    if (failure === undefined) this.#failures.delete(part);
    else this.#failures.set(part, failure);
    const [first] = this.#failures.values();
    this.#context.reportStatus(first);
  }
}

function lasting(endpoint: TimedEndpoint['endpoint']): TimedEndpoint {
  return { endpoint, endedMillis: undefined };
}
