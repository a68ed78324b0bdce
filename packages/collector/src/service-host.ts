import type { Batch } from '@otelier/otlp';
import type { PipelineGraph } from '@otelier/query';
import type { Store } from '@otelier/store';
import type { Clock } from '@otelier/transport';
import type { Admissions } from './admission.ts';
import type { Extension } from './component/contract.ts';
import type { Endpoint, Health, Host, Lease, Shared, TapFilter } from './component/host.ts';
import { type Graph, snapshot, tap } from './graph/graph.ts';
import type { ProcessWatch } from './process-figures.ts';
import { SharedThings } from './shared.ts';

/** The host of a running service. It outlives the graph that it is given. */
export class ServiceHost implements Host {
  phase: Health['phase'] = 'new';
  #graph: Graph = { nodes: [], edges: [], outlets: [] };
  readonly #shared = new SharedThings();
  readonly #stores = new Map<string, Store>();
  readonly #endpoints = new Set<Endpoint>();
  readonly #clock: Clock;
  readonly #admission: Admissions;
  readonly #process: ProcessWatch;

  constructor(clock: Clock, admission: Admissions, process: ProcessWatch) {
    this.#clock = clock;
    this.#admission = admission;
    this.#process = process;
  }

  attach(graph: Graph): void {
    this.#graph = graph;
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

  announce(endpoint: Endpoint): () => void {
    const own = { ...endpoint };
    this.#endpoints.add(own);
    return () => {
      this.#endpoints.delete(own);
    };
  }

  endpoints(): readonly Endpoint[] {
    return [...this.#endpoints];
  }

  graph(): PipelineGraph {
    return snapshot(this.#graph, this.#admission, this.#process.figures(), this.#clock.now());
  }

  subscribe(filter: TapFilter, listener: (batch: Batch) => void): () => void {
    return tap(this.#graph, filter, listener);
  }

  health(): Health {
    const problems = this.#graph.nodes.flatMap(({ identity, problem }) =>
      problem === undefined ? [] : [`${identity.component}: ${problem}`],
    );
    return { phase: this.phase, accepting: this.phase === 'running', problems };
  }
}
