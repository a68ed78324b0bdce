import type { ComponentContext, Consumer, Receiver } from '../component/contract.ts';
import { defineReceiver } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { createKubernetesClient, type KubernetesClient } from '../kubernetes/client.ts';
import { type Following, followChanges } from '../kubernetes/follow-changes.ts';
import type { KubernetesObject } from '../kubernetes/resource.ts';
import { apiConfigFields, configuredServer } from '../kubernetes/server/config.ts';
import { eventEntry, eventMillis, type KubernetesEvent } from './k8s_events/event-entry.ts';
import { EntrySender } from './object_logs/entry-sender.ts';

const config = z.object({
  ...apiConfigFields,
  namespaces: z.array(z.string()).prefault([]).describe('Namespaces whose events are read. Default: all.'),
});

const EVENTS = { group: '', version: 'v1', resource: 'events' };

export const k8sEvents = defineReceiver({
  summary: 'Makes log records of the events of a Kubernetes cluster.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['logs'],
  aliases: ['k8sevents'],
  config,
  examples: [
    { title: 'All events', config: {} },
    {
      title: 'Events of two namespaces, from outside of the cluster',
      config: { auth_type: 'kubeConfig', namespaces: ['shop', 'obs'] },
    },
  ],
  describe: ({ namespaces }) => namespaces.join(', ') || 'all namespaces',
  create: (options, next, context) => {
    if (next.logs === undefined) throw new Error(`${context.id}: expected a pipeline of logs`);
    return new EventsReceiver(options, next.logs, context);
  },
});

class EventsReceiver implements Receiver {
  readonly #config: z.output<typeof config>;
  readonly #context: ComponentContext;
  readonly #sender: EntrySender;
  #client: KubernetesClient | undefined;
  #following: Following[] = [];

  constructor(options: z.output<typeof config>, next: Consumer, context: ComponentContext) {
    this.#config = options;
    this.#context = context;
    this.#sender = new EntrySender(next, context);
  }

  async start(): Promise<void> {
    const { environment, clock, random, logger } = this.#context;
    const client = createKubernetesClient(configuredServer(this.#config, environment), environment);
    this.#client = client;
    const { namespaces } = this.#config;
    // Events of the past are those of a former run.
    const startMillis = clock.now();
    const take = (object: KubernetesObject): void => {
      const event = object as KubernetesEvent;
      if (eventMillis(event) >= startMillis) this.#sender.add(eventEntry(event, clock.now()));
    };
    const context = {
      ...{ clock, random, logger },
      onStatus: (failure: string | undefined) => this.#context.reportStatus(failure),
    };
    for (const namespace of namespaces.length === 0 ? [undefined] : namespaces) {
      const newest = new NewestVersion();
      const following = followChanges(
        client,
        { ...EVENTS, namespace },
        {
          // After changes were missed, a list also has events that were read before.
          listed(objects) {
            for (const object of objects) if (newest.isLater(object)) take(object);
          },
          listEnds: () => newest.settle(),
          changed(type, object) {
            newest.note(object);
            if (type !== 'DELETED') take(object);
          },
        },
        context,
      );
      this.#following.push(following);
    }
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
    const following = this.#following.splice(0);
    await Promise.all(following.map((one) => one.close()));
    this.#client?.close();
  }
}

/** The newest version of the objects that were read. Versions of one server increase. */
class NewestVersion {
  #settled = 0n;
  #newest = 0n;

  note({ metadata }: KubernetesObject): void {
    const version = BigInt(/^\d+$/.test(metadata.resourceVersion ?? '') ? (metadata.resourceVersion ?? 0) : 0);
    if (version > this.#newest) this.#newest = version;
    this.#settled = this.#newest;
  }

  /** Reports whether an object of a list has changed since the last objects were read. */
  isLater({ metadata }: KubernetesObject): boolean {
    const text = metadata.resourceVersion ?? '';
    if (!/^\d+$/.test(text)) return true;
    const version = BigInt(text);
    if (version > this.#newest) this.#newest = version;
    return version > this.#settled;
  }

  /** Ends a list. */
  settle(): void {
    this.#settled = this.#newest;
  }
}
