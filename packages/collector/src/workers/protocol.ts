import type { MessagePort } from 'node:worker_threads';
import type { Batch } from '@otelier/otlp';
import type { PipelineGraph } from '@otelier/query';
import type { ComponentKind } from '../component/contract.ts';
import type { Endpoint, TapFilter } from '../component/host.ts';
import type { ConfigOrigin } from '../config/model.ts';
import type { Forwarded } from '../graph/life.ts';

/** What a worker thread is started with. */
export interface WorkerOptions {
  /** From 0. */
  readonly index: number;
  readonly count: number;
  /** The configuration, which each thread reads by itself. */
  readonly origin: ConfigOrigin;
  /** Address of the module that exports the `registry`. */
  readonly registry: string;
  /** Least severity that is logged. */
  readonly level: string;
  readonly memoryLimitBytes: number;
  /** Bytes in flight of the whole process. */
  readonly inFlight: SharedArrayBuffer;
  /** What each thread has of memory in use. */
  readonly memory: SharedArrayBuffer;
  /** The way by which batches go to and from the main thread. */
  readonly channel: MessagePort;
}

/** What the main thread says to a worker. Requests with an `id` are answered. */
export type ToWorker =
  | { readonly kind: 'start' | 'shutdown'; readonly id: number }
  | { readonly kind: 'drain'; readonly id: number; readonly nodes: readonly string[]; readonly remainingMillis: number }
  /** The way to another worker, in place of any former one. */
  | { readonly kind: 'peer'; readonly index: number; readonly port: MessagePort }
  | { readonly kind: 'watch'; readonly tap: number; readonly filter: TapFilter }
  | { readonly kind: 'unwatch'; readonly tap: number }
  /** So many bytes of what passed have been looked at. */
  | { readonly kind: 'seen'; readonly tap: number; readonly bytes: number }
  | { readonly kind: 'socket'; readonly id: number; readonly reply: SocketReply }
  /** Have the clients of so many busy connections come again on new ones. */
  | { readonly kind: 'move'; readonly connections: number };

/** What a worker says to the main thread. */
export type FromWorker =
  | { readonly kind: 'reply'; readonly id: number; readonly state: WorkerState; readonly failure?: Failure }
  | { readonly kind: 'state'; readonly state: WorkerState }
  /** A line of its log, as the logger writes it. */
  | { readonly kind: 'log'; readonly line: string }
  | { readonly kind: 'passed'; readonly tap: number; readonly batch: Batch }
  | {
      readonly kind: 'socket';
      readonly id: number;
      readonly endpoint: string;
      readonly place: Omit<Endpoint, 'address'>;
    };

/** How a worker is; it says so a few times a second, and with each answer. */
export interface WorkerState {
  readonly nodes: PipelineGraph['nodes'];
  readonly edges: PipelineGraph['edges'];
  readonly refusedRequests: number;
  /** Components that are not well, as `Health.problems` has them. */
  readonly errors: readonly string[];
  readonly endpoints: readonly Endpoint[];
  readonly forwarded: Forwarded;
  /** Processor cores that this thread used over the last second. */
  readonly cpuCores: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly eventLoopDelayP99Millis: number;
  readonly load: Load;
}

/** What a worker's connections brought it over the last half second. */
export interface Load {
  readonly bytes: number;
  /** How many connections brought that: of two, one with nearly all of it, hardly more than one. */
  readonly busyConnections: number;
}

/** Where a worker shall listen. */
export type SocketReply =
  | { readonly kind: 'listen'; readonly endpoint: string }
  /** Another worker listens, and cannot share the socket. */
  | { readonly kind: 'idle'; readonly address: string }
  | { readonly kind: 'failure'; readonly message: string; readonly code: string; readonly endpoint: string };

/** Why a worker did not start: the component that did not, and its reason. */
export interface Failure {
  readonly kind: ComponentKind;
  readonly component: string;
  readonly message: string;
}
