import type { ComponentContext } from '../../../component/contract.ts';
import { createKubernetesClient, type KubernetesClient } from '../../../kubernetes/client.ts';
import { type KubernetesObject, RESOURCES } from '../../../kubernetes/resource.ts';
import { inClusterServer } from '../../../kubernetes/server/api-server.ts';
import { kubeConfigServer } from '../../../kubernetes/server/kube-config.ts';
import { type ResourceWatch, watchResource } from '../../../kubernetes/watch-resource.ts';
import type { PrometheusCrConfig } from './config.ts';
import type { LabelSelector, Monitor, MonitorKind, MonitorSpec } from './monitor.ts';
import { selectorText } from './scrape-configs.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const GROUP = { group: 'monitoring.coreos.com', version: 'v1' };
/** Changes are collected for this time. */
const COLLECT_MILLIS = 200;

/** The watches of a kind of monitors. */
interface Watched {
  readonly monitors: ResourceWatch<Monitor>;
  /** The names of the namespaces with the labels of the selector; `undefined` if all are read. */
  readonly namespaces: ResourceWatch<string> | undefined;
}

/** Keeps a copy of the monitors that a configuration selects. */
export class MonitorWatch {
  readonly #config: PrometheusCrConfig;
  readonly #context: ComponentContext;
  readonly #watched: Watched[] = [];
  /** Watches that have neither read their objects nor learned that there is no definition of them. */
  readonly #unknown = new Set<object>();
  #client: KubernetesClient | undefined;
  #cancel: (() => void) | undefined;
  #onMonitors: (monitors: readonly Monitor[]) => void = () => {};

  constructor(config: PrometheusCrConfig, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
  }

  /** Begins to watch. `onMonitors` is called with all monitors, once they are known and after changes. */
  start(onMonitors: (monitors: readonly Monitor[]) => void): void {
    const { environment } = this.#context;
    const { kubeconfigFile: path } = this.#config;
    const server =
      path === undefined ? inClusterServer(environment, SERVICE_ACCOUNT) : kubeConfigServer(environment, { path });
    this.#client = createKubernetesClient(server, environment);
    this.#onMonitors = onMonitors;
    const { serviceMonitorSelector, serviceMonitorNamespaceSelector } = this.#config;
    const { podMonitorSelector, podMonitorNamespaceSelector } = this.#config;
    this.#follow('ServiceMonitor', serviceMonitorSelector, serviceMonitorNamespaceSelector);
    this.#follow('PodMonitor', podMonitorSelector, podMonitorNamespaceSelector);
  }

  async close(): Promise<void> {
    this.#cancel?.();
    await Promise.all(
      this.#watched.flatMap(({ monitors, namespaces }) => [monitors, namespaces]).map((watch) => watch?.close()),
    );
    this.#cancel?.();
    this.#client?.close();
  }

  #follow(kind: MonitorKind, selector: LabelSelector | undefined, namespaceSelector: LabelSelector): void {
    if (selector === undefined) return;
    const within = selectorText(namespaceSelector);
    const type = { ...GROUP, resource: `${kind.toLowerCase()}s` };
    const namespaces =
      within === ''
        ? undefined
        : this.#watch(
            { ...RESOURCES.namespaces, labelSelector: within, metadataOnly: true },
            ({ metadata }) => metadata.name,
          );
    const monitors = this.#watch({ ...type, labelSelector: selectorText(selector) || undefined }, (object) =>
      monitorOf(object, kind),
    );
    this.#watched.push({ monitors, namespaces });
  }

  #watch<T>(selection: Parameters<typeof watchResource>[1], select: (object: KubernetesObject) => T): ResourceWatch<T> {
    if (this.#client === undefined) throw new Error('expected start');
    const unknown = {};
    this.#unknown.add(unknown);
    const known = (): void => {
      if (this.#unknown.delete(unknown)) this.#changed();
    };
    const changed = (): void => this.#changed();
    const { clock, random, logger } = this.#context;
    const watch = watchResource(
      this.#client,
      selection,
      { select, onSet: changed, onRemoved: changed },
      {
        clock,
        random,
        logger,
        // Without their definition there are no monitors, which must not keep the other jobs back.
        onStatus: (_failure, status) => {
          if (status === 404) known();
        },
      },
    );
    watch.synced.then(known);
    return watch;
  }

  #changed(): void {
    if (this.#unknown.size > 0) return;
    this.#cancel ??= this.#context.clock.setTimeout(() => {
      this.#cancel = undefined;
      this.#onMonitors(this.#selected());
    }, COLLECT_MILLIS);
  }

  /** Returns the monitors of the selected namespaces, by their names. */
  #selected(): readonly Monitor[] {
    const { allowNamespaces: allowed, denyNamespaces: denied } = this.#config;
    const monitors = this.#watched.flatMap(({ monitors: { objects }, namespaces }) => {
      const names = namespaces && new Set(namespaces.objects.values());
      return [...objects.values()].filter(({ metadata: { namespace = '' } }) => names?.has(namespace) ?? true);
    });
    return monitors
      .filter(({ metadata: { namespace = '' } }) => allowed.length === 0 || allowed.includes(namespace))
      .filter(({ metadata: { namespace = '' } }) => !denied.includes(namespace))
      .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }
}

/** Returns the name of a monitor in messages: `ServiceMonitor shop/web`. */
export function nameOf({ kind, metadata: { namespace, name } }: Monitor): string {
  return `${kind} ${namespace}/${name}`;
}

/** Returns what is kept of a monitor. */
function monitorOf(object: KubernetesObject, kind: MonitorKind): Monitor {
  const { namespace, name, uid } = object.metadata;
  const { spec = {} } = object as { spec?: MonitorSpec };
  return { kind, metadata: { name, uid, ...(namespace !== undefined && { namespace }) }, spec };
}
