import type { MessagePort } from 'node:worker_threads';
import type { Batch } from '@otelier/otlp';
import type { PipelineGraph, TraceDrops } from '@otelier/query';
import type { OcspState } from '@otelier/transport/ocsp-stapler';
import type { ComponentKind } from '../component/contract.ts';
import type { ComponentStatus, Endpoint, TapFilter } from '../component/host.ts';
import type { IngestUsage } from '../component/requests/tenants.ts';
import type { ConfigOrigin } from '../config/model.ts';
import type { Forwarded } from '../graph/life.ts';
import type { SendersSnapshot } from '../senders/sender-snapshot.ts';
import type { SpanData } from '../telemetry/traces/span.ts';

/** Options for a worker thread. */
export interface WorkerOptions {
  /** 0-based index of the worker. */
  readonly index: number;
  readonly count: number;
  /** The sources of the configuration, which each thread loads itself. */
  readonly origin: ConfigOrigin;
  /** URL of the module that exports the `registry`. */
  readonly registry: string;
  /** Minimum log level. */
  readonly level: string;
  readonly memoryLimitBytes: number;
  /** Identifies the process in the header of its own traces. */
  readonly process: string;
  /** In-flight bytes of the whole process. */
  readonly inFlight: SharedArrayBuffer;
  /** Memory in use per thread. */
  readonly memory: SharedArrayBuffer;
  /** What tenants use of their limits, if tenants are told apart. */
  readonly tenantUse: SharedArrayBuffer | undefined;
  /** Port for batches to and from the main thread. */
  readonly channel: MessagePort;
}

/** A message from the main thread to a worker. Messages with an `id` get a reply. */
export type ToWorker =
  | { readonly kind: 'start' | 'shutdown'; readonly id: number }
  /** The reply contains the current state. */
  | { readonly kind: 'report'; readonly id: number }
  | { readonly kind: 'drain'; readonly id: number; readonly nodes: readonly string[]; readonly remainingMillis: number }
  /** Asks where a trace was dropped. */
  | { readonly kind: 'find drops'; readonly id: number; readonly traceId: string }
  /** Asks who sends to the thread. */
  | { readonly kind: 'find senders'; readonly id: number }
  /** Builds and starts what the configuration changes, beside what runs. */
  | { readonly kind: 'prepare'; readonly id: number; readonly origin: ConfigOrigin; readonly kept: readonly string[] }
  /** Switches to what was prepared. */
  | { readonly kind: 'switch'; readonly id: number; readonly memoryLimitBytes: number; readonly level: string }
  | { readonly kind: 'roll back' | 'close replaced'; readonly id: number }
  | {
      readonly kind: 'drain replaced';
      readonly id: number;
      readonly nodes: readonly string[];
      readonly remainingMillis: number;
    }
  /** Replaces the port for batches to another worker. */
  | { readonly kind: 'peer'; readonly index: number; readonly port: MessagePort }
  | { readonly kind: 'watch'; readonly tap: number; readonly filter: TapFilter }
  | { readonly kind: 'unwatch'; readonly tap: number }
  /** Acknowledges bytes of tapped batches. */
  | { readonly kind: 'seen'; readonly tap: number; readonly bytes: number }
  | { readonly kind: 'socket'; readonly id: number; readonly reply: SocketReply }
  /** Makes the clients of some busy connections reconnect. */
  | { readonly kind: 'move'; readonly connections: number };

/** A message from a worker to the main thread. */
export type FromWorker =
  | { readonly kind: 'reply'; readonly id: number; readonly state: WorkerState; readonly failure?: Failure }
  | { readonly kind: 'state'; readonly state: WorkerState }
  | { readonly kind: 'found'; readonly id: number; readonly found: TraceDrops | SendersSnapshot }
  /** A log line in JSON. */
  | { readonly kind: 'log'; readonly line: string }
  /** Ended spans of the process itself. */
  | { readonly kind: 'spans'; readonly spans: readonly SpanData[] }
  | { readonly kind: 'passed'; readonly tap: number; readonly batch: Batch; readonly skippedItems: number }
  | {
      readonly kind: 'socket';
      readonly id: number;
      readonly endpoint: string;
      readonly place: Omit<Endpoint, 'address'>;
    };

/** A worker's state, reported several times per second and with each reply. */
export interface WorkerState {
  readonly nodes: PipelineGraph['nodes'];
  readonly edges: PipelineGraph['edges'];
  readonly refusedRequests: number;
  /** Component errors, in the format of `Health.errors`. */
  readonly errors: readonly string[];
  readonly statuses: readonly ComponentStatus[];
  readonly endpoints: readonly Endpoint[];
  readonly forwarded: Forwarded;
  /** CPU cores used by this thread over the last second. */
  readonly cpuCores: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
  readonly eventLoopDelayP99Millis: number;
  readonly load: Load;
  /** What tenants have sent to this thread. */
  readonly tenants: readonly IngestUsage[];
  /** The OCSP responses of the thread's servers, by the fingerprint of the certificate. */
  readonly ocsp: readonly (readonly [fingerprint: string, state: OcspState])[];
}

/** A worker's load over the last half second. */
export interface Load {
  readonly bytes: number;
  /** Effective number of connections: close to 1 if one of several carries nearly all bytes. */
  readonly busyConnections: number;
}

/** The reply to a worker that asks to listen. */
export type SocketReply =
  | { readonly kind: 'listen'; readonly endpoint: string }
  /** Another worker listens on this socket, which cannot be shared. */
  | { readonly kind: 'idle'; readonly address: string }
  | { readonly kind: 'failure'; readonly message: string; readonly code: string; readonly endpoint: string };

/** Why a worker failed to start: the failed component and its error. */
export interface Failure {
  readonly kind: ComponentKind;
  readonly component: string;
  readonly message: string;
}
