import { readFileSync } from 'node:fs';
import { createKubernetesClient, type KubernetesClient } from '../../../../kubernetes/client.ts';
import { type KubernetesObject, RESOURCES, type ResourceType } from '../../../../kubernetes/resource.ts';
import { type ApiServer, inClusterServer } from '../../../../kubernetes/server/api-server.ts';
import { kubeConfigServer } from '../../../../kubernetes/server/kube-config.ts';
import { type ResourceWatch, watchResource } from '../../../../kubernetes/watch-resource.ts';
import type { KubernetesDiscoveryConfig, KubernetesRole } from '../../config/kubernetes.ts';
import { createCredentials } from '../../fetch/credentials.ts';
import { tlsOptions } from '../../fetch/tls.ts';
import type { DiscoveredLabels } from '../../labels/target-labels.ts';
import type { Discovery, DiscoveryContext } from '../discovery.ts';
import { endpointSliceTargets, endpointsTargets } from './endpoint-targets.ts';
import { keyOf, type Related } from './meta-labels.ts';
import { selectMeta, selectPod } from './objects.ts';
import { ingressTargets, nodeTargets, podTargets, serviceTargets } from './targets.ts';

/** Changes are collected for this time, because targets are made of all objects. */
const COLLECT_MILLIS = 1000;
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

