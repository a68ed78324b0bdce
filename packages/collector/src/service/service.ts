import type { Batch } from '@otelier/otlp';
import type { DoctorReport, PipelineGraph } from '@otelier/query';
import { startThread } from '@otelier/store/thread';
import { type Clock, systemClock } from '@otelier/transport/clock';
import { openConnections } from '@otelier/transport/connection-limit';
import { listen } from '@otelier/transport/listen';
import type { Logger } from 'pino';
import type { PauseClock, SamplingDecision } from '../component/contract.ts';
import type { Host, ReloadReport } from '../component/host.ts';
import type { ObservedRule } from '../component/observe/observed-rules.ts';
import { VERSION } from '../component/version.ts';
import type { Loaded } from '../config/load.ts';
import type { ConfigSource, ServiceConfig } from '../config/model.ts';
import { drainOrder } from '../graph/drain.ts';
import type { GraphEdge } from '../graph/graph.ts';
import type { RuleIdentity } from '../graph/ledger/drop-rules.ts';
import { DropSample } from '../graph/ledger/drop-sample.ts';
import { type Forwarded, startNodes } from '../graph/life.ts';
import type { Node, NodeIdentity } from '../graph/node.ts';
import { createProfiler } from '../profiling/profiler.ts';
import { SendersOnDemand } from '../senders/senders-on-demand.ts';
import { LogExporter } from '../telemetry/log-exporter.ts';
import { ownResource } from '../telemetry/own-resource.ts';
import { createTelemetry } from '../telemetry/start-telemetry.ts';
import { SpanExporter } from '../telemetry/traces/span-exporter.ts';
import { createWorkerPool, originOf } from '../workers/create-worker-pool.ts';
import { ownMemory } from '../workers/thread-memory.ts';
import type { StartThread } from '../workers/worker-handle.ts';
import type { WorkerPool } from '../workers/worker-pool.ts';
import { createAdmissions, defaultMemoryLimit, type ResizableBudget } from './admission.ts';
import { drainInStep } from './drain-in-step.ts';
import type { ConfigurationSource } from './editing/editor.ts';
import { createEditorOnDemand } from './editing/on-demand.ts';
import { ServiceHost } from './host.ts';
import { createLogger } from './logging.ts';
import { createProcessWatch } from './process-stats.ts';
import { RunningConfiguration } from './reload/configuration.ts';
import { ModuleWatch } from './reload/module-watch.ts';
import { Reloader, type ReloadOptions } from './reload/reloader.ts';
import { rolledBack } from './reload/report.ts';
import { runProcessorOnDemand } from './rule-preview/on-demand.ts';
import { sharing } from './shared-run.ts';
import { Sockets } from './sockets.ts';
import { ThreadGraph } from './thread-graph.ts';

/** Options for `createService`. Only the configuration is required; tests replace the others. */
export interface ServiceOptions {
  readonly config: ServiceConfig;
  /**
   * Reads the sources of the configuration again, for reloads that the API or a signal requests. `remote` are sources of a
   * management server to merge over them.
   */
  readonly readConfig?: (remote: readonly ConfigSource[], running?: ServiceConfig) => Promise<Loaded>;
  /** The file that the configuration comes from, which edits replace. Default: none. */
  readonly source?: ConfigurationSource;
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
  /** Stops `clock` while functions of the user run in their threads. */
  readonly pauseClock?: PauseClock;
  /** Receives the rules of components when they are created, and returns functions that count matches. */
  readonly observeRule?: (component: NodeIdentity, rule: ObservedRule) => () => void;
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
  /** Resolves when no component is processing a batch in this thread. Batches that are buffered do not count. */
  settled(): Promise<void>;
  /** Returns the components that are processing a batch in this thread, such as `processors/filter`, the last one first. */
  pendingComponents(): readonly string[];
  /**
   * Replaces the configuration: unchanged components keep running, the others are started beside their predecessors,
   * which then forward what they have and end. If a component does not start, nothing changes, and the report says why.
   * Resolves when the replaced components are closed. Reloads run one after the other.
   */
  reload(config: ServiceConfig): Promise<ReloadReport>;
  /** Returns what `reload` would do. */
  planReload(config: ServiceConfig): ReloadReport;
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

function limitOf({ memoryLimitBytes }: ServiceConfig['service']): number {
  return memoryLimitBytes ?? defaultMemoryLimit();
}

class RunningService implements Service {
  readonly host: ServiceHost;
  readonly logger: Logger;
  readonly #clock: Clock;
  readonly #process;
  readonly #admission: ResizableBudget;
  readonly #main: ThreadGraph;
  readonly #reloader: Reloader;
  readonly #pool: WorkerPool | undefined;
  readonly #logExporter: LogExporter;
  readonly #spanExporter: SpanExporter;
  readonly #telemetry: ReturnType<typeof createTelemetry>;
  readonly #moduleWatch: ModuleWatch;
  #start: Promise<void> | undefined;
  #drain: Promise<DrainReport> | undefined;
  #shutdown: Promise<void> | undefined;

