import { type Batch, localContext } from '@otelier/otlp';
import type { ComponentContext, SignalConsumers } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import { every } from '../../component/every.ts';
import { Backoff } from '../../component/timing/backoff.ts';
import type { KubernetesObject } from '../../kubernetes/resource.ts';
import { type ResourceWatch, watchResource } from '../../kubernetes/watch-resource.ts';
import { nowUnixNano } from '../../metrics/now.ts';
import type { EntrySender } from '../object_logs/entry-sender.ts';
import type { KubernetesAccess, KubernetesReading } from '../object_logs/kubernetes-receiver.ts';
import { writeReadings } from '../scraping/write-readings.ts';
import { ClusterObjects } from './cluster-objects.ts';
import type { ClusterConfig } from './config.ts';
import { deletedEntry, type Entity, stateEntry } from './entity.ts';
import type { ClusterKind, Kept } from './kind.ts';
import { KINDS } from './kinds.ts';
import { type ClusterMetrics, clusterMetrics } from './wanted.ts';

/** An object with its UID. */
interface Known {
  readonly uid: string;
  readonly kept: Kept;
}

/**
 * Watches the objects of a cluster, makes metrics of them at an interval and, if there is a sender, entity events when they
 * change. Both begin when all objects are known.
 */
export class ClusterReading implements KubernetesReading {
  readonly #config: ClusterConfig;
  readonly #access: KubernetesAccess;
  readonly #context: ComponentContext;
  readonly #next: SignalConsumers;
  readonly #sender: EntrySender | undefined;
  readonly #metrics: ClusterMetrics;
  readonly #objects = new ClusterObjects();
  readonly #kinds: readonly ClusterKind[];
  readonly #watches: ResourceWatch<Known>[] = [];
  readonly #timers: { shutdown(): Promise<void> }[] = [];
  readonly #running: Promise<void>;
  readonly #startMillis: number;
  #isComplete = false;

