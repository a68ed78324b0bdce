import type { Signal } from '@otelier/otlp';
import type { Documents, PipelineGraph, PipelineLedger, SendersReport, TraceDrops } from '@otelier/query';
import type { Store } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import type { OcspState } from '@otelier/transport/ocsp-stapler';
import type { Admissions } from '../component/admissions.ts';
import type { Extension } from '../component/contract.ts';
import type {
  BatchListener,
  ComponentStatus,
  Configuration,
  Endpoint,
  Health,
  Host,
  Lease,
  LeasedListener,
  PipelineInput,
  Shared,
  TapFilter,
} from '../component/host.ts';
import type { OwnMetric } from '../component/observe/own-metric.ts';
import type { IngestUsage } from '../component/requests/tenants.ts';
import { GraphCounters, type ReplacedGraph } from '../graph/counters.ts';
import { EMPTY_GRAPH, type Graph, tap } from '../graph/graph.ts';
import type { RuleIdentity } from '../graph/ledger/drop-rules.ts';
import type { DropSample } from '../graph/ledger/drop-sample.ts';
import { pipelineLedgerOf } from '../graph/ledger/pipeline-ledger.ts';
import { joinTraceDrops, traceDropsOf } from '../graph/ledger/trace-drops.ts';
import type { Forwarded } from '../graph/life.ts';
import type { SendersSnapshot } from '../senders/sender-snapshot.ts';
import type { SendersOnDemand } from '../senders/senders-on-demand.ts';
import type { ServiceTenants } from '../tenants/service-tenants.ts';
import { mergeGraphs } from '../workers/merge.ts';
import type { WorkerState } from '../workers/protocol.ts';
import type { MemoryInUse } from '../workers/thread-memory.ts';
import type { EditorOnDemand } from './editing/on-demand.ts';
import { LeasedResources } from './leases.ts';
import { pipelineInput } from './pipeline-input.ts';
import type { ProcessWatch } from './process-stats.ts';
import { findSensitiveOnDemand } from './redaction-preview/on-demand.ts';
import type { Sockets } from './sockets.ts';

/** The worker threads of a service. */
export interface OtherThreads {
  states(): readonly WorkerState[];
  /** Makes `states` current. */
  refresh(): Promise<void>;
  drops(traceId: string): Promise<readonly TraceDrops[]>;
  senders(): Promise<readonly SendersSnapshot[]>;
  /** Returns the errors of the threads, in the format of `Health.errors`. */
  errors(): readonly string[];
  subscribe(filter: TapFilter, listener: BatchListener): () => void;
}

/** Options for a `ServiceHost`. */
export interface HostOptions {
  readonly clock: Clock;
  readonly admission: Admissions;
  readonly drops: DropSample<RuleIdentity>;
  /** Observes who sends to this thread. */
  readonly senders?: SendersOnDemand | undefined;
  readonly process: ProcessWatch;
  readonly memory: MemoryInUse;
  readonly sockets: Sockets;
  /** The tenants of this thread. */
  readonly tenants?: ServiceTenants | undefined;
  /** Attributes of the process. Default: none. */
  readonly resource?: Host['resource'];
}

/** The host of a service, or of one of its worker threads. It is created before the graph. */
export class ServiceHost implements Host {
  phase: Health['phase'] = 'new';
  configuration: Configuration | undefined;
  readonly resource: Host['resource'];
  editor: EditorOnDemand | undefined;
  editToken: string | undefined;
  diagnose: Host['diagnose'];
  profiler: Host['profiler'];
  runProcessor: Host['runProcessor'];
  readonly findSensitive: Host['findSensitive'] = findSensitiveOnDemand;
  readonly tenants: ServiceTenants | undefined;
  readonly #draining = new AbortController();
  #graph: Graph = EMPTY_GRAPH;
  /** The graph of a reload in progress. Its components find their extensions before it runs. */
  #prepared: Graph | undefined;
  readonly #counters = new GraphCounters();
  readonly #subscriptions = new Set<Subscription>();
  #others: OtherThreads | undefined;
  readonly #leased = new LeasedResources();
  readonly #ocsp = new Map<string, OcspState>();
  readonly #stores = new Map<string, Store>();
  readonly #documents = new WeakMap<Store, Documents>();
  readonly #clock: Clock;
  readonly #admission: Admissions;
  readonly #drops: DropSample<RuleIdentity>;
  readonly #senders: SendersOnDemand | undefined;
  readonly #startMillis: number;
  readonly #process: ProcessWatch;
  readonly #memory: MemoryInUse;
  readonly #sockets: Sockets;