const TYPES: Readonly<Record<KubernetesRole, ResourceType>> = {
  pod: RESOURCES.pods,
  service: RESOURCES.services,
  node: RESOURCES.nodes,
  endpoints: { group: '', version: 'v1', resource: 'endpoints' },
  endpointslice: { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' },
  ingress: { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' },
};

/** Creates a discovery that makes targets of the objects of a Kubernetes API. */
export function createKubernetesDiscovery(config: KubernetesDiscoveryConfig, context: DiscoveryContext): Discovery {
  const client = createKubernetesClient(serverOf(config, context), context.environment);
  return new KubernetesDiscovery(config, context, client);
}

function serverOf(config: KubernetesDiscoveryConfig, context: DiscoveryContext): ApiServer {
  const { apiServer, kubeconfigFile, proxyUrl } = config;
  if (kubeconfigFile !== undefined) return kubeConfigServer(context.environment, { path: kubeconfigFile });
  if (apiServer === undefined) return inClusterServer(context.environment, SERVICE_ACCOUNT);
  const credentials = createCredentials(config, context);
  credentials.catch(() => {});
  return {
    url: apiServer.replace(/\/$/, ''),
    proxyUrl,
    access: async (signal = new AbortController().signal) => ({
      headers: await (await credentials)(signal),
      tls: tlsOptions(config.tlsConfig),
    }),
    renew: () => {},
  };
}

/** Objects of a type by `namespace/name`; those without a namespace by name. */
type Objects = Map<string, KubernetesObject>;

class KubernetesDiscovery implements Discovery {
  readonly #config: KubernetesDiscoveryConfig;
  readonly #context: DiscoveryContext;
  readonly #client: KubernetesClient;
  readonly #objects = new Map<string, Objects>();
  readonly #watches: ResourceWatch<KubernetesObject>[] = [];
  #cancel: (() => void) | undefined;
  #isComplete = false;
  #isStopped = false;
  #targets = '';
  #onTargets: (targets: readonly DiscoveredLabels[]) => void = () => {};

  constructor(config: KubernetesDiscoveryConfig, context: DiscoveryContext, client: KubernetesClient) {
    this.#config = config;
    this.#context = context;
    this.#client = client;
  }

  async start(onTargets: (targets: readonly DiscoveredLabels[]) => void): Promise<void> {
    this.#onTargets = onTargets;
    const { role, attachMetadata: attach } = this.#config;
    const isOfPods = role === 'pod' || role.startsWith('endpoint');
    this.#watch(TYPES[role], role);
    if (role.startsWith('endpoint')) {
      this.#watch(TYPES.service, 'service');
      this.#watch(TYPES.pod, 'pod');
    }
    if (attach.node && isOfPods) this.#watch(TYPES.node, 'node');
    if (attach.namespace && role !== 'node') this.#watch(RESOURCES.namespaces, undefined);
    if (attach.deployment && isOfPods) this.#watch(RESOURCES.replicaSets, undefined);
    if (attach.cronjob && isOfPods) this.#watch(RESOURCES.jobs, undefined);
    // A server that does not respond must not delay the start.
    Promise.all(this.#watches.map(({ synced }) => synced)).then(() => {
      this.#isComplete = true;
      this.#report();
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await Promise.all(this.#watches.map((watch) => watch.close()));
    this.#client.close();
  }

  /** Watches objects in all namespaces of the configuration, with the selector of a role. */
  #watch(type: ResourceType, role: KubernetesRole | undefined): void {
    const objects: Objects = new Map();
    this.#objects.set(type.resource, objects);
    const isNamespaced = type !== RESOURCES.nodes && type !== RESOURCES.namespaces;
    const selector = this.#config.selectors.find((one) => one.role === role);
    const key = ({ metadata }: KubernetesObject): string =>
      isNamespaced ? keyOf(metadata.namespace, metadata.name) : metadata.name;
    for (const namespace of isNamespaced ? this.#namespaces() : [undefined]) {
      const watch = watchResource<KubernetesObject>(
        this.#client,
        {
          ...type,
          namespace,
          labelSelector: selector?.label,
          fieldSelector: selector?.field,
          metadataOnly: role === undefined,
        },
        {
          select: (object) => (role === 'pod' ? selectPod(object) : withoutManagedFields(object)),
          onSet: (current) => {
            objects.set(key(current), current);
            this.#changed();
          },
          onRemoved: (previous) => {
            if (objects.get(key(previous))?.metadata.uid === previous.metadata.uid) objects.delete(key(previous));
            this.#changed();
          },
        },
        this.#context,
      );
      this.#watches.push(watch);
    }
  }

  #namespaces(): readonly (string | undefined)[] {
    const { names, ownNamespace } = this.#config.namespaces;
    const own = ownNamespace ? [readFileSync(`${SERVICE_ACCOUNT}/namespace`, 'utf8').trim()] : [];
    const all = [...new Set([...names, ...own])];
    return all.length === 0 ? [undefined] : all;
  }

  #changed(): void {
    if (!this.#isComplete || this.#isStopped) return;
    this.#cancel ??= this.#context.clock.setTimeout(() => {
      this.#cancel = undefined;
      this.#report();
    }, COLLECT_MILLIS);
  }

  #report(): void {
    if (this.#isStopped) return;
    const targets = this.#targetsOfRole();
    const text = JSON.stringify(targets);
    if (text === this.#targets) return;
    this.#targets = text;
    this.#onTargets(targets);
  }

  #targetsOfRole(): DiscoveredLabels[] {
    const { role, attachMetadata: attach } = this.#config;
    // The objects of a type have its fields, all of which are optional.
    const of = <T extends KubernetesObject>(resource: string): ReadonlyMap<string, T> =>
      (this.#objects.get(resource) ?? new Map()) as ReadonlyMap<string, KubernetesObject> as ReadonlyMap<string, T>;
    const related: Related = {
      attach,
      pods: of('pods'),
      services: of('services'),
      nodes: of('nodes'),
      namespaces: of('namespaces'),
      replicaSets: of('replicasets'),
      jobs: of('jobs'),
    };
    const make = TARGETS[role];
    return [...of(TYPES[role].resource).values()].flatMap((object) => make(object, related));
  }
}

const TARGETS: Readonly<Record<KubernetesRole, (object: KubernetesObject, related: Related) => DiscoveredLabels[]>> = {
  pod: podTargets,
  service: serviceTargets,
  node: nodeTargets,
  endpoints: endpointsTargets,
  endpointslice: endpointSliceTargets,
  ingress: ingressTargets,
};

/** Returns an object without the metadata that nothing reads, which is a large part of it. */
function withoutManagedFields(object: KubernetesObject): KubernetesObject {
  return { ...object, metadata: selectMeta(object.metadata) };
}
