import type { MessagePort } from 'node:worker_threads';
import type { Outcome } from '@otelier/otlp';
import { systemClock } from '@otelier/transport/clock';
import { openConnections } from '@otelier/transport/connection-limit';
import type { ConfigOrigin, ServiceConfig } from '../../config/model.ts';
import type { RuleIdentity } from '../../graph/ledger/drop-rules.ts';
import { DropSample } from '../../graph/ledger/drop-sample.ts';
import { startNodes } from '../../graph/life.ts';
import { placeInWorker } from '../../graph/placement.ts';
import type { Relay } from '../../graph/relay.ts';
import { StartError } from '../../graph/start-error.ts';
import { NO_SENDERS } from '../../senders/sender-snapshot.ts';
import { SendersOnDemand } from '../../senders/senders-on-demand.ts';
import { createTracer } from '../../telemetry/traces/own-tracer.ts';
import { SpanPoster } from '../../telemetry/traces/span-poster.ts';
import { tenantsOf } from '../../tenants/tenants-of.ts';
import { shareOfConnections } from '../../workers/connection-share.ts';
import { createDivide, createExchange } from '../../workers/exchange.ts';
import type { Failure, FromWorker, ToWorker, WorkerOptions, WorkerState } from '../../workers/protocol.ts';
import { SharedCounter } from '../../workers/shared-counter.ts';
import { ThreadMemory } from '../../workers/thread-memory.ts';
import { createTransfer, type Send } from '../../workers/transfer.ts';
import { WorkerChannel } from '../../workers/worker-channel.ts';
import { createAdmissions, type ResizableBudget } from '../admission.ts';
import { ServiceHost } from '../host.ts';
import { createLogger } from '../logging.ts';
import { createProcessWatch, type ProcessWatch } from '../process-stats.ts';
import { ThreadGraph } from '../thread-graph.ts';
import { WorkerSockets } from './sockets.ts';
import { Watching } from './watching.ts';

/** Loads a configuration. Components that are unchanged in `running` are not checked again. */
type LoadRunning = (origin: ConfigOrigin, running: ServiceConfig) => Promise<ServiceConfig>;

/** Interval at which the worker reports its state. */
const STATE_MILLIS = 250;