  constructor({ clock, admission, drops, senders, process, memory, sockets, tenants, resource = {} }: HostOptions) {
    this.tenants = tenants;
    this.#clock = clock;
    this.#admission = admission;
    this.#drops = drops;
    this.#senders = senders;
    this.#startMillis = clock.now();
    this.#process = process;
    this.#memory = memory;
    this.#sockets = sockets;
    this.resource = resource;
  }

  /** Sets the other threads of the service. */
  join(others: OtherThreads | undefined): void {
    this.#others = others;
  }

  /** Announces the graph of a reload, whose components start now. */
  prepare(graph: Graph): void {
    this.#prepared = graph;
  }

  /** Sets the running graph, with what it replaces and what drains. */
  attach(graph: Graph, replaced?: ReplacedGraph): void {
    this.#prepared = undefined;
    this.#graph = graph;
    this.#counters.attach(graph, replaced);
    for (const subscription of this.#subscriptions) {
      subscription.stop();
      subscription.stop = tap(graph, subscription.filter, subscription.listener);
    }
  }

  /** Returns the items that exporters of this thread have delivered and lost since the start. */
  forwarded(): Forwarded {
    return this.#counters.forwarded();
  }

  get draining(): AbortSignal {
    return this.#draining.signal;
  }

  /** Starts draining. */
  drain(): void {
    this.phase = 'draining';
    this.#draining.abort();
  }

  share<T extends Shared>(key: string, open: () => Promise<T>): Promise<Lease<T>> {
    return this.#leased.share(key, open);
  }

  extension(id: string): Extension | undefined {
    const { nodes } = this.#prepared ?? this.#graph;
    const node = nodes.find(({ identity }) => identity.kind === 'extension' && identity.component === id);
    return node?.open ? node.instance : undefined;
  }

  /** Returns what the extensions offer that have started. */
  extensionOffers(): readonly unknown[] {
    return (this.#prepared ?? this.#graph).nodes.flatMap(({ identity, instance, open }) =>
      open && identity.kind === 'extension' ? [(instance as Extension).offers] : [],
    );
  }

