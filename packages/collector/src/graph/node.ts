import type { Signal } from '@otelier/otlp';
import type { PipelineGraph } from '@otelier/query';
import type { Logger } from 'pino';
import type { Rejection } from '../component/admissions.ts';
import type { Component, ComponentKind, Consumer } from '../component/contract.ts';
import type { Emits } from '../component/define.ts';
import { errorMessage } from '../component/error-message.ts';
import type { RejectedRequests } from '../component/requests/rejected-requests.ts';
import type { RequestDurations } from '../component/requests/request-durations.ts';
import type { ExporterState } from '../component/sending/queue.ts';
import type { Gate } from './edge.ts';
import { ItemLedger } from './ledger/item-ledger.ts';
import type { NodeStatus } from './node-status.ts';
import type { Output } from './output.ts';

/** The identity of a node and its position in the graph. */
export interface NodeIdentity {
  /** Unique ID in the graph: `receiver:otlp`, `processor:traces/batch`, `exporter:traces:store`. */
  readonly id: string;
  readonly kind: ComponentKind;
  /** Component ID in the configuration: `batch/2`. */
  readonly component: string;
  /** Component type: `batch`. */
  readonly type: string;
  readonly signal: Signal | undefined;
  readonly pipelines: readonly string[];
  readonly summary: string;
}

/** Returns the node ID of an exporter or connector. */
export function exporterNodeId(signal: Signal, id: string, kind: 'exporter' | 'connector' = 'exporter'): string {
  return `${kind}:${signal}:${id}`;
}

/** Returns the node ID of a processor. */
export function processorNodeId(pipeline: string, id: string): string {
  return `processor:${pipeline}/${id}`;
}

/**
 * A component instance in the graph, with its identity and state. It starts, drains and shuts down the component at
 * most once each, in this order, no matter how often and in which order its methods are called.
 */
export class Node implements Gate {
  /** Changes with a reload that keeps the component: its pipelines and their summary. */
  identity: NodeIdentity;
  /** How the node is part of the graph of this thread. A component is kept only if its role is the same. */
  readonly role: string;
  /** Names of the resources that only this node can hold. */
  exclusive: readonly string[] = [];
  readonly logger: Logger;
  /** The outputs of the component: by signal, or by pipeline for connectors. */
  readonly outputs = new Map<string, Output>();
  /** What edges into the node call: the component, or what relays to it in another thread. */
  consumer: Consumer | undefined;
  readonly status: NodeStatus;
  readonly ledger = new ItemLedger();
  /** What the component emits. */
  emits: Emits = 'received';
  /** Where batches of the component are counted: where they leave other components, or where they arrive in this thread. */
  countedAt: 'edges' | 'arrivals' = 'edges';
  /** Returns the place of a value in the configuration of the component. */
  placeOf: (path: readonly (string | number)[] | undefined) => string | undefined = () => undefined;
  /** The durations of its requests, if they are measured. */
  requests: RequestDurations | undefined;
  /** The requests that it rejected. */
  rejections: RejectedRequests | undefined;
  error: string | undefined;
  /** Why items were lost the last time. */
  lastLoss: PipelineGraph['nodes'][number]['lastLoss'];
  queue: (() => ExporterState) | undefined;
  open = false;
  held: Promise<void> | undefined;
  #component: Component | undefined;
  #started: Promise<void> | undefined;
  #drained: Promise<void> | undefined;
  #ended: Promise<void> | undefined;
  readonly #end = new AbortController();
  #bugReported = false;

  constructor(identity: NodeIdentity, role: string, logger: Logger, status: NodeStatus) {
    this.identity = identity;
    this.role = role;
    this.logger = logger;
    this.status = status;
  }

  /** Attaches the component. Called once, before any other method. */
  attach(component: Component): void {
    this.#component = component;
    this.ledger.holdsItems = component.heldItems !== undefined;
  }

  /** The attached component. */
  get instance(): Component | undefined {
    return this.#component;
  }

  /** Aborts when the component is shut down. */
  get ended(): AbortSignal {
    return this.#end.signal;
  }

  start(): Promise<void> {
    this.#started ??= (async () => {
      if (this.#ended) throw new Error(`${this.identity.component} has been shut down`);
      await this.#component?.start?.();
      this.open = true;
      this.status.started();
    })();
    this.#started.catch((error: unknown) => this.status.report(errorMessage(error), 'permanent'));
    return this.#started;
  }

  drain(deadline: AbortSignal, remainingMillis: number): Promise<void> {
    this.#drained ??= this.#drain(deadline, remainingMillis);
    return this.#drained;
  }

  async #drain(deadline: AbortSignal, remainingMillis: number): Promise<void> {
    this.status.set('stopping');
    if (this.open || this.held !== undefined) await this.#component?.drain?.(deadline, remainingMillis);
  }

  shutdown(): Promise<void> {
    this.open = false;
    this.status.set('stopping');
    this.#end.abort();
    this.#ended ??= (async () => {
      await this.#started?.catch(() => undefined);
      this.open = false;
      await this.#component?.shutdown?.();
      this.status.set('stopped');
    })();
    return this.#ended;
  }

  /** Makes callers wait instead of rejecting their batches, until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.held = promise;
    this.open = false;
    return () => {
      this.held = undefined;
      resolve();
    };
  }

  rejection(): Rejection {
    if (this.#ended)
      return { kind: 'retry', afterMillis: undefined, reason: `${this.identity.component} has been shut down` };
    return { kind: 'retry', afterMillis: undefined, reason: `${this.identity.component} has not started yet` };
  }

  failed(error: unknown): Rejection {
    const reason = `${this.identity.kind} ${this.identity.component} failed: ${errorMessage(error)}`;
    // A bug usually recurs with every batch, so its stack trace is logged only once. The edge counts all failures.
    if (!this.#bugReported) {
      this.#bugReported = true;
      this.logger.error(
        { err: error },
        'component threw, refusing the batch; this is a bug, further failures are only counted',
      );
    }
    return { kind: 'refused', reason };
  }
}