/** The part of a service that runs in a worker thread, controlled by messages from the main thread. */
export class WorkerService {
  readonly #options: WorkerOptions;
  readonly #load: LoadRunning;
  /** The configuration that was loaded last. */
  #config: ServiceConfig;
  readonly #post: (message: FromWorker) => void;
  readonly #admission: ResizableBudget;
  readonly #sockets: WorkerSockets;
  readonly #process: ProcessWatch;
  readonly #memory: ThreadMemory;
  readonly #host: ServiceHost;
  readonly #graph: ThreadGraph;
  /** The reason that the graph could not be built; `start` rejects with it. */
  readonly #buildError: unknown;
  readonly #watching: Watching;
  readonly #spans: SpanPoster;
  readonly #senders: SendersOnDemand;
  readonly #main: WorkerChannel;
  readonly #peers = new Map<number, WorkerChannel>();
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: WorkerOptions, config: ServiceConfig, load: LoadRunning, post: (message: FromWorker) => void) {
    this.#options = options;
    this.#load = load;
    this.#config = config;
    this.#post = post;
    openConnections.limit = shareOfConnections(options.count);
    const counter = new SharedCounter(options.inFlight, options.index);
    this.#admission = createAdmissions(options.memoryLimitBytes, counter);
    this.#sockets = new WorkerSockets((id, endpoint, place) => post({ kind: 'socket', id, endpoint, place }));
    this.#process = createProcessWatch(() => process.threadCpuUsage());
    this.#memory = new ThreadMemory(options.memory, options.index);
    const drops = new DropSample<RuleIdentity>(() => systemClock.now());
    this.#senders = new SendersOnDemand({ clock: systemClock, isShared: true });
    this.#host = new ServiceHost({
      tenants: config.tenantsModule?.createTenants(
        config,
        systemClock,
        this.#admission,
        () => this.#host.extensionOffers(),
        {
          useMemory: options.tenantUse,
          index: options.index,
        },
      ),
      clock: systemClock,
      drops,
      admission: this.#admission,
      process: this.#process,
      memory: this.#memory,
      sockets: this.#sockets.sockets,
    });
    this.#main = new WorkerChannel(options.channel, (nodeId, batch) => this.#graph.deliver(nodeId, batch));
    const { level } = options;
    this.#spans = new SpanPoster(systemClock, (spans) => post({ kind: 'spans', spans }));
    const write = (line: string) => post({ kind: 'log', line });
    const surroundings = {
      clock: systemClock,
      random: Math.random,
      logger: createLogger({ level, encoding: 'json', initialFields: { worker: options.index } }, { write }),
      admission: this.#admission,
      environment: options.origin.environment,
      host: this.#host,
      senders: this.#senders,
      drops,
      measuresRequests: config.service.telemetry.metrics.level === 'detailed',
      tracer: createTracer(config.service.telemetry.traces, {
        clock: systemClock,
        process: options.process,
        onEnd: this.#spans.add,
      }),
    };
    this.#graph = new ThreadGraph({
      surroundings,
      relay: this.#relay(),
      host: this.#host,
      sockets: this.#sockets.sockets,
      clock: systemClock,
      place: placeInWorker,
    });
    try {
      this.#graph.build(config);
    } catch (error) {
      this.#buildError = error;
    }
    this.#watching = new Watching(this.#host, (tap, batch, skippedItems) =>
      post({ kind: 'passed', tap, batch, skippedItems }),
    );
  }

  /** Handles a message from the main thread. */
  handle(message: ToWorker): void {
    switch (message.kind) {
      case 'start':
        this.#reply(message.id, this.#start());
        break;
      case 'report':
        // In a task of its own, between those that count.
        setImmediate(() => this.#reply(message.id, Promise.resolve()));
        break;
      case 'find drops':
        void this.#host.drops(message.traceId).then((found) => this.#post({ kind: 'found', id: message.id, found }));
        break;
      case 'find senders':
        this.#post({ kind: 'found', id: message.id, found: this.#senders.monitor?.snapshot() ?? NO_SENDERS });
        break;
      case 'drain':
        this.#reply(message.id, this.#drain(message.nodes, message.remainingMillis));
        break;
      case 'prepare':
        this.#reply(message.id, this.#prepare(message.origin, message.kept));
        break;
      case 'switch':
        this.#reply(message.id, this.#switch(message.memoryLimitBytes, message.level));
        break;
      case 'roll back':
        this.#reply(message.id, this.#graph.rollBack());
        break;
      case 'drain replaced':
        this.#reply(message.id, this.#graph.drainReplaced(message.nodes, message.remainingMillis));
        break;
      case 'close replaced':
        this.#reply(message.id, this.#graph.closeReplaced());
        break;
      case 'shutdown':
        this.#reply(message.id, this.#shutdown());
        break;
      case 'peer':
        this.#connectPeer(message.index, message.port);
        break;
      case 'watch':
        this.#watching.watch(message.tap, message.filter);
        break;
      case 'unwatch':
        this.#watching.unwatch(message.tap);
        break;
      case 'seen':
        this.#watching.seen(message.tap, message.bytes);
        break;
      case 'socket':
        this.#sockets.replied(message.id, message.reply);
        break;
      case 'move':
        this.#sockets.moveConnections(message.connections);
        break;
    }
  }

  #reply(id: number, work: Promise<void>): void {
    const done = (failure?: Failure) =>
      this.#post({ kind: 'reply', id, state: this.#state(), ...(failure && { failure }) });
    work.then(
      () => done(),
      (error: unknown) => {
        // Any other error is a bug: it terminates this thread and is reported with its stack trace.
        if (!(error instanceof StartError)) throw error;
        const cause = error.cause instanceof Error ? error.cause.message : String(error.cause);
        done({ kind: error.kind, component: error.component, message: cause });
      },
    );
  }

  async #start(): Promise<void> {
    if (this.#buildError !== undefined) throw this.#buildError;
    this.#host.phase = 'starting';
    this.#process.start();
    this.#sockets.start();
    await startNodes(this.#graph.graph.nodes, () => this.#stopped);
    if (this.#stopped) return;
    this.#host.phase = 'running';
    this.#timer = setInterval(() => {
      this.#post({ kind: 'state', state: this.#state() });
      this.#memory.bytes();
    }, STATE_MILLIS);
  }

  async #prepare(origin: ConfigOrigin, kept: readonly string[]): Promise<void> {
    const config = await this.#load(origin, this.#config);
    this.#config = config;
    await this.#graph.prepare(config, new Set(kept), () => this.#stopped);
    await this.#graph.exchange(() => this.#stopped, config.service.shutdownTimeoutMillis);
  }

  async #switch(memoryLimitBytes: number, level: string): Promise<void> {
    this.#graph.switch();
    const tenants = tenantsOf(this.#config);
    if (tenants !== undefined) this.#host.tenants?.configure(tenants);
    this.#graph.setLogLevel(level);
    this.#admission.resize(memoryLimitBytes);
  }

  async #drain(nodes: readonly string[], remainingMillis: number): Promise<void> {
    this.#host.drain();
    await this.#graph.drain(nodes, remainingMillis);
  }

  async #shutdown(): Promise<void> {
    this.#stopped = true;
    await this.#graph.close();
    this.#spans.flush();
    clearInterval(this.#timer);
    this.#sockets.stop();
    this.#process.stop();
    this.#host.phase = 'stopped';
  }

  #state(): WorkerState {
    const { nodes, edges, admission, process } = this.#host.graph();
    return {
      nodes,
      edges,
      refusedRequests: admission.refusedRequests,
      errors: this.#host.health().errors,
      statuses: this.#host.ownStatuses(),
      endpoints: this.#host.endpoints(),
      forwarded: this.#host.forwarded(),
      cpuCores: process.cpuCores,
      heapBytes: process.heapBytes,
      externalBytes: process.externalBytes,
      eventLoopDelayP99Millis: process.eventLoopDelayP99Millis,
      load: this.#sockets.load,
      tenants: this.#host.ingestUsage(),
      ocsp: [...this.#host.ocspStates()],
    };
  }

  #relay(): Relay {
    const { index, count } = this.#options;
    return {
      threadCount: count,
      toMain: (nodeId) => createTransfer((batch) => this.#main.send(nodeId, batch), this.#admission),
      toPartition: (nodeId, by, here) =>
        createExchange(
          createDivide(by, count, index),
          Array.from({ length: count }, (_, thread): Send => {
            if (thread === index && here) return (batch) => here.consume(batch);
            return async (batch) => (await this.#peers.get(thread)?.send(nodeId, batch)) ?? NOT_STARTED;
          }),
          this.#admission,
        ),
    };
  }

  #connectPeer(index: number, port: MessagePort): void {
    this.#peers.get(index)?.close();
    this.#peers.set(index, new WorkerChannel(port, (nodeId, batch) => this.#graph.deliver(nodeId, batch)));
  }
}

const NOT_STARTED: Outcome = Object.freeze({
  kind: 'retry',
  afterMillis: undefined,
  reason: 'the worker for these items has not started yet',
});
