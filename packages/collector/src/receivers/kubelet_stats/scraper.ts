import type { ComponentContext } from '../../component/contract.ts';
import { createKubernetesClient, type KubernetesClient } from '../../kubernetes/client.ts';
import { quantityCpus, quantityValue } from '../../kubernetes/quantity.ts';
import { type KubernetesObject, RESOURCES, type ResourceType } from '../../kubernetes/resource.ts';
import { configuredServer } from '../../kubernetes/server/config.ts';
import { type ResourceWatch, watchResource } from '../../kubernetes/watch-resource.ts';
import { parseDocument, valueAt } from '../scraping/json-paths.ts';
import type { ReadingGroup } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import { type KubeletConfig, needsNode, needsPods } from './config.ts';
import { CpuRates } from './cpu-rates.ts';
import type { ReadKubelet } from './kubelet-server.ts';
import { KUBELET_METRICS } from './metrics.ts';
import { boundVolumeAttributes, type PodDetails, readPodDetails, textAt, volumeAttributes } from './pod-details.ts';
import { type PodReference, summaryGroups } from './summary-groups.ts';
import type { NodeCapacity } from './summary-readings.ts';

const CLAIMS: ResourceType = { group: '', version: 'v1', resource: 'persistentvolumeclaims' };
const VOLUMES: ResourceType = { group: '', version: 'v1', resource: 'persistentvolumes' };
const UNKNOWN: NodeCapacity = { cpus: 0, memoryBytes: 0 };

/** Reads the statistics of a kubelet. */
export class KubeletScraper {
  readonly #config: KubeletConfig;
  readonly #context: ComponentContext;
  readonly #read: ReadKubelet;
  readonly #needsPods: boolean;
  readonly #startMillis: number;
  readonly #client: KubernetesClient | undefined;
  readonly #node: ResourceWatch<NodeCapacity> | undefined;
  readonly #rates = new CpuRates();
  /** Attributes of volumes by namespace and claim: those of the last reading. */
  #claims = new Map<string, Readonly<Record<string, string>>>();

  constructor(
    config: KubeletConfig,
    context: ComponentContext,
    read: ReadKubelet,
    isEnabled: (metric: string) => boolean,
  ) {
    this.#config = config;
    this.#context = context;
    this.#read = read;
    this.#startMillis = context.clock.now();
    const enabled = Object.keys(KUBELET_METRICS).filter(isEnabled);
    this.#needsPods = config.extraMetadataLabels.length > 0 || enabled.some(needsPods);
    if (config.k8sApiConfig === undefined) return;
    const { environment } = context;
    this.#client = createKubernetesClient(configuredServer(config.k8sApiConfig, environment), environment);
    if (enabled.some(needsNode)) this.#node = this.#watchNode(this.#client);
  }

  /** Returns the readings of the node, its pods, containers and volumes. Rejects if the kubelet cannot be read. */
  async scrape(signal: AbortSignal, fail: ReportFailure): Promise<readonly ReadingGroup[]> {
    const summary = parseDocument(await this.#read('/stats/summary', signal), 'the summary of the kubelet');
    const pods = this.#needsPods
      ? readPodDetails(parseDocument(await this.#read('/pods', signal), 'the pods of the kubelet'))
      : new Map<string, PodDetails>();
    this.#rates.begin();
    const used = new Map<string, Readonly<Record<string, string>>>();
    const groups = await summaryGroups(
      this.#config,
      {
        ...{ summary, pods, rates: this.#rates },
        capacity: this.#node?.objects.values().next().value ?? UNKNOWN,
        nowMillis: this.#context.clock.now(),
        startMillis: this.#startMillis,
        volumeAttributes: (pod, volume) => this.#volumeAttributes(pod, pods.get(pod.uid), volume, used, signal),
      },
      fail,
    );
    this.#claims = used;
    return groups;
  }

  async shutdown(): Promise<void> {
    await this.#node?.close();
    this.#client?.close();
  }

  async #volumeAttributes(
    { name, namespace }: PodReference,
    details: PodDetails | undefined,
    volumeName: string,
    used: Map<string, Readonly<Record<string, string>>>,
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>> {
    if (!this.#config.extraMetadataLabels.includes('k8s.volume.type')) return {};
    const volume = details?.volumes.get(volumeName);
    if (volume === undefined) throw new Error(`expected it in the list of pods, got a pod ${name} without it`);
    const attributes = volumeAttributes(volume);
    const claim = attributes['k8s.persistentvolumeclaim.name'];
    if (claim === undefined || this.#client === undefined) return attributes;
    const key = `${namespace}/${claim}`;
    const bound =
      this.#claims.get(key) ?? used.get(key) ?? (await this.#readClaim(this.#client, namespace, claim, signal));
    used.set(key, bound);
    return { ...attributes, ...bound };
  }

  /** Returns the attributes of the volume that a claim is bound to. */
  async #readClaim(client: KubernetesClient, namespace: string, name: string, signal: AbortSignal) {
    const claim = await client.get(CLAIMS, name, namespace, signal);
    const volumeName = textAt(claim, 'spec.volumeName');
    if (volumeName === '') throw new Error(`expected the claim ${name} to be bound, got one without a volume`);
    const volume = await client.get(VOLUMES, volumeName, undefined, signal);
    return boundVolumeAttributes(valueAt(volume, 'spec'));
  }

  #watchNode(client: KubernetesClient): ResourceWatch<NodeCapacity> {
    const { clock, random, logger } = this.#context;
    return watchResource<NodeCapacity>(
      client,
      { ...RESOURCES.nodes, fieldSelector: `metadata.name=${this.#config.node}` },
      { select: capacityOf },
      { clock, random, logger },
    );
  }
}

function capacityOf(node: KubernetesObject): NodeCapacity {
  return {
    cpus: quantityCpus(valueAt(node, 'status.capacity.cpu')) ?? 0,
    memoryBytes: Number(quantityValue(valueAt(node, 'status.capacity.memory')) ?? 0n),
  };
}