  constructor(
    config: ClusterConfig,
    access: KubernetesAccess,
    context: ComponentContext,
    next: SignalConsumers,
    sender: EntrySender | undefined,
  ) {
    this.#config = config;
    this.#access = access;
    this.#context = context;
    this.#next = next;
    this.#sender = sender;
    this.#metrics = clusterMetrics(config);
    this.#startMillis = context.clock.now();
    this.#kinds = KINDS.filter((kind) => this.#isWanted(kind));
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    await Promise.all(this.#timers.map((timer) => timer.shutdown()));
    await Promise.all(this.#watches.map((watch) => watch.close()));
    await this.#running;
  }

  /** Objects are watched only if a metric or an entity needs them. */
  #isWanted({ scope, metrics, entities, isReferenced, isOpenshift }: ClusterKind): boolean {
    if (scope === 'cluster' && this.#namespaces[0] !== undefined) return false;
    if (isOpenshift === true && this.#config.distribution !== 'openshift') return false;
    const isDescribed = this.#sender !== undefined && (entities !== undefined || isReferenced === true);
    return isDescribed || (this.#next.metrics !== undefined && this.#metrics.hasAny(metrics));
  }

  /** The namespaces to read; `undefined` stands for all. */
  get #namespaces(): readonly (string | undefined)[] {
    const { namespaces, namespace } = this.#config;
    if (namespaces.length > 0) return namespaces;
    return [namespace === '' ? undefined : namespace];
  }

  async #run(): Promise<void> {
    const { signal } = this.#access;
    const aborted = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
    const synced = Promise.all(this.#kinds.map((kind) => this.#open(kind)));
    await Promise.race([synced, aborted]);
    if (signal.aborted) return;
    this.#isComplete = true;
    const { collectionInterval, metadataCollectionInterval } = this.#config;
    if (this.#next.metrics !== undefined) this.#start(collectionInterval, () => this.#collect());
    if (this.#sender === undefined) return;
    this.#describeAll();
    if (metadataCollectionInterval > 0) this.#start(metadataCollectionInterval, () => this.#describeAll());
  }

  #start(intervalMillis: number, run: () => void | Promise<void>): void {
    const timer = every(this.#context, intervalMillis, run);
    void timer.start();
    this.#timers.push(timer);
  }

  /** Begins to watch a kind, and resolves when its objects are known or the server has no such kind. */
  async #open(kind: ClusterKind): Promise<void> {
    if (kind.isOptional === true && !(await this.#isServed(kind))) return;
    if (this.#access.signal.aborted) return;
    await Promise.all(this.#namespaces.map((namespace) => this.#watch(kind, namespace)));
  }

  async #watch(kind: ClusterKind, namespace: string | undefined): Promise<void> {
    const { client, followContext } = this.#access;
    const watch = watchResource<Known>(
      client,
      { ...kind.type, namespace },
      {
        select: (object: KubernetesObject) => ({ uid: object.metadata.uid, kept: kind.select(object) }),
        onSet: ({ uid, kept }, previous) => {
          this.#objects.set(kind.type.resource, uid, kept);
          this.#describe(kind, kept, previous?.kept);
        },
        onRemoved: ({ uid, kept }) => {
          this.#objects.remove(kind.type.resource, uid);
          this.#describe(kind, undefined, kept);
        },
      },
      followContext(`${kind.type.resource} ${namespace ?? ''}`),
    );
    this.#watches.push(watch);
    await watch.synced;
  }

  /** Asks the server whether it has a kind, until it responds. */
  async #isServed({ type }: ClusterKind): Promise<boolean> {
    const { client, signal, report } = this.#access;
    const backoff = new Backoff(this.#context);
    const group = `${type.group}/${type.version}`;
    while (!signal.aborted) {
      try {
        const list = await client.read(`/apis/${group}`, signal);
        report(group, undefined);
        const isServed = list?.includes(`"${type.resource}"`) ?? false;
        if (!isServed) this.#context.logger.warn({ group, resource: type.resource }, 'the API server has no such kind');
        return isServed;
      } catch (error) {
        if (!signal.aborted) report(group, errorMessage(error));
        await backoff.wait(signal);
      }
    }
    return false;
  }

  async #collect(): Promise<void> {
    const groups = this.#kinds.flatMap((kind) => {
      const { groups: groupsOf } = kind;
      if (groupsOf === undefined) return [];
      return this.#objects.of(kind.type.resource).flatMap((kept) => groupsOf(kept, this.#objects, this.#metrics));
    });
    const shown = groups.map(({ resource, readings }) => ({
      resource: this.#metrics.shownAttributes(resource),
      readings,
      startMillis: this.#startMillis,
    }));
    const { clock } = this.#context;
    const written = writeReadings(this.#metrics, shown, nowUnixNano(clock));
    if (written === undefined) return;
    const { bytes, itemCount } = written;
    const context = localContext(clock.now());
    const batch: Batch = { signal: 'metrics', parts: [bytes], itemCount, sizeBytes: bytes.length, context };
    const outcome = await this.#next.metrics?.consume(batch);
    if (outcome?.kind === 'retry' || outcome?.kind === 'refused') this.#context.dropped(itemCount, outcome.kind);
  }

  #describeAll(): void {
    for (const kind of this.#kinds)
      for (const kept of this.#objects.of(kind.type.resource)) this.#describe(kind, kept, undefined);
  }

  /** Sends the entities of an object, and the end of those that only its former state had. */
  #describe({ entities }: ClusterKind, current: Kept | undefined, previous: Kept | undefined): void {
    if (this.#sender === undefined || !this.#isComplete || entities === undefined) return;
    const nowMillis = this.#context.clock.now();
    const states = current === undefined ? [] : entities(current, this.#objects);
    const ended = previous === undefined ? [] : entities(previous, this.#objects).filter((one) => !has(states, one));
    for (const entity of ended) this.#sender.add(deletedEntry(entity, nowMillis));
    for (const entity of states)
      this.#sender.add(stateEntry(entity, nowMillis, this.#config.metadataCollectionInterval));
  }
}

function has(entities: readonly Entity[], { idKey, id }: Entity): boolean {
  return entities.some((entity) => entity.idKey === idKey && entity.id === id);
}
