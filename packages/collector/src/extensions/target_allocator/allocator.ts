import { errorMessage } from '../../component/error-message.ts';
import { createDiscoveries } from '../../receivers/prometheus/discovery/create.ts';
import type { Discovery, DiscoveryContext } from '../../receivers/prometheus/discovery/discovery.ts';
import {
  type DiscoveredLabels,
  TargetError,
  targetLabels,
  targetUrl,
} from '../../receivers/prometheus/labels/target-labels.ts';
import { type AllocatedCollector, allocateByHash, allocatePerNode } from './allocate.ts';
import type { TargetAllocatorConfig } from './config.ts';
import type { AllocatedJob } from './jobs.ts';

/** A target and what its assignment depends on. */
interface Target {
  readonly labels: DiscoveredLabels;
  readonly url: string;
  readonly node: string | undefined;
}

/** Labels of discovery with the node of a target, most specific first. */
const NODE_LABELS = [
  '__meta_kubernetes_pod_node_name',
  '__meta_kubernetes_node_name',
  '__meta_kubernetes_endpoint_node_name',
  '__meta_kubernetes_endpointslice_endpoint_node_name',
  '__meta_kubernetes_endpointslice_endpoint_topology_kubernetes_io_hostname',
];

/** A discovery, which jobs share whose discovery is configured alike. */
interface Source {
  readonly discovery: Discovery;
  /** What it has found; `undefined` before it has reported. */
  found: readonly DiscoveredLabels[] | undefined;
}

/** A job, and the targets that relabeling keeps. */
interface KnownJob {
  readonly job: AllocatedJob;
  /** Its configuration as text. */
  readonly text: string;
  /** Its discovery as text. */
  readonly key: string;
  /** The targets of each source. */
  readonly targets: Map<Source, readonly Target[]>;
}

/** Discovers the targets of jobs, and tells which collector each one is assigned to. */
export class TargetAllocator {
  readonly #strategy: TargetAllocatorConfig['allocationStrategy'];
  readonly #context: Omit<DiscoveryContext, 'job'>;
  readonly #known = new Map<string, KnownJob>();
  readonly #sources = new Map<string, readonly Source[]>();
  #jobs: ReadonlyMap<string, AllocatedJob> = new Map();
  #changing: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(strategy: TargetAllocatorConfig['allocationStrategy'], context: Omit<DiscoveryContext, 'job'>) {
    this.#strategy = strategy;
    this.#context = context;
  }

  /** The jobs by name. */
  get jobs(): ReadonlyMap<string, AllocatedJob> {
    return this.#jobs;
  }

  /** Replaces the jobs. Those that stay keep their targets. */
  setJobs(jobs: readonly AllocatedJob[]): Promise<void> {
    const changed = this.#changing.then(() => (this.#isStopped ? undefined : this.#change(jobs)));
    this.#changing = changed.catch(() => {});
    return changed;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#changing;
    await Promise.all([...this.#sources.values()].flat().map(({ discovery }) => discovery.stop()));
  }

  /** Returns the targets of a job by collector; `undefined` before all of them are known. */
  targetsOf(
    name: string,
    collectors: readonly AllocatedCollector[],
  ): ReadonlyMap<string, readonly DiscoveredLabels[]> | undefined {
    const known = this.#known.get(name);
    if (known === undefined) return undefined;
    const sources = this.#sources.get(known.key) ?? [];
    if (!sources.every((source) => known.targets.has(source))) return undefined;
    const allocation = this.#strategy === 'per-node' ? allocatePerNode(collectors) : allocateByHash(collectors);
    const assigned = new Map<string, DiscoveredLabels[]>(collectors.map(({ id }) => [id, []]));
    for (const { labels, url, node } of sources.flatMap((source) => known.targets.get(source) ?? []))
      assigned.get(allocation.collectorOf(url, node) ?? '')?.push(labels);
    return assigned;
  }

  async #change(jobs: readonly AllocatedJob[]): Promise<void> {
    const next = jobs.map((job) => ({ job, key: discoveryText(job), text: JSON.stringify(job.config) }));
    const names = new Set(jobs.map(({ name }) => name));
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name);
    for (const one of next) {
      const known = this.#known.get(one.job.name);
      if (known?.text === one.text) continue;
      const changed: KnownJob = { ...one, targets: new Map() };
      this.#known.set(one.job.name, changed);
      for (const source of this.#sources.get(one.key) ?? []) this.#relabel(changed, source);
    }
    this.#jobs = new Map(jobs.map((job) => [job.name, job]));
    const used = new Set(next.map(({ key }) => key));
    for (const [key, sources] of this.#sources) {
      if (used.has(key)) continue;
      this.#sources.delete(key);
      await Promise.all(sources.map(({ discovery }) => discovery.stop()));
    }
    for (const { job, key } of next) if (!this.#sources.has(key)) await this.#discover(job, key);
  }

  /** Begins to discover targets. */
  async #discover(job: AllocatedJob, key: string): Promise<void> {
    const discoveries = await createDiscoveries(job.config, { ...this.#context, job: job.name });
    const sources = discoveries.map((discovery): Source => ({ discovery, found: undefined }));
    this.#sources.set(key, sources);
    for (const source of sources)
      await source.discovery.start((found) => {
        source.found = found;
        for (const known of this.#known.values()) if (known.key === key) this.#relabel(known, source);
      });
  }

  #relabel(known: KnownJob, source: Source): void {
    const targets = source.found?.flatMap((labels) => this.#targetOf(known.job, labels));
    if (targets !== undefined) known.targets.set(source, targets);
  }

  /** Returns the target that relabeling keeps, by the URL that it is scraped at. */
  #targetOf(job: AllocatedJob, labels: DiscoveredLabels): readonly Target[] {
    try {
      const target = targetLabels(job, labels);
      if (target === undefined) return [];
      const node = NODE_LABELS.map((name) => labels[name]).find((value) => value !== undefined && value !== '');
      return [{ labels, url: targetUrl(job, target.labels), node }];
    } catch (error) {
      if (!(error instanceof TargetError)) throw error;
      const target = labels['__address__'];
      this.#context.logger.warn({ job: job.name, target, reason: errorMessage(error) }, 'target ignored');
      return [];
    }
  }
}

/** Returns the configured discovery of a job as text. */
function discoveryText({ config }: AllocatedJob): string {
  const { staticConfigs, fileSdConfigs, httpSdConfigs, dnsSdConfigs, kubernetesSdConfigs } = config;
  const { dockerSdConfigs, consulSdConfigs } = config;
  const fields = [staticConfigs, fileSdConfigs, httpSdConfigs, dnsSdConfigs, kubernetesSdConfigs];
  return JSON.stringify([...fields, dockerSdConfigs, consulSdConfigs]);
}
