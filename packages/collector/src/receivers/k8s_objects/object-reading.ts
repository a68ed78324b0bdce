import type { ComponentContext } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import { Backoff } from '../../component/timing/backoff.ts';
import { pause } from '../../component/timing/pause.ts';
import { type Following, followChanges } from '../../kubernetes/follow-changes.ts';
import type { KubernetesObject, ResourceType, Selection } from '../../kubernetes/resource.ts';
import { Entry } from '../../operators/entry/entry.ts';
import type { Value } from '../../ottl/values/value.ts';
import type { EntrySender } from '../object_logs/entry-sender.ts';
import { jsonValue } from '../object_logs/json-value.ts';
import type { KubernetesAccess, KubernetesReading } from '../object_logs/kubernetes-receiver.ts';
import type { ObjectsConfig } from './config.ts';
import { resolveType } from './resolve-type.ts';

type ObjectConfig = ObjectsConfig['objects'][number];

/** Reads the objects of one entry of a configuration, and makes log records of them. */
export class ObjectReading implements KubernetesReading {
  readonly #config: ObjectConfig;
  readonly #access: KubernetesAccess;
  readonly #context: ComponentContext;
  readonly #sender: EntrySender;
  readonly #following: Following[] = [];
  readonly #running: Promise<void>;
  #failure: string | undefined;

  constructor(config: ObjectConfig, access: KubernetesAccess, context: ComponentContext, sender: EntrySender) {
    this.#config = config;
    this.#access = access;
    this.#context = context;
    this.#sender = sender;
    this.#running = this.#read();
  }

  async close(): Promise<void> {
    await this.#running;
    await Promise.all(this.#following.map((one) => one.close()));
  }

  get #part(): string {
    return `${this.#config.mode} of ${this.#config.name}`;
  }

  async #read(): Promise<void> {
    const type = await this.#resolveType();
    if (type === undefined) return;
    const { labelSelector, fieldSelector, mode } = this.#config;
    const namespaces = this.#config.namespaces.length === 0 ? [undefined] : this.#config.namespaces;
    const selections = namespaces.map((namespace) => ({ ...type, namespace, labelSelector, fieldSelector }));
    if (mode === 'pull') await Promise.all(selections.map((selection) => this.#pull(selection)));
    else for (const selection of selections) this.#watch(selection);
  }

  /** Asks for the type until the server responds; `undefined` after the stop. */
  async #resolveType(): Promise<ResourceType | undefined> {
    const { client, signal } = this.#access;
    const { name, group } = this.#config;
    const backoff = new Backoff(this.#context);
    while (!signal.aborted) {
      try {
        const type = await resolveType(client, name, group, signal);
        this.#report(undefined);
        return type;
      } catch (error) {
        if (!signal.aborted) this.#report(`${name}: ${errorMessage(error)}`);
        await backoff.wait(signal);
      }
    }
    return undefined;
  }

  /** Reads all objects at an interval, the first time at once. */
  async #pull(selection: Selection): Promise<void> {
    const { client, signal } = this.#access;
    while (!signal.aborted) {
      try {
        for await (const { items } of client.list(selection, signal))
          for (const object of items) this.#add(selection, object, jsonValue(object), undefined);
        this.#report(undefined);
      } catch (error) {
        if (!signal.aborted) this.#report(errorMessage(error));
      }
      await pause(this.#context.clock, this.#config.interval, signal);
    }
  }

  #watch(selection: Selection): void {
    const { client, followContext } = this.#access;
    const excluded: ReadonlySet<string> = new Set(this.#config.excludeWatchType);
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
        ...followContext(`${this.#part} ${selection.namespace ?? ''}`),
        fromVersion: this.#config.resourceVersion || undefined,
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

  #report(failure: string | undefined): void {
    if (failure !== undefined && failure !== this.#failure)
      this.#context.logger.warn({ reason: failure }, 'cannot read objects, trying again');
    this.#failure = failure;
    this.#access.report(this.#part, failure);
  }
}
