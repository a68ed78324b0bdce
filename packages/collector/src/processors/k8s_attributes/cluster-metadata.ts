import type { ComponentContext } from '../../component/contract.ts';
import { pause } from '../../component/timing/pause.ts';
import { createKubernetesClient, type KubernetesClient } from '../../kubernetes/client.ts';
import type { FollowContext } from '../../kubernetes/follow-changes.ts';
import { type KubernetesObject, RESOURCES, type ResourceType, type Selection } from '../../kubernetes/resource.ts';
import { configuredServer } from '../../kubernetes/server/config.ts';
import { type ResourceWatch, watchResource } from '../../kubernetes/watch-resource.ts';
import { type AttributeBlock, BlockEncoder } from './attribute-block.ts';
import type { K8sAttributesConfig, Owner } from './config.ts';
import { fieldRules } from './field-rules.ts';
import { controllerOf } from './owners.ts';
import { PodIndexes } from './pod-indexes.ts';
import { type PodRecord, podReader } from './pod-record.ts';
import { RemovedPods } from './removed-pods.ts';
import { podSelection } from './selection.ts';
import { extractsFrom, watchesJobs, watchesReplicaSets } from './watched.ts';

/** What is known of an object that is not a pod. */
export interface ObjectRecord {
  readonly name: string;
  readonly uid: string;
  readonly block: AttributeBlock;
  /** UID of the deployment or cron job that controls it. */
  readonly controller: string | undefined;
}

/** Objects of a kind by the name or UID that pods refer to them with. */
export type ObjectTable = ReadonlyMap<string, ObjectRecord>;

/** The metadata of a cluster. Shared by all pipelines that use the same processor. */
export interface ClusterMetadata {
  readonly pods: PodIndexes;
  /** The kinds that are watched. Namespaces and nodes are found by name, others by UID. */
  readonly objects: Partial<Readonly<Record<Owner, ObjectTable>>>;
  /** The block with the UID of the cluster. */
  readonly cluster: AttributeBlock | undefined;
  close(): Promise<void>;
}

/** Pods are read after the objects that they refer to, or after this time. */
const DEPENDENCIES_MILLIS = 5000;
const KUBE_SYSTEM = 'kube-system';

/**
 * Begins to watch the objects that a configuration needs. With `wait_for_metadata`, resolves when all are there, and rejects
 * if they are not in time.
 */
export async function openClusterMetadata(
  config: K8sAttributesConfig,
  context: ComponentContext,
): Promise<ClusterMetadata> {
  const selection = podSelection(config, context.environment);
  const server = configuredServer(config, context.environment);
  const metadata = new WatchedMetadata(config, context, createKubernetesClient(server, context.environment), selection);
  metadata.open();
  if (!config.waitForMetadata) return metadata;
  const stop = new AbortController();
  const timeout = pause(context.clock, config.waitForMetadataTimeout, stop.signal).then(() => 'timeout' as const);
  const first = await Promise.race([metadata.synced, timeout]);
  stop.abort();
  if (first !== 'timeout') return metadata;
  const reason = metadata.failure ?? 'the API server did not respond';
  await metadata.close();
  throw new Error(`wait_for_metadata: expected all metadata within ${config.waitForMetadataTimeout} ms: ${reason}`);
}

class WatchedMetadata implements ClusterMetadata {
  readonly pods: PodIndexes;
  readonly objects: Partial<Record<Owner, Map<string, ObjectRecord>>> = {};
  cluster: AttributeBlock | undefined;
  readonly #config: K8sAttributesConfig;
  readonly #context: ComponentContext;
  readonly #client: KubernetesClient;
  readonly #selection: Selection;
  readonly #encoder = new BlockEncoder();
  readonly #removed: RemovedPods;
  readonly #watches: ResourceWatch<unknown>[] = [];
  readonly #failures = new Map<string, string>();
  readonly #stopped = new AbortController();
  #isFull = false;
  #opening: Promise<void> = Promise.resolve();

  constructor(config: K8sAttributesConfig, context: ComponentContext, client: KubernetesClient, selection: Selection) {
    this.#config = config;
    this.#context = context;
    this.#client = client;
    this.#selection = selection;
    this.pods = new PodIndexes(config);
    this.#removed = new RemovedPods(context.clock, config.podDeleteGracePeriod, config.maxPods);
  }

  /** Resolves when all objects are known. */
  get synced(): Promise<void> {
    return this.#opening.then(() => this.#untilSynced());
  }

  /** Why objects cannot be read. */
  get failure(): string | undefined {
    const [first] = this.#failures.values();
    return first;
  }

  open(): void {
    const { metadata } = this.#config.extract;
    const config = this.#config;
    const namespaced = (type: ResourceType): Selection => ({ ...type, namespace: config.filter.namespace });
    if (extractsFrom(config, 'namespace')) this.#watchObjects('namespace', RESOURCES.namespaces);
    else if (metadata.includes('k8s.cluster.uid'))
      this.#watchObjects('namespace', { ...RESOURCES.namespaces, fieldSelector: `metadata.name=${KUBE_SYSTEM}` });
    if (extractsFrom(config, 'node') || metadata.includes('k8s.node.uid'))
      this.#watchObjects('node', this.#nodeSelection());
    if (watchesReplicaSets(config)) this.#watchObjects('replicaset', namespaced(RESOURCES.replicaSets));
    if (extractsFrom(config, 'deployment')) this.#watchObjects('deployment', namespaced(RESOURCES.deployments));
    if (extractsFrom(config, 'statefulset')) this.#watchObjects('statefulset', namespaced(RESOURCES.statefulSets));
    if (extractsFrom(config, 'daemonset')) this.#watchObjects('daemonset', namespaced(RESOURCES.daemonSets));
    if (watchesJobs(config)) this.#watchObjects('job', namespaced(RESOURCES.jobs));
    if (extractsFrom(config, 'cronjob')) this.#watchObjects('cronjob', namespaced(RESOURCES.cronJobs));
    this.#opening = this.#openPods();
  }

  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#opening;
    this.#removed.close();
    await Promise.all(this.#watches.map((watch) => watch.close()));
    this.#client.close();
  }