  constructor(options: ServiceOptions) {
    const { config, environment = {}, clock = systemClock, random = Math.random } = options;
    const { logs, traces } = config.service.telemetry;
    this.#spanExporter = new SpanExporter(traces);
    this.#logExporter = new LogExporter(logs.processors);
    const logger = options.logger ?? createLogger(logs, undefined, this.#logExporter.add);
    this.logger = logger;
    this.#clock = clock;
    this.#process = createProcessWatch();
    openConnections.onLimit = (report) => logger.warn(report, 'connection limit reached, closing unused connections');
    const limitBytes = limitOf(config.service);
    const workerPoolOptions = {
      config,
      limitBytes,
      clock,
      logger,
      registry: options.registry,
      startThread: startWorkerThread,
      takeSpans: this.#spanExporter.addAll,
      process: this.#spanExporter.process,
      deliver: (nodeId: string, batch: Batch) => this.#main.deliver(nodeId, batch),
    };
    const workers = createWorkerPool(workerPoolOptions);
    this.#pool = workers?.pool;
    const admission = createAdmissions(limitBytes, workers?.counter);
    this.#admission = admission;
    const sockets = new Sockets((endpoint) => listen(endpoint));
    const drops = new DropSample<RuleIdentity>(() => clock.now());
    const senders = new SendersOnDemand({ clock, isShared: workers !== undefined });
    this.host = new ServiceHost({
      ...{ clock, drops, senders, admission, sockets, process: this.#process },
      tenants: config.tenantsModule?.createTenants(
        ...([config, clock, admission, () => this.host.extensionOffers(), workers?.tenantThread] as const),
      ),
      memory: workers?.memory ?? ownMemory,
      resource: ownResource(config.service.telemetry.resource, clock.now()),
    });
    const { observeSampling, observeRule, pauseClock } = options;
    const surroundings = {
      ...{ clock, random, logger, admission, environment },
      host: this.host,
      senders,
      drops,
      measuresRequests: config.service.telemetry.metrics.level === 'detailed',
      tracer: this.#spanExporter.createTracer(clock),
      ...{ observeSampling, pauseClock, observeRule },
    };
    this.#main = new ThreadGraph({
      surroundings,
      relay: workers?.relay(admission),
      host: this.host,
      sockets,
      clock,
      place: (placed) => workers?.place(placed),
    });
    this.#main.build(config);
    this.host.join(this.#pool);
    this.#telemetry = createTelemetry(config.service.telemetry, {
      ...{ clock, logger, resource: this.host.resource },
      graph: () => this.graph(),
      reloads: () => configuration.counts.values(),
      droppedSpans: () => this.#spanExporter.dropped(),
      certificateMetrics: async () =>
        (await import('../doctor/certificate-metrics.ts')).createCertificateMetrics(() => this.#reloader.config, clock),
      componentMetrics: () => this.host.extensionMetrics(),
    });
    this.#reloader = new Reloader(config, {
      main: this.#main,
      workers: workers && {
        drainOrder: () => workers.pool.drainOrder(),
        prepare: workers.prepare,
        switch: (next) =>
          workers.pool.switch({
            origin: originOf(next),
            memoryLimitBytes: limitOf(next.service),
            level: logger.level,
          }),
        rollBack: () => workers.pool.rollBack(),
        drainReplaced: (ids, millis) => workers.pool.drainReplaced(ids, millis),
        closeReplaced: () => workers.pool.closeReplaced(),
        forwarded: () => workers.pool.forwarded(),
      },
      host: this.host,
      clock,
      logger,
      stopped: () => this.#drain !== undefined || this.#shutdown !== undefined,
      applySettings: (settings) => this.#applySettings(settings),
    });
    this.#moduleWatch = new ModuleWatch(clock, logger, () => this.host.configuration);
    this.host.diagnose = sharing((observedMillis) => this.#diagnose(observedMillis, options.readConfig));
    this.host.profiler = createProfiler(() => this.graph(), clock);
    this.host.runProcessor = runProcessorOnDemand(clock, () => this.#reloader.config.registry);
    const configuration = new RunningConfiguration({
      ...{ clock, logger, read: options.readConfig },
      reload: (next, how) => this.#reload(next, how),
      plan: (next, how) => this.#reloader.plan(next, how),
      running: () => this.#reloader.config,
    });
    this.host.configuration = configuration;
    this.host.editor = createEditorOnDemand({
      ...{ ...options, clock, logger, configuration, host: this.host },
      running: () => this.#reloader.config,
      plan: (next) => this.#reloader.plan(next),
    });
  }

  async #diagnose(observedMillis: number, readConfig: ServiceOptions['readConfig']): Promise<DoctorReport> {
    const { diagnose } = await import('../doctor/diagnose.ts');
    return await diagnose({
      ...{ config: this.#reloader.config, host: this.host, clock: this.#clock, observedMillis },
      readConfig: readConfig && (() => readConfig([])),
    });
  }

  graph(): PipelineGraph {
    return this.host.graph();
  }

  settled(): Promise<void> {
    return this.#main.settled();
  }

  pendingComponents(): readonly string[] {
    return this.#main.pendingComponents();
  }

  start(): Promise<void> {
    this.#start ??= this.#startAll();
    return this.#start;
  }

  reload(config: ServiceConfig): Promise<ReloadReport> {
    return this.#reload(config);
  }

  async #reload(config: ServiceConfig, options?: ReloadOptions): Promise<ReloadReport> {
    if (this.#start === undefined) return rolledBack('the service has not been started');
    await this.#start;
    const report = await this.#reloader.reload(config, options);
    this.#moduleWatch.watch(this.#reloader.config.modules);
    return report;
  }

  planReload(config: ServiceConfig): ReloadReport {
    return this.#reloader.plan(config);
  }

  drain(graceMillis = this.#reloader.config.service.shutdownTimeoutMillis): Promise<DrainReport> {
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
    const { nodes } = this.#main.graph;
    try {
      await this.#telemetry.start();
      const scope = { name: 'otelier', version: VERSION };
      const { resource } = this.host;
      const context = { clock: this.#clock, logger: this.logger, resource, scope };
      await this.#logExporter.start(context);
      await this.#spanExporter.start(context);
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
    this.#moduleWatch.watch(this.#reloader.config.modules);
    const endpoints = this.host.endpoints().map(({ component, address }) => `${component} ${address}`);
    this.logger.info({ components: nodes.length, endpoints }, 'service running');
  }

  async #drainAll(graceMillis: number): Promise<DrainReport> {
    const startMillis = this.#clock.monotonic();
    await this.#reloader.idle();
    // An empty drain updates the counts of the workers, and announces the end to their components.
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

  #drainNodes(graceMillis: number): Promise<void> {
    const plan = {
      main: drainOrder(this.#main.graph.nodes.map(({ identity }) => identity)),
      workers: this.#pool?.drainOrder() ?? drainOrder([]),
      edges: this.#pool ? this.graph().edges : this.#main.graph.edges.map(idsOf),
      drainMain: (ids: readonly string[], millis: number) => this.#main.drain(ids, millis),
      drainWorkers: async (ids: readonly string[], millis: number) => this.#pool?.drain(ids, millis),
    };
    return drainInStep(plan, graceMillis, this.#clock);
  }

  /** Applies settings that can change while the service runs. */
  #applySettings(settings: ServiceConfig['service']): void {
    this.#admission.resize(limitOf(settings));
    if (settings.tenants !== undefined) this.host.tenants?.configure(settings.tenants);
    const { level } = settings.telemetry.logs;
    if (level !== this.#reloader.config.service.telemetry.logs.level) this.#main.setLogLevel(level);
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
    this.#moduleWatch.close();
    await this.host.editor?.close();
    await this.#telemetry.shutdown();
    await this.#pool?.close();
    await this.#main.close();
    this.#process.stop();
    this.host.phase = 'stopped';
    await this.#spanExporter.shutdown();
    await this.#logExporter.shutdown();
  }

  #count(): Forwarded {
    const threads = [this.host.forwarded(), ...(this.#pool?.forwarded() ?? [])];
    return {
      forwardedItems: threads.reduce((sum, { forwardedItems }) => sum + forwardedItems, 0),
      lostItems: threads.reduce((sum, { lostItems }) => sum + lostItems, 0),
    };
  }
}

const idsOf = ({ from, to }: GraphEdge) => ({ from: from.identity.id, to: to.identity.id });
