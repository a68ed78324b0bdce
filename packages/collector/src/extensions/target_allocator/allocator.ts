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

/** Discovers the targets of jobs, and tells which collector each one is assigned to. */
export class TargetAllocator {
  readonly #jobs: ReadonlyMap<string, AllocatedJob>;
  readonly #strategy: TargetAllocatorConfig['allocationStrategy'];
  readonly #context: Omit<DiscoveryContext, 'job'>;
  readonly #discoveries = new Map<Discovery, AllocatedJob>();
  /** The targets of each discovery, once it has reported. */
  readonly #found = new Map<Discovery, readonly Target[]>();

  constructor(
    jobs: readonly AllocatedJob[],
    strategy: TargetAllocatorConfig['allocationStrategy'],
    context: Omit<DiscoveryContext, 'job'>,
  ) {
    this.#jobs = new Map(jobs.map((job) => [job.name, job]));
    this.#strategy = strategy;
    this.#context = context;
  }

  get jobs(): ReadonlyMap<string, AllocatedJob> {
    return this.#jobs;
  }

  /** Begins to discover targets. */
  async start(): Promise<void> {
    for (const job of this.#jobs.values())
      for (const discovery of await createDiscoveries(job.config, { ...this.#context, job: job.name })) {
        this.#discoveries.set(discovery, job);
        await discovery.start((targets) => {
          const kept = targets.flatMap((labels) => this.#targetOf(job, labels));
          this.#found.set(discovery, kept);
        });
      }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#discoveries.keys()].map((discovery) => discovery.stop()));
  }

  /** Returns the targets of a job by collector; `undefined` before all of them are known. */
  targetsOf(
    name: string,
    collectors: readonly AllocatedCollector[],
  ): ReadonlyMap<string, readonly DiscoveredLabels[]> | undefined {
    const own = [...this.#discoveries].filter(([, job]) => job.name === name).map(([discovery]) => discovery);
    if (!own.every((discovery) => this.#found.has(discovery))) return undefined;
    const allocation = this.#strategy === 'per-node' ? allocatePerNode(collectors) : allocateByHash(collectors);
    const assigned = new Map<string, DiscoveredLabels[]>(collectors.map(({ id }) => [id, []]));
    for (const { labels, url, node } of own.flatMap((discovery) => this.#found.get(discovery) ?? []))
      assigned.get(allocation.collectorOf(url, node) ?? '')?.push(labels);
    return assigned;
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
