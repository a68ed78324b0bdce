import { errorMessage } from '../../component/error-message.ts';
import { valueAt } from '../scraping/json-paths.ts';
import type { Reading, ReadingAttributes, ReadingGroup } from '../scraping/reading.ts';
import type { ReportFailure } from '../scraping/scraping-receiver.ts';
import type { KubeletConfig } from './config.ts';
import type { CpuRates } from './cpu-rates.ts';
import { elementsAt, type PodDetails, textAt } from './pod-details.ts';
import {
  type CpuUsage,
  ephemeralReadings,
  type NodeCapacity,
  type Subject,
  statsReadings,
  uptimeReadings,
  volumeReadings,
} from './summary-readings.ts';

/** What a reading of a kubelet has. */
export interface SummaryInput {
  readonly summary: object;
  /** Pods by UID, if they were read. */
  readonly pods: ReadonlyMap<string, PodDetails>;
  readonly capacity: NodeCapacity;
  readonly rates: CpuRates;
  readonly nowMillis: number;
  /** Start of sums without a start of their own. */
  readonly startMillis: number;
  /** Returns the attributes of a volume. Throws if they cannot be had. */
  volumeAttributes(pod: PodReference, volume: string): Promise<Readonly<Record<string, string>>>;
}

/** Identifies a pod. */
export interface PodReference {
  readonly uid: string;
  readonly name: string;
  readonly namespace: string;
}

/** Returns the readings of a summary. Parts that are not as documented are reported, and the rest is read. */
export async function summaryGroups(
  config: KubeletConfig,
  input: SummaryInput,
  fail: ReportFailure,
): Promise<readonly ReadingGroup[]> {
  const reader = new SummaryReader(config, input, fail);
  reader.readNode(valueAt(input.summary, 'node'));
  for (const pod of elementsAt(input.summary, 'pods')) await reader.readPod(pod);
  return reader.groups;
}

class SummaryReader {
  readonly groups: ReadingGroup[] = [];
  readonly #config: KubeletConfig;
  readonly #input: SummaryInput;
  readonly #fail: ReportFailure;
  readonly #wanted: ReadonlySet<string>;

  constructor(config: KubeletConfig, input: SummaryInput, fail: ReportFailure) {
    this.#config = config;
    this.#input = input;
    this.#fail = fail;
    this.#wanted = new Set(config.metricGroups);
  }

  readNode(node: unknown): void {
    if (!this.#wanted.has('node')) return;
    const resource = { 'k8s.node.name': textAt(node, 'nodeName') };
    const { node: allInterfaces } = this.#config.collectAllNetworkInterfaces;
    this.#add(node, resource, { prefix: 'k8s.node', filesystem: 'fs', allInterfaces });
    for (const container of elementsAt(node, 'systemContainers')) {
      const name = { 'k8s.node.system_container.name': textAt(container, 'name') };
      this.#add(container, { ...resource, ...name }, { prefix: 'k8s.node.system_container' });
    }
  }

  async readPod(stats: unknown): Promise<void> {
    const pod = {
      uid: textAt(stats, 'podRef.uid'),
      name: textAt(stats, 'podRef.name'),
      namespace: textAt(stats, 'podRef.namespace'),
    };
    const resource = { 'k8s.pod.uid': pod.uid, 'k8s.pod.name': pod.name, 'k8s.namespace.name': pod.namespace };
    const details = this.#input.pods.get(pod.uid);
    if (this.#wanted.has('pod'))
      this.#add(stats, resource, {
        ...{ prefix: 'k8s.pod', utilization: 'k8s.pod', filesystem: 'ephemeral-storage', limits: details?.limits },
        allInterfaces: this.#config.collectAllNetworkInterfaces.pod,
      });
    if (this.#wanted.has('container'))
      for (const container of elementsAt(stats, 'containers'))
        this.#readContainer(container, pod.name, resource, details);
    if (this.#wanted.has('volume'))
      for (const volume of elementsAt(stats, 'volume')) await this.#readVolume(volume, pod, resource);
  }

  #readContainer(stats: unknown, pod: string, resource: ReadingAttributes, details: PodDetails | undefined): void {
    const name = textAt(stats, 'name');
    const needsId = this.#config.extraMetadataLabels.includes('container.id');
    const id = needsId ? details?.containerIds.get(name) : undefined;
    if (needsId && id === undefined) {
      this.#fail(`the container ${name} of the pod ${pod}: expected an ID in the list of pods, got none`);
      return;
    }
    this.#add(
      stats,
      { ...resource, 'k8s.container.name': name, ...(id !== undefined && { 'container.id': id }) },
      {
        ...{ prefix: 'container', utilization: 'k8s.container', filesystem: 'rootfs' },
        limits: details?.containers.get(name),
      },
      ephemeralReadings(stats, this.#fail),
    );
  }

  async #readVolume(stats: unknown, pod: PodReference, resource: ReadingAttributes): Promise<void> {
    const name = textAt(stats, 'name');
    try {
      const attributes = await this.#input.volumeAttributes(pod, name);
      this.groups.push({
        resource: { ...resource, 'k8s.volume.name': name, ...attributes },
        readings: volumeReadings(stats, this.#fail),
        startMillis: this.#input.startMillis,
      });
    } catch (error) {
      this.#fail(`the volume ${name} of the pod ${pod.name}: ${errorMessage(error)}`);
    }
  }

  #add(stats: unknown, resource: ReadingAttributes, subject: Subject, more: readonly Reading[] = []): void {
    const { capacity, nowMillis, startMillis, rates } = this.#input;
    const key = JSON.stringify(resource);
    const coresOf: CpuUsage = (seconds, timeMillis) =>
      seconds === undefined || Number.isNaN(timeMillis) ? undefined : rates.rate(key, seconds, timeMillis);
    const started = Date.parse(textAt(stats, 'startTime'));
    const readings = [
      ...statsReadings(stats, subject, capacity, coresOf, this.#fail),
      ...uptimeReadings(subject, started, nowMillis),
      ...more,
    ];
    this.groups.push({ resource, readings, startMillis: started > 0 ? started : startMillis });
  }
}