  /** Returns what the extensions measure about themselves, and the use of tenants. */
  extensionMetrics(): readonly OwnMetric[] {
    const own = this.#graph.nodes.flatMap(({ identity, instance, open }) =>
      open && identity.kind === 'extension' ? ((instance as Extension).metrics?.() ?? []) : [],
    );
    return [...own, ...(this.tenants?.metrics(this.ingestUsage()) ?? [])];
  }

  offerStore(id: string, store: Store, documents?: Documents): () => void {
    this.#stores.set(id, store);
    if (documents !== undefined) this.#documents.set(store, documents);
    return () => {
      if (this.#stores.get(id) === store) this.#stores.delete(id);
    };
  }

  stores(): ReadonlyMap<string, Store> {
    return this.#stores;
  }

  documentsOf(store: Store): Documents | undefined {
    return this.#documents.get(store);
  }

  listen(endpoint: string, place: Omit<Endpoint, 'address'>): Promise<LeasedListener> {
    return this.#sockets.lease(endpoint, place);
  }

  announce(endpoint: Endpoint): () => void {
    return this.#sockets.announce(endpoint);
  }

  endpoints(): readonly Endpoint[] {
    const all = [...this.#sockets.endpoints(), ...this.#states().flatMap(({ endpoints }) => endpoints)];
    // Threads sharing a port count as one endpoint.
    return [
      ...new Map(
        all.map((endpoint) => [`${endpoint.component} ${endpoint.protocol} ${endpoint.address}`, endpoint]),
      ).values(),
    ];
  }

  graph(): PipelineGraph {
    const own = this.#counters.snapshot(this.#admission, this.#process.stats(), this.#clock.now());
    return this.#others ? mergeGraphs(own, this.#others.states()) : own;
  }

  async ledger(): Promise<PipelineLedger> {
    await this.#others?.refresh();
    // Counters of related components change in microtasks of the same task.
    await new Promise((resolve) => setImmediate(resolve));
    return pipelineLedgerOf(this.graph());
  }

  async drops(traceId: string): Promise<TraceDrops> {
    const own = traceDropsOf(this.#drops, this.#graph, traceId);
    return joinTraceDrops([own, ...((await this.#others?.drops(traceId)) ?? [])]);
  }

  async senders(): Promise<SendersReport> {
    const { sendersReportOf } = await import('../senders/senders-report.ts');
    const own = this.#senders?.monitor?.snapshot();
    const snapshots = [...(own === undefined ? [] : [own]), ...((await this.#others?.senders()) ?? [])];
    return sendersReportOf(snapshots, { sinceMillis: this.#startMillis, nowMillis: this.#clock.now() });
  }

  pipelineInput(signal: Signal, exporter: string): PipelineInput | undefined {
    return pipelineInput(this.#graph, signal, exporter);
  }

  subscribe(filter: TapFilter, listener: BatchListener): () => void {
    const subscription: Subscription = { filter, listener, stop: tap(this.#graph, filter, listener) };
    this.#subscriptions.add(subscription);
    const stopOthers = this.#others?.subscribe(filter, listener);
    return () => {
      this.#subscriptions.delete(subscription);
      subscription.stop();
      stopOthers?.();
    };
  }

  ingestUsage(): readonly IngestUsage[] {
    return this.tenants?.usage(this.#states().map(({ tenants }) => tenants)) ?? [];
  }

  memoryInUse(): number {
    return this.#memory.bytes();
  }

  health(): Health {
    const own = this.#graph.nodes.flatMap(({ identity, error }) =>
      error === undefined ? [] : [`${identity.component}: ${error}`],
    );
    const others = this.#states().flatMap(({ errors }) => errors);
    const errors = [...(this.#others?.errors() ?? []), ...own, ...others];
    // Batches rejected by a destination wait in a queue; batches rejected by the store are refused.
    const isStoring = [...this.#stores.values()].every((store) => store.health().kind === 'ok');
    const accepting = this.phase === 'running' && isStoring;
    return { phase: this.phase, accepting, errors: [...new Set(errors)] };
  }

  reportOcsp(fingerprint: string, state: OcspState): void {
    this.#ocsp.delete(fingerprint);
    this.#ocsp.set(fingerprint, state);
    // Renewed certificates are not used any more.
    const [oldest = ''] = this.#ocsp.size > MAX_OCSP_STATES ? this.#ocsp.keys() : [];
    this.#ocsp.delete(oldest);
  }

  ocspStates(): ReadonlyMap<string, OcspState> {
    return new Map([...this.#states().flatMap(({ ocsp }) => ocsp), ...this.#ocsp]);
  }

  statuses(): readonly ComponentStatus[] {
    return [...this.ownStatuses(), ...this.#states().flatMap(({ statuses }) => statuses)];
  }

  /** Returns the status of each instance in this thread, remote ones excluded. */
  ownStatuses(): readonly ComponentStatus[] {
    return this.#graph.nodes
      .filter(({ role }) => role !== 'remote')
      .map(({ identity: { kind, component, pipelines }, status: { kind: status, error, atMillis } }) => ({
        ...{ kind, component, pipelines, status, error, atMillis },
      }));
  }

  async checkHealth(): Promise<Health> {
    await Promise.all([...this.#stores.values()].map((store) => store.checkHealth()));
    return this.health();
  }

  #states(): readonly WorkerState[] {
    return this.#others?.states() ?? [];
  }
}

const MAX_OCSP_STATES = 100;

/** A listener to batches, which follows the graph through reloads. */
interface Subscription {
  readonly filter: TapFilter;
  readonly listener: BatchListener;
  stop: () => void;
}
