import type { ComponentContext, Consumer, Receiver } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import { pause } from '../../component/timing/pause.ts';
import { Backoff } from '../../kubernetes/backoff.ts';
import { createKubernetesClient, type KubernetesClient } from '../../kubernetes/client.ts';
import { type Following, followChanges } from '../../kubernetes/follow-changes.ts';
import type { KubernetesObject, ResourceType, Selection } from '../../kubernetes/resource.ts';
import { configuredServer } from '../../kubernetes/server/config.ts';
import { Entry } from '../../operators/entry/entry.ts';
import type { Value } from '../../ottl/values/value.ts';
import { EntrySender } from '../object_logs/entry-sender.ts';
import { jsonValue } from '../object_logs/json-value.ts';
import type { ObjectsConfig } from './config.ts';
import { resolveType } from './resolve-type.ts';

type ObjectConfig = ObjectsConfig['objects'][number];

/** Reads objects of a Kubernetes API, and makes log records of them. */
export class ObjectsReceiver implements Receiver {
  readonly #config: ObjectsConfig;
  readonly #context: ComponentContext;
  readonly #sender: EntrySender;
  readonly #stopped = new AbortController();
  readonly #failures = new Map<ObjectConfig, string>();
  #client: KubernetesClient | undefined;
  #running: Promise<void>[] = [];
  #following: Following[] = [];

  constructor(config: ObjectsConfig, next: Consumer, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
    this.#sender = new EntrySender(next, context);
  }

  async start(): Promise<void> {
    const { environment } = this.#context;
    const client = createKubernetesClient(configuredServer(this.#config, environment), environment);
    this.#client = client;
    this.#running = this.#config.objects.map((object) => this.#read(client, object));
  }

  async drain(deadline: AbortSignal): Promise<void> {
    await this.#stop();
    await this.#sender.drain(deadline);
  }

  async shutdown(): Promise<void> {
    await this.#stop();
    await this.#sender.shutdown();
  }

  heldItems(): number {
    return this.#sender.heldItems;
  }

  async #stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running);
    await Promise.all(this.#following.splice(0).map((one) => one.close()));
    this.#client?.close();
  }

  async #read(client: KubernetesClient, config: ObjectConfig): Promise<void> {
    const type = await this.#typeOf(client, config);
    if (type === undefined) return;
    const { labelSelector, fieldSelector } = config;
    const namespaces = config.namespaces.length === 0 ? [undefined] : config.namespaces;
    const selections = namespaces.map((namespace) => ({ ...type, namespace, labelSelector, fieldSelector }));
    if (config.mode === 'pull') await Promise.all(selections.map((selection) => this.#pull(client, config, selection)));
    else for (const selection of selections) this.#watch(client, config, selection);
  }

  /** Asks for the type until the server responds; `undefined` after the stop. */
  async #typeOf(client: KubernetesClient, config: ObjectConfig): Promise<ResourceType | undefined> {
    const { signal } = this.#stopped;
    const backoff = new Backoff(this.#context);
    while (!signal.aborted) {
      try {
        const type = await resolveType(client, config.name, config.group, signal);
        this.#report(config, undefined);
        return type;
      } catch (error) {
        if (!signal.aborted) this.#report(config, `${config.name}: ${errorMessage(error)}`);
        await backoff.wait(signal);
      }
    }
    return undefined;
  }

  /** Reads all objects at an interval, the first time at once. */
  async #pull(client: KubernetesClient, config: ObjectConfig, selection: Selection): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        for await (const { items } of client.list(selection, signal))
          for (const object of items) this.#add(selection, object, jsonValue(object), undefined);
        this.#report(config, undefined);
      } catch (error) {
        if (!signal.aborted) this.#report(config, errorMessage(error));
      }
      await pause(this.#context.clock, config.interval, signal);
    }
  }

  #watch(client: KubernetesClient, config: ObjectConfig, selection: Selection): void {
    const { clock, random, logger } = this.#context;
    const excluded: ReadonlySet<string> = new Set(config.excludeWatchType);
    const following = followChanges(
      client,
      selection,
      {
        changed: (type, object) => {
          if (excluded.has(type)) return;
          const body = new Map<string, Value>([
            ['type', type],
            ['object', jsonValue(object)],
          ]);
          this.#add(selection, object, body, object.metadata.name);
        },
      },
      {
        ...{ clock, random, logger },
        fromVersion: config.resourceVersion || undefined,
        onStatus: (failure) => this.#report(config, failure),
      },
    );
    this.#following.push(following);
  }

  #add({ resource }: Selection, { metadata }: KubernetesObject, body: Value, eventName: string | undefined): void {
    const entry = new Entry(body, BigInt(this.#context.clock.now()) * 1_000_000n);
    const { namespace } = metadata;
    if (namespace) entry.resource = new Map([['k8s.namespace.name', namespace]]);
    entry.attributes = new Map([['k8s.resource.name', resource]]);
    if (eventName) {
      entry.attributes.set('event.domain', 'k8s');
      entry.attributes.set('event.name', eventName);
    }
    this.#sender.add(entry);
  }

  #report(config: ObjectConfig, failure: string | undefined): void {
    if (failure !== undefined && failure !== this.#failures.get(config))
      this.#context.logger.warn({ reason: failure }, 'cannot read objects, trying again');
    if (failure === undefined) this.#failures.delete(config);
    else this.#failures.set(config, failure);
    const [first] = this.#failures.values();
    this.#context.reportStatus(first);
  }
}
