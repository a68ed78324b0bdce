import { defineReceiver } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { type Following, followChanges } from '../kubernetes/follow-changes.ts';
import type { KubernetesObject } from '../kubernetes/resource.ts';
import { apiConfigFields } from '../kubernetes/server/config.ts';
import { eventEntry, eventMillis, type KubernetesEvent } from './k8s_events/event-entry.ts';
import { EntrySender } from './object_logs/entry-sender.ts';
import { createKubernetesReceiver, type KubernetesAccess } from './object_logs/kubernetes-receiver.ts';

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
    const sender = new EntrySender(next.logs, context);
    return createKubernetesReceiver(options, context, sender, (access) => {
      const { clock } = context;
      // Events of the past are those of a former run.
      const startMillis = clock.now();
      const take = (event: KubernetesEvent): void => {
        if (eventMillis(event) >= startMillis) sender.add(eventEntry(event, clock.now()));
      };
      const namespaces = options.namespaces.length === 0 ? [undefined] : options.namespaces;
      return namespaces.map((namespace) => readEvents(access, namespace, take));
    });
  },
});

/** Reads the events of a namespace, or of all. */
function readEvents(
  { client, followContext }: KubernetesAccess,
  namespace: string | undefined,
  take: (event: KubernetesEvent) => void,
): Following {
  const newest = new NewestVersion();
  return followChanges(
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
    followContext(namespace ?? ''),
  );
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