  async #openPods(): Promise<void> {
    const { signal } = this.#stopped;
    const { clock } = this.#context;
    if (this.#watches.length > 0) {
      const waited = new AbortController();
      const limit = pause(clock, DEPENDENCIES_MILLIS, AbortSignal.any([signal, waited.signal]));
      await Promise.race([this.#untilSynced(), limit]);
      waited.abort();
    }
    if (signal.aborted) return;
    const read = podReader(this.#config, this.#encoder, (pod, attributes) => this.pods.identify(pod, attributes));
    const watch: ResourceWatch<PodRecord> = watchResource<PodRecord>(
      this.#client,
      this.#selection,
      {
        select: (object) => (this.#hasCapacity(watch, object) ? read(object) : undefined),
        onSet: (current, previous) => {
          this.pods.set(current);
          if (previous !== undefined) this.#forget(previous, current);
        },
        onRemoved: (previous) => this.#forget(previous),
      },
      this.#followContext('pods'),
    );
    this.#watches.push(watch);
  }

  /** Removes what only a former record has, after some time: telemetry arrives late. */
  #forget(previous: PodRecord, current?: PodRecord): void {
    if (current === undefined || !hasSameIdentifiers(previous, current))
      this.#removed.add(() => this.pods.remove(previous, current));
  }

  #hasCapacity(watch: ResourceWatch<PodRecord>, { metadata }: KubernetesObject): boolean {
    if (watch.objects.size < this.#config.maxPods || watch.objects.has(metadata.uid)) return true;
    if (!this.#isFull) {
      const { maxPods } = this.#config;
      this.#context.logger.warn({ maxPods }, 'more pods than max_pods: further ones get no attributes');
    }
    this.#isFull = true;
    return false;
  }

  #watchObjects(owner: Owner, selection: Selection): void {
    const table = new Map<string, ObjectRecord>();
    this.objects[owner] = table;
    const keyOf = ({ name, uid }: ObjectRecord): string => (owner === 'namespace' || owner === 'node' ? name : uid);
    const read = this.#objectReader(owner);
    this.#watches.push(
      watchResource<ObjectRecord>(
        this.#client,
        { ...selection, metadataOnly: true },
        {
          select: read,
          onSet: (current) => {
            table.set(keyOf(current), current);
            if (owner === 'namespace' && current.name === KUBE_SYSTEM) this.#setCluster(current.uid);
          },
          onRemoved: (previous) => {
            if (table.get(keyOf(previous))?.uid === previous.uid) table.delete(keyOf(previous));
          },
        },
        this.#followContext(selection.resource),
      ),
    );
  }

  #objectReader(owner: Owner): (object: KubernetesObject) => ObjectRecord {
    const fields = fieldRules(this.#config, owner);
    const keys = new Set(this.#config.extract.metadata);
    return ({ metadata }) => {
      const attributes = new Map<string, string>();
      fields.labels(metadata.labels, attributes);
      fields.annotations(metadata.annotations, attributes);
      const controlledBy = { replicaset: 'Deployment', job: 'CronJob' }[owner as string];
      const controller = controlledBy === undefined ? undefined : controllerOf(metadata, controlledBy);
      const prefix = owner === 'job' ? 'k8s.cronjob' : 'k8s.deployment';
      const names = [`${prefix}.name`, `${prefix}.uid`] as const;
      if (controller !== undefined) {
        if (keys.has(names[0])) attributes.set(names[0], controller.name);
        if (keys.has(names[1])) attributes.set(names[1], controller.uid);
      }
      if (owner === 'node' && keys.has('k8s.node.uid')) attributes.set('k8s.node.uid', metadata.uid);
      const { name, uid } = metadata;
      return { name, uid, block: this.#encoder.encode(attributes), controller: controller?.uid };
    };
  }

  #setCluster(uid: string): void {
    if (this.#config.extract.metadata.includes('k8s.cluster.uid'))
      this.cluster = this.#encoder.encode([['k8s.cluster.uid', uid]]);
  }

  #nodeSelection(): Selection {
    const { filter } = this.#config;
    const node = filter.nodeFromEnvVar === '' ? filter.node : this.#context.environment[filter.nodeFromEnvVar];
    return node ? { ...RESOURCES.nodes, fieldSelector: `metadata.name=${node}` } : RESOURCES.nodes;
  }

  #followContext(resource: string): FollowContext {
    const { clock, random, logger, reportStatus } = this.#context;
    return {
      clock,
      random,
      logger,
      onStatus: (failure) => {
        if (failure === undefined) this.#failures.delete(resource);
        else this.#failures.set(resource, failure);
        reportStatus.call(this.#context, this.failure);
      },
    };
  }

  async #untilSynced(): Promise<void> {
    await Promise.all(this.#watches.map(({ synced }) => synced));
  }
}

function hasSameIdentifiers(a: PodRecord, b: PodRecord): boolean {
  return a.identifiers.every((list, number) => {
    const other = b.identifiers[number];
    return list.length === other?.length && list.every((identifier, at) => identifier === other[at]);
  });
}
