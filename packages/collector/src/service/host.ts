import type { Batch } from '@otelier/otlp';
import type { PipelineGraph } from '@otelier/query';
import type { Store } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import type { Admissions } from '../component/admissions.ts';
import type { Extension } from '../component/contract.ts';
import type { Endpoint, Health, Host, Lease, LeasedListener, Shared, TapFilter } from '../component/host.ts';
import { EMPTY_GRAPH, type Graph, snapshot, tap } from '../graph/graph.ts';
import { mergeGraphs } from '../workers/merge.ts';
import type { WorkerState } from '../workers/protocol.ts';
import type { MemoryInUse } from '../workers/thread-memory.ts';
import { SharedThings } from './leases.ts';
import type { ProcessWatch } from './process-stats.ts';
import type { Sockets } from './sockets.ts';

/** The threads beside this one, as their host sees them. */
export interface OtherThreads {
  states(): readonly WorkerState[];
  /** Threads that are not well, as `Health.problems` has them. */
  errors(): readonly string[];
  subscribe(filter: TapFilter, listener: (batch: Batch) => void): () => void;
}

/** What a host gets its answers from. */
export interface HostOptions {
  readonly clock: Clock;
  readonly admission: Admissions;
  readonly process: ProcessWatch;
  readonly memory: MemoryInUse;
  readonly sockets: Sockets;
}

/** The host of a running service, or of one of its worker threads. It outlives the graph that it is given. */
export class ServiceHost implements Host {
  phase: Health['phase'] = 'new';
  #graph: Graph = EMPTY_GRAPH;
  #others: OtherThreads | undefined;
  readonly #shared = new SharedThings();
  readonly #stores = new Map<string, Store>();
  readonly #clock: Clock;
  readonly #admission: Admissions;
  readonly #process: ProcessWatch;
  readonly #memory: MemoryInUse;
  readonly #sockets: Sockets;

  constructor({ clock, admission, process, memory, sockets }: HostOptions) {
    this.#clock = clock;
    this.#admission = admission;
    this.#process = process;
    this.#memory = memory;
    this.#sockets = sockets;
  }

  attach(graph: Graph, others?: OtherThreads): void {
    this.#graph = graph;
    this.#others = others;
  }

  share<T extends Shared>(key: string, open: () => Promise<T>): Promise<Lease<T>> {
    return this.#shared.share(key, open);
  }

  extension(id: string): Extension | undefined {
    const node = this.#graph.nodes.find(({ identity }) => identity.kind === 'extension' && identity.component === id);
    return node?.open ? node.instance : undefined;
  }

  offerStore(id: string, store: Store): () => void {
    this.#stores.set(id, store);
    return () => {
      if (this.#stores.get(id) === store) this.#stores.delete(id);
    };
  }

  stores(): ReadonlyMap<string, Store> {
    return this.#stores;
  }

  listen(endpoint: string, place: Omit<Endpoint, 'address'>): Promise<LeasedListener> {
    return this.#sockets.lease(endpoint, place);
  }

  announce(endpoint: Endpoint): () => void {
    return this.#sockets.announce(endpoint);
  }

  endpoints(): readonly Endpoint[] {
    const all = [...this.#sockets.endpoints(), ...this.#states().flatMap(({ endpoints }) => endpoints)];
    // Threads that share a port are one place to those who look for it.
    return [
      ...new Map(
        all.map((endpoint) => [`${endpoint.component} ${endpoint.protocol} ${endpoint.address}`, endpoint]),
      ).values(),
    ];
  }

  graph(): PipelineGraph {
    const own = snapshot(this.#graph, this.#admission, this.#process.stats(), this.#clock.now());
    return this.#others ? mergeGraphs(own, this.#others.states()) : own;
  }

  subscribe(filter: TapFilter, listener: (batch: Batch) => void): () => void {
    const stops = [tap(this.#graph, filter, listener), this.#others?.subscribe(filter, listener)];
    return () => {
      for (const stop of stops) stop?.();
    };
  }

  memoryInUse(): number {
    return this.#memory.bytes();
  }

  health(): Health {
    const own = this.#graph.nodes.flatMap(({ identity, error: problem }) =>
      problem === undefined ? [] : [`${identity.component}: ${problem}`],
    );
    const others = this.#states().flatMap(({ errors }) => errors);
    const errors = [...(this.#others?.errors() ?? []), ...own, ...others];
    // What a destination cannot take now waits in a queue; what the store cannot take is rejected.
    const isStoring = [...this.#stores.values()].every((store) => store.health().kind === 'ok');
    const accepting = this.phase === 'running' && isStoring;
    return { phase: this.phase, accepting, errors: [...new Set(errors)] };
  }

  #states(): readonly WorkerState[] {
    return this.#others?.states() ?? [];
  }
}
