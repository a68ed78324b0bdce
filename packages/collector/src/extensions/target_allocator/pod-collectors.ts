import type { ComponentContext } from '../../component/contract.ts';
import { createKubernetesClient, type KubernetesClient } from '../../kubernetes/client.ts';
import { type KubernetesObject, RESOURCES } from '../../kubernetes/resource.ts';
import { configuredServer } from '../../kubernetes/server/config.ts';
import { type ResourceWatch, watchResource } from '../../kubernetes/watch-resource.ts';
import type { AllocatedCollector } from './allocate.ts';
import type { TargetAllocatorConfig } from './config.ts';

interface Pod extends KubernetesObject {
  readonly spec?: { readonly nodeName?: string };
  readonly status?: {
    readonly phase?: string;
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastTransitionTime?: string | null;
    }[];
  };
}

/** What is kept of the pod of a collector. */
interface PodCollector extends AllocatedCollector {
  /** When it has stopped to be ready, in milliseconds since 1970; `undefined` while it is ready. */
  readonly notReadySinceMillis: number | undefined;
}

type PodsConfig = NonNullable<TargetAllocatorConfig['collectors']['pods']>;

/** The collectors in the pods that have some labels. */
export class PodCollectors {
  readonly #config: PodsConfig;
  readonly #context: ComponentContext;
  #client: KubernetesClient | undefined;
  #watch: ResourceWatch<PodCollector> | undefined;
  #isComplete = false;

  constructor(config: PodsConfig, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
  }

  start(): void {
    const { environment } = this.#context;
    const { namespace, labelSelector } = this.#config;
    this.#client = createKubernetesClient(configuredServer(this.#config, environment), environment);
    const selection = { ...RESOURCES.pods, namespace, labelSelector };
    this.#watch = watchResource(
      this.#client,
      selection,
      { select: (pod) => collectorOf(pod, this.#context.clock.now()) },
      this.#context,
    );
    this.#watch.synced.then(() => {
      this.#isComplete = true;
    });
  }

  /** Returns the collectors that run; `undefined` before the pods are known. */
  get current(): readonly AllocatedCollector[] | undefined {
    if (!this.#isComplete) return undefined;
    const earliest = this.#context.clock.now() - this.#config.notReadyGracePeriod;
    return [...(this.#watch?.objects.values() ?? [])].filter(
      ({ notReadySinceMillis }) => notReadySinceMillis === undefined || notReadySinceMillis > earliest,
    );
  }

  async close(): Promise<void> {
    await this.#watch?.close();
    this.#client?.close();
  }
}

/** Returns the collector of a pod that has a node and does not end. */
function collectorOf(object: KubernetesObject, nowMillis: number): PodCollector | undefined {
  const { metadata, spec, status } = object as Pod;
  const node = spec?.nodeName;
  const hasEnded = status?.phase === 'Failed' || status?.phase === 'Succeeded';
  if (node === undefined || hasEnded || metadata.deletionTimestamp !== undefined) return undefined;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return { id: metadata.name, node, notReadySinceMillis: undefined };
  const since = Date.parse(ready?.lastTransitionTime ?? metadata.creationTimestamp ?? '');
  return { id: metadata.name, node, notReadySinceMillis: Number.isNaN(since) ? nowMillis : since };
}
