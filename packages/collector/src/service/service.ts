import type { Batch } from '@otelier/otlp';
import type { PipelineGraph } from '@otelier/query';
import { startThread } from '@otelier/store/thread';
import { type Clock, listen, openConnections, systemClock } from '@otelier/transport';
import type { Logger } from 'pino';
import type { Host } from '../component/host.ts';
import type { ServiceConfig } from '../config/model.ts';
import { buildGraph } from '../graph/build.ts';
import { drainNodes, drainOrder } from '../graph/drain.ts';
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

/** What a service is made of. Only the configuration is needed; the rest is the real thing unless a test hands in another. */
export interface ServiceOptions {
  readonly config: ServiceConfig;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** By default made as `service.telemetry.logs` says. */
  readonly logger?: Logger;
  /**
   * Module that exports the `registry` by which the configuration was read, for worker threads, which read it again.
   * By default otelier's own.
   */
  readonly registry?: URL;
}

/** A running gateway. */
export interface Service {
  readonly host: Host;
  readonly logger: Logger;
  /** Starts extensions, then everything from the exporters back. Rejects with `StartError` once all is shut down again. */
  start(): Promise<void>;
  /** Takes nothing more and hands on what is inside, for at most `graceMillis`. Then `shutdown` is due. Safe twice. */
  drain(graceMillis?: number): Promise<DrainReport>;
  /** Drains if nobody has, then closes everything. Safe twice, and before `start`. */
  shutdown(): Promise<void>;
  graph(): PipelineGraph;
}

/** What became of the telemetry that was inside when the service was told to stop. */
export interface DrainReport {
  readonly millis: number;
  /** Items that exporters took in that time, out of their queues where they have one. */
  readonly forwardedItems: number;
  /** Items that were lost because time was up. */
  readonly lostItems: number;
}

const startWorkerThread: StartThread = (options) => startThread(import.meta.url, './worker/thread', options);

/** Long enough for a batch and a retry, short enough for whoever pressed Ctrl-C or an orchestrator that kills after 30 s. */
const GRACE_MILLIS = 10_000;

/** Makes a service; nothing is opened before `start`. Throws `StartError` when a component cannot be made. */
export function createService(options: ServiceOptions): Service {
  return new RunningService(options);
}

class RunningService implements Service {
  readonly host: ServiceHost;
  readonly logger: Logger;
  readonly #clock: Clock;
  readonly #process;
  readonly #graph: Graph;
  readonly #pool: WorkerPool | undefined;
  #start: Promise<void> | undefined;
  #drain: Promise<DrainReport> | undefined;
  #shutdown: Promise<void> | undefined;

  constructor(options: ServiceOptions) {
    const { config, environment = {}, clock = systemClock, random = Math.random } = options;
    const logger = options.logger ?? createLogger(config.service.telemetry.logs);
    this.logger = logger;
    this.#clock = clock;
    this.#process = createProcessWatch();
    openConnections.onLimit = (report) => logger.warn(report, 'connection limit reached, closing unused connections');
    const limitBytes = config.service.memoryLimitBytes ?? defaultMemoryLimit();
    const workerPoolOptions = {
      ...{ config, limitBytes, clock, logger, registry: options.registry, startThread: startWorkerThread },
      deliver: (nodeId: string, batch: Batch) => deliver(this.#graph, nodeId, batch),
    };
    const muster = createWorkerPool(workerPoolOptions);
    this.#pool = muster?.pool;
    const admission = createAdmissions(limitBytes, muster?.counter);
    this.host = new ServiceHost({
      ...{ clock, admission, process: this.#process, memory: muster?.memory ?? ownMemory },
      sockets: new Sockets((endpoint) => listen(endpoint)),
    });
    const surroundings = { clock, random, logger, admission, environment, host: this.host };
    this.#graph = buildGraph(config, surroundings, muster?.placement, muster?.relay(admission));
    this.host.attach(this.#graph, this.#pool);
  }

  graph(): PipelineGraph {
    return this.host.graph();
  }

  start(): Promise<void> {
    this.#start ??= this.#startAll();
    return this.#start;
  }

  drain(graceMillis = GRACE_MILLIS): Promise<DrainReport> {
    this.#drain ??= this.#drainAll(graceMillis);
    return this.#drain;
  }

  shutdown(): Promise<void> {
    this.#shutdown ??= this.#shutdownAll();
    return this.#shutdown;
  }

  async #startAll(): Promise<void> {
    if (this.#shutdown) throw new Error('the service has been shut down; make a new one');
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
    this.logger.info({ components: nodes.length, endpoints }, 'The service is running.');
  }

  async #drainAll(graceMillis: number): Promise<DrainReport> {
    const startMillis = this.#clock.monotonic();
    // A drain of nothing brings the workers' counts up to this moment.
    await this.#pool?.drain([], graceMillis);
    const before = this.#count();
    if (this.host.phase === 'running') {
      this.host.phase = 'draining';
      await this.#drainNodes(graceMillis);
    }
    const after = this.#count();
    const report = {
      millis: this.#clock.monotonic() - startMillis,
      forwardedItems: after.forwardedItems - before.forwardedItems,
      lostItems: after.lostItems - before.lostItems,
    };
    if (report.lostItems > 0) this.logger.error(report, 'The time to drain was over before everything was handed on.');
    return report;
  }

  /**
   * Receivers first and together, then what lies between in the direction of the flow, then the exporters together. In
   * all threads in step: what one hands to another must find it open.
   */
  async #drainNodes(graceMillis: number): Promise<void> {
    const end = this.#clock.monotonic() + graceMillis;
    const remaining = () => Math.max(0, end - this.#clock.monotonic());
    const here = (ids: readonly string[], millis = remaining()) =>
      drainNodes(this.#graph.nodes, ids, millis, this.#clock);
    const there = async (ids: readonly string[], millis = remaining()) => {
      if (ids.length > 0) await this.#pool?.drain(ids, millis);
    };
    const own = drainOrder(this.#graph.nodes.map(({ identity }) => identity));
    const others = this.#pool?.drainOrder() ?? drainOrder([]);
    // Senders that will not finish must leave time for what was already taken.
    const half = graceMillis / 2;
    await Promise.all([here(own.receivers, half), there(others.receivers, half)]);
    // Pipelines of this thread may lead into the workers' ones, never the other way.
    for (const id of own.between) await here([id]);
    for (const id of others.between) await there([id]);
    await there(others.exporters);
    await here(own.exporters);
    for (const id of own.extensions) await here([id]);
    await there(others.extensions);
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
