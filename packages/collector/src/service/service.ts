import type { Batch } from '@otelier/otlp';
import type { PipelineGraph } from '@otelier/query';
import { startThread } from '@otelier/store/thread';
import { type Clock, listen, openConnections, systemClock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { SamplingDecision } from '../component/contract.ts';
import type { Host } from '../component/host.ts';
import type { ServiceConfig } from '../config/model.ts';
import { buildGraph } from '../graph/build.ts';
import { type DrainOrder, drainNodes, drainOrder, inFlowOrder } from '../graph/drain.ts';
import { deliver, type Graph } from '../graph/graph.ts';
import { closeNodes, countForwarded, type Forwarded, startNodes } from '../graph/life.ts';
import type { Node } from '../graph/node.ts';
import { createWorkerPool } from '../workers/create-worker-pool.ts';
import { ownMemory } from '../workers/thread-memory.ts';
import type { StartThread } from '../workers/worker-handle.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { createAdmissions, defaultMemoryLimit } from './admission.ts';
import { ServiceHost } from './host.ts';
import { createLogger } from './logging.ts';
import { createProcessWatch } from './process-stats.ts';
import { Sockets } from './sockets.ts';

/** The options of `createService`. Only the configuration is required; tests replace the others. */
export interface ServiceOptions {
  readonly config: ServiceConfig;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Default: a logger configured by `service.telemetry.logs`. */
  readonly logger?: Logger;
  /**
   * URL of the module from which worker threads import the `registry` to load the configuration. Default: the built-in
   * registry.
   */
  readonly registry?: URL;
  /** Receives the decisions of sampling policies. */
  readonly observeSampling?: (decision: SamplingDecision) => void;
}

/** A running gateway: its components, its pipelines and the threads that run them. */
export interface Service {
  readonly host: Host;
  readonly logger: Logger;
  /**
   * Starts extensions, then exporters, processors and receivers. On failure, shuts everything down and rejects with a
   * `StartError`.
   */
  start(): Promise<void>;
  /**
   * Stops receiving and forwards buffered telemetry for at most `graceMillis`, which defaults to
   * `service.shutdown_timeout`. Call `shutdown` afterwards. Idempotent.
   */
  drain(graceMillis?: number): Promise<DrainReport>;
  /** Drains unless `drain` has been called, then closes everything. Idempotent; may be called before `start`. */
  shutdown(): Promise<void>;
  graph(): PipelineGraph;
}

/** The result of a drain. */
export interface DrainReport {
  readonly millis: number;
  /** Number of items that exporters delivered during the drain. */
  readonly forwardedItems: number;
  /** Number of items lost because no destination accepted them before the grace period ended. */
  readonly lostItems: number;
}

const startWorkerThread: StartThread = (options) => startThread(import.meta.url, './worker/thread', options);

/** Creates a service. Opens nothing until `start`. Throws a `StartError` if a component cannot be created. */
export function createService(options: ServiceOptions): Service {
  return new RunningService(options);
}

class RunningService implements Service {
  readonly host: ServiceHost;
  readonly logger: Logger;
  readonly #clock: Clock;
  readonly #process;
  readonly #graph: Graph;
  readonly #shutdownTimeoutMillis: number;
  readonly #pool: WorkerPool | undefined;
  #start: Promise<void> | undefined;
  #drain: Promise<DrainReport> | undefined;
  #shutdown: Promise<void> | undefined;

  constructor(options: ServiceOptions) {
    const { config, environment = {}, clock = systemClock, random = Math.random } = options;
    const logger = options.logger ?? createLogger(config.service.telemetry.logs);
    this.logger = logger;
    this.#clock = clock;
    this.#shutdownTimeoutMillis = config.service.shutdownTimeoutMillis;
    this.#process = createProcessWatch();
    openConnections.onLimit = (report) => logger.warn(report, 'connection limit reached, closing unused connections');
    const limitBytes = config.service.memoryLimitBytes ?? defaultMemoryLimit();
    const workerPoolOptions = {
      config,
      limitBytes,
      clock,
      logger,
      registry: options.registry,
      startThread: startWorkerThread,
      deliver: (nodeId: string, batch: Batch) => deliver(this.#graph, nodeId, batch),
    };
    const workers = createWorkerPool(workerPoolOptions);
    this.#pool = workers?.pool;
    const admission = createAdmissions(limitBytes, workers?.counter);
    this.host = new ServiceHost({
      clock,
      admission,
      process: this.#process,
      memory: workers?.memory ?? ownMemory,
      sockets: new Sockets((endpoint) => listen(endpoint)),
    });
    const { observeSampling } = options;
    const surroundings = { clock, random, logger, admission, environment, host: this.host, observeSampling };
    this.#graph = buildGraph(config, surroundings, workers?.placement, workers?.relay(admission));
    this.host.attach(this.#graph, this.#pool);
  }

  graph(): PipelineGraph {
    return this.host.graph();
  }

  start(): Promise<void> {
    this.#start ??= this.#startAll();
    return this.#start;
  }

  drain(graceMillis = this.#shutdownTimeoutMillis): Promise<DrainReport> {
    this.#drain ??= this.#drainAll(graceMillis);
    return this.#drain;
  }

  shutdown(): Promise<void> {
    this.#shutdown ??= this.#shutdownAll();
    return this.#shutdown;
  }

  async #startAll(): Promise<void> {
    if (this.#shutdown) throw new Error('the service has been shut down; create a new one');
    this.host.phase = 'starting';
    this.#process.start();
    const stopped = () => this.#shutdown !== undefined;
    const isReceiver = ({ identity }: Node) => identity.kind === 'receiver';
    const { nodes } = this.#graph;
    try {
      await startNodes(
        nodes.filter((node) => !isReceiver(node)),
        stopped,
      );
      if (!stopped()) await this.#pool?.start();
      if (!stopped()) await startNodes(nodes.filter(isReceiver), stopped);
    } catch (error) {
      await this.#close();
      throw error;
    }
    if (stopped()) return;
    this.host.phase = 'running';
    const endpoints = this.host.endpoints().map(({ component, address }) => `${component} ${address}`);
    this.logger.info({ components: nodes.length, endpoints }, 'service running');
  }

  async #drainAll(graceMillis: number): Promise<DrainReport> {
    const startMillis = this.#clock.monotonic();
    // Draining no nodes updates the workers' counts and signals the end of the drain to their components.
    await this.#pool?.drain([], graceMillis);
    const before = this.#count();
    if (this.host.phase === 'running') {
      this.host.drain();
      await this.#drainNodes(graceMillis);
    }
    const after = this.#count();
    const report = {
      millis: this.#clock.monotonic() - startMillis,
      forwardedItems: after.forwardedItems - before.forwardedItems,
      lostItems: after.lostItems - before.lostItems,
    };
    if (report.lostItems > 0) this.logger.error(report, 'drain ended, telemetry lost');
    return report;
  }

  /**
   * Drains all receivers, then processors and connectors in flow order, then all exporters. Threads proceed in
   * lockstep, because a thread can forward batches only to threads that still accept them.
   */
  async #drainNodes(graceMillis: number): Promise<void> {
    const end = this.#clock.monotonic() + graceMillis;
    const remaining = () => Math.max(0, end - this.#clock.monotonic());
    const drainHere = (ids: readonly string[], millis = remaining()) =>
      drainNodes(this.#graph.nodes, ids, millis, this.#clock);
    const drainWorkers = async (ids: readonly string[], millis = remaining()) => {
      if (ids.length > 0) await this.#pool?.drain(ids, millis);
    };
    const own = drainOrder(this.#graph.nodes.map(({ identity }) => identity));
    const others = this.#pool?.drainOrder() ?? drainOrder([]);
    // Half of the time is reserved for telemetry that is already accepted, in case senders do not finish.
    const half = graceMillis / 2;
    await Promise.all([drainHere(own.receivers, half), drainWorkers(others.receivers, half)]);
    // Batches cross threads in both directions: to connectors in this thread, and to partitions in the workers.
    for (const id of inFlowOrder([...own.between, ...others.between], this.graph().edges)) {
      const isIn = (order: DrainOrder) => (order.between.includes(id) ? [id] : []);
      // A worker's part of a connector forwards its batches to the part in this thread.
      await drainWorkers(isIn(others));
      await drainHere(isIn(own));
    }
    await drainWorkers(others.exporters);
    await drainHere(own.exporters);
    for (const id of own.extensions) await drainHere([id]);
    await drainWorkers(others.extensions);
  }

  async #shutdownAll(): Promise<void> {
    if (this.#start) await this.#drainUnlessStarting();
    await this.#close();
  }

  async #drainUnlessStarting(): Promise<void> {
    await this.#start?.catch(() => undefined);
    await this.drain();
  }

  async #close(): Promise<void> {
    await this.#pool?.close();
    await closeNodes(this.#graph.nodes);
    this.#process.stop();
    this.host.phase = 'stopped';
  }

  #count(): Forwarded {
    const threads = [countForwarded(this.#graph), ...(this.#pool?.forwarded() ?? [])];
    return {
      forwardedItems: threads.reduce((sum, { forwardedItems }) => sum + forwardedItems, 0),
      lostItems: threads.reduce((sum, { lostItems }) => sum + lostItems, 0),
    };
  }
}
