import type { PipelineGraph } from '@otelier/query';
import { type Clock, systemClock } from '@otelier/transport';
import type { Logger } from 'pino';
import { createAdmissions } from './admission.ts';
import type { Host } from './component/host.ts';
import type { ServiceConfig } from './config/model.ts';
import { buildGraph } from './graph/build.ts';
import type { Graph } from './graph/graph.ts';
import type { Node } from './graph/node.ts';
import { StartError } from './graph/start-error.ts';
import { createLogger } from './logging.ts';
import { createProcessWatch } from './process-figures.ts';
import { ServiceHost } from './service-host.ts';

/** What a service is made of. Only the configuration is needed; the rest is the real thing unless a test hands in another. */
export interface ServiceOptions {
  readonly config: ServiceConfig;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** By default made as `service.telemetry.logs` says. */
  readonly logger?: Logger;
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
  readonly handedOnItems: number;
  /** Items that were lost because time was up. */
  readonly lostItems: number;
}

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
  #start: Promise<void> | undefined;
  #drain: Promise<DrainReport> | undefined;
  #shutdown: Promise<void> | undefined;

  constructor({ config, environment = {}, clock = systemClock, random = Math.random, logger }: ServiceOptions) {
    const { logs } = config.service.telemetry;
    this.logger = logger ?? createLogger(logs);
    this.#clock = clock;
    const admission = createAdmissions(config.service.memoryLimitBytes);
    this.#process = createProcessWatch();
    this.host = new ServiceHost(clock, admission, this.#process);
    const surroundings = { clock, random, logger: this.logger, admission, environment, host: this.host };
    this.#graph = buildGraph(config, surroundings);
    this.host.attach(this.#graph);
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
    for (const node of this.#graph.nodes) {
      try {
        await node.start();
      } catch (error) {
        await this.#close();
        throw new StartError(node.identity, error);
      }
      // A shutdown that came meanwhile has closed this node; the others must not open.
      if (this.#shutdown) return;
    }
    this.host.phase = 'running';
    const endpoints = this.host.endpoints().map(({ component, address }) => `${component} ${address}`);
    this.logger.info({ components: this.#graph.nodes.length, endpoints }, 'The service is running.');
  }

  async #drainAll(graceMillis: number): Promise<DrainReport> {
    const startMillis = this.#clock.now();
    const before = this.#count();
    if (this.host.phase === 'running') {
      this.host.phase = 'draining';
      await this.#drainNodes(graceMillis);
    }
    const after = this.#count();
    const report = {
      millis: this.#clock.now() - startMillis,
      handedOnItems: after.handedOn - before.handedOn,
      lostItems: after.lost - before.lost,
    };
    if (report.lostItems > 0) this.logger.error(report, 'The time to drain was over before everything was handed on.');
    return report;
  }

  /** Receivers first and together, then what lies between in the direction of the flow, then the exporters together. */
  async #drainNodes(graceMillis: number): Promise<void> {
    // Senders that will not finish must leave time for what was already taken.
    const receivers = this.#deadline(graceMillis / 2);
    const all = this.#deadline(graceMillis);
    const upstreamFirst = this.#graph.nodes.toReversed();
    const of = (...kinds: string[]) => upstreamFirst.filter(({ identity }) => kinds.includes(identity.kind));
    await Promise.all(of('receiver').map((node) => receivers.drain(node)));
    for (const node of of('processor', 'connector')) await all.drain(node);
    await Promise.all(of('exporter').map((node) => all.drain(node)));
    for (const node of of('extension')) await all.drain(node);
    receivers.cancel();
    all.cancel();
  }

  #deadline(millis: number): { drain(node: Node): Promise<void>; cancel(): void } {
    const over = new AbortController();
    const end = this.#clock.now() + millis;
    const drain = async (node: Node) => {
      try {
        const drained = node.drain(over.signal, Math.max(0, end - this.#clock.now()));
        await Promise.race([drained, overdue(over.signal)]);
      } catch (error) {
        node.logger.error({ err: error }, 'A component could not hand on what it held.');
      }
    };
    const cancel = this.#clock.setTimeout(() => over.abort(), millis);
    return { drain, cancel };
  }

  async #shutdownAll(): Promise<void> {
    if (this.#start) await this.#drainUnlessStarting();
    await this.#close();
  }

  async #drainUnlessStarting(): Promise<void> {
    await this.#start?.catch(() => undefined);
    await this.drain();
  }

  /** Closes every node, receivers first, whatever any of them says. */
  async #close(): Promise<void> {
    for (const node of this.#graph.nodes.toReversed()) {
      try {
        await node.shutdown();
      } catch (error) {
        node.logger.error({ err: error }, 'A component could not be closed properly.');
      }
    }
    this.#process.stop();
    this.host.phase = 'stopped';
  }

  #count(): { handedOn: number; lost: number } {
    let arrived = 0;
    let waiting = 0;
    let lost = 0;
    for (const { to, edge } of this.#graph.edges) if (to.identity.kind === 'exporter') arrived += edge.items;
    for (const { dropped, queue } of this.#graph.nodes) {
      waiting += queue?.().items ?? 0;
      lost += dropped['shutdown'] ?? 0;
    }
    return { handedOn: arrived - waiting - lost, lost };
  }
}

/** A component gets a moment after its deadline to report what it lost; one that hangs does not keep the others from theirs. */
function overdue(deadline: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const soon = () => setTimeout(resolve, 100).unref();
    if (deadline.aborted) soon();
    else deadline.addEventListener('abort', soon, { once: true });
  });
}
