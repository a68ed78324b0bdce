import type { Batch, Outcome, Signal } from '@otelier/otlp';
import type {
  ConfigurationEditor,
  DoctorReport,
  Documents,
  FindSensitive,
  PipelineGraph,
  PipelineLedger,
  Profiler,
  RunProcessor,
  SendersReport,
  TraceDrops,
} from '@otelier/query';
import type { Store } from '@otelier/store';
import type { Listener } from '@otelier/transport';
import type { OcspState } from '@otelier/transport/ocsp-stapler';
import type { IngestUsage, Tenants } from './requests/tenants.ts';

/** The functions that the running service provides to its components and to the program that runs it. */
export interface Host {
  /**
   * Opens a resource that several components share, such as the store of a directory. Only the first caller's `open`
   * runs. The resource is closed when its last lease is released. If `open` fails, all waiting callers are rejected,
   * and the next call opens the resource again.
   */
  share<T extends Shared>(key: string, open: () => Promise<T>): Promise<Lease<T>>;

  /** Returns a started extension by ID, such as an authenticator. */
  extension(id: string): ExtensionInterface | undefined;

  /**
   * Registers an open store under its exporter's ID, with the documents of the page that are kept beside it. Call the
   * returned function before closing the store.
   */
  offerStore(id: string, store: Store, documents?: Documents): () => void;
  /** Returns the open stores by exporter ID. */
  stores(): ReadonlyMap<string, Store>;
  /** Returns the documents that are kept beside a store. */
  documentsOf(store: Store): Documents | undefined;

  /**
   * Opens a listening socket at `endpoint` (`host:port`, `unix:/path`) and registers it as an endpoint of the component.
   * The host owns the socket, so that threads can share a port. Throws `EndpointError` or `ListenError`.
   */
  listen(endpoint: string, place: Omit<Endpoint, 'address'>): Promise<LeasedListener>;

  /** Registers an endpoint of a component that opens its own socket. Call the returned function to unregister it. */
  announce(endpoint: Endpoint): () => void;
  /** Returns the service's endpoints. */
  endpoints(): readonly Endpoint[];

  /** Returns the pipeline graph with its counters. */
  graph(): PipelineGraph;
  /** Returns the ledger of all components. In each thread, it is that of one moment between two tasks. */
  ledger(): Promise<PipelineLedger>;
  /** Returns where a trace was dropped, from the samples of all threads. */
  drops(traceId: string): Promise<TraceDrops>;
  /** Returns who sends, as observed by all threads. */
  senders(): Promise<SendersReport>;

  /**
   * Calls `listener` with each matching batch until the returned function is called. The listener must be fast and must
   * not throw.
   */
  subscribe(filter: TapFilter, listener: BatchListener): () => void;

  /**
   * Returns the input of the pipeline of a signal that ends in an exporter, or `undefined` if this thread has none. For
   * telemetry that enters without a receiver.
   */
  pipelineInput(signal: Signal, exporter: string): PipelineInput | undefined;

  /** Returns the JavaScript memory in use across all threads (heap and external memory), in bytes. */
  memoryInUse(): number;

  /** The resource attributes of the process (`service.telemetry.resource`). Empty in worker threads. */
  readonly resource: Readonly<Record<string, string>>;

  /** The configuration of the service, which can be reloaded. `undefined` in worker threads. */
  readonly configuration: Configuration | undefined;

  /** Changes the configuration of the service. Only in the main thread of a service. */
  readonly editor?: ConfigurationEditor | undefined;

  /** The token for edits where no credentials are configured. The workbench makes one for each start of the process. */
  editToken?: string | undefined;

  /** Checks the process, observing it for some time. Only in the main thread of a service. */
  readonly diagnose?: ((observedMillis: number) => Promise<DoctorReport>) | undefined;

  /** Profiles the process. Only in the main thread of a service. */
  readonly profiler?: Profiler | undefined;

  /** Passes requests to a processor. Only in the main thread of a service. */
  readonly runProcessor?: RunProcessor | undefined;

  /** Searches requests for sensitive values. Only in the main thread of a service. */
  readonly findSensitive?: FindSensitive | undefined;

  /** The tenants of this thread; `undefined` if all telemetry is of the default tenant. */
  readonly tenants?: Tenants | undefined;
  /** Returns what tenants have sent to this thread. */
  ingestUsage?(): readonly IngestUsage[];

  /** Aborts when the service begins to drain. From then on, waiting for a peer delays process exit. */
  readonly draining: AbortSignal;

  /** Takes the state of the OCSP response of a server's certificate, by the fingerprint of the certificate. */
  reportOcsp?(fingerprint: string, state: OcspState): void;
  /** Returns the states of OCSP responses in all threads, the most recent ones. */
  ocspStates?(): ReadonlyMap<string, OcspState>;

  /** Returns the service health. */
  health(): Health;

  /** Returns the status of each component instance, extensions included. */
  statuses(): readonly ComponentStatus[];

  /** Has every store check its directory, then returns the service health. */
  checkHealth(): Promise<Health>;
}

/** The entrance of a pipeline. */
export interface PipelineInput {
  consume(batch: Batch): Outcome | Promise<Outcome>;
}

/**
 * Receives the batches of a tap. `skippedItems` were not passed on by another thread since the last batch, because the
 * listener is slow.
 */
export type BatchListener = (batch: Batch, skippedItems?: number) => void;

/** The part of an extension that is visible to other components. */
export interface ExtensionInterface {
  /** The interface that other components get from `Host.extension`. They must check its type. */
  readonly offers?: unknown;
}

/** A shared resource. */
export interface Shared {
  close(): Promise<void>;
}

/** A lease on a shared resource. */
export interface Lease<T> {
  readonly value: T;
  /** Releases the lease. Releasing the last lease closes the resource. Idempotent. */
  release(): Promise<void>;
}

/** A listening socket owned by the host. */
export interface LeasedListener {
  readonly listener: Listener;
  /**
   * Sets the function that makes the client of a busy connection reconnect (`ExportServer.moveConnection`). The host
   * calls it to balance connections between threads.
   */
  movable(moveConnection: () => boolean): void;
  /** Stops listening. Call it before in-flight requests are finished. Idempotent. */
  release(): Promise<void>;
}

/** An address that the service listens on. */
export interface Endpoint {
  /** ID of the component that listens. */
  readonly component: string;
  readonly protocol: 'grpc' | 'http' | 'websocket' | 'udp' | 'tcp';
  /** `127.0.0.1:4318` or `unix:/path`. */
  readonly address: string;
}

/**
 * Selects the batches that a tap observes: those on edges, or those of a signal, into the component with an ID or each
 * once at its receiver.
 */
export type TapFilter =
  | { readonly signal: Signal; readonly into?: string; readonly edges?: never }
  | { readonly edges: readonly string[] };

/** The service health. */
export interface Health {
  readonly phase: 'new' | 'starting' | 'running' | 'draining' | 'stopped';
  /** Whether the service accepts telemetry: it is running, and all stores are writable. */
  readonly accepting: boolean;
  /** Current errors by component, such as `otlp_grpc: retrying, connection refused`. */
  readonly errors: readonly string[];
}

/** What a component is doing, as in the Collector's component status. */
export type StatusKind = 'starting' | 'ok' | 'recoverable_error' | 'permanent_error' | 'stopping' | 'stopped';

/** The status of a component instance. */
export interface ComponentStatus {
  readonly kind: ComponentKind;
  /** ID in the configuration: `batch/2`. */
  readonly component: string;
  /** The pipelines that it is part of; none for extensions. */
  readonly pipelines: readonly string[];
  readonly status: StatusKind;
  readonly error: string | undefined;
  /** Time since which it has this status, in milliseconds since the Unix epoch. */
  readonly atMillis: number;
}

/** The configuration of a running service. */
export interface Configuration {
  /**
   * Reads the sources of the configuration again and reloads it. Never rejects because of the sources. Reloads run one after
   * the other.
   */
  reload(request: ReloadRequest): Promise<ReloadReport>;
  /** The last reload that was not a dry run. */
  readonly last: LastReload | undefined;
  /** Returns the running configuration as YAML: merged, with references expanded and secrets redacted. */
  effective(): Promise<string>;
  /** Returns the component types that a configuration can use, by kind. */
  components(): Readonly<Record<ComponentKind, readonly string[]>>;
  /** Returns the components and pipelines that run. */
  setup(): RunningSetup;
  /** Calls `listener` after each reload that was not a dry run, until the returned function is called. */
  subscribe(listener: (reload: LastReload) => void): () => void;
}

/** Why a reload is requested, and whether it only returns what it would do. */
export interface ReloadRequest {
  readonly trigger: 'api' | 'signal' | 'watch' | 'opamp' | 'page';
  readonly dryRun?: boolean;
  /**
   * Files of a management server to merge over the sources that the service was started from. If they are applied, later
   * reloads use them too. Default: those that were applied last.
   */
  readonly remote?: readonly RemoteFile[];
  /** Whether to restart all components except extensions, not only those that have changed. */
  readonly restart?: boolean;
}

/** A configuration file of a management server. */
export interface RemoteFile {
  readonly name: string;
  readonly text: string;
}

/** The result of a reload. Components are named as in the configuration: `processors/batch`. */
export interface ReloadReport {
  readonly result: 'applied' | 'rolled_back' | 'unchanged';
  /** Why it was rolled back, or why telemetry was lost. */
  readonly reason?: string;
  readonly kept: readonly string[];
  readonly restarted: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Number of items that replaced components could not forward in time. */
  readonly lostItems?: number;
}

/** A finished reload. */
export interface LastReload extends ReloadReport {
  readonly trigger: ReloadRequest['trigger'];
  /** Time at which it ended, in milliseconds since the Unix epoch. */
  readonly atMillis: number;
  readonly durationMillis: number;
}

/** A component kind. Its plural is the name of the configuration section. */
export type ComponentKind = 'receiver' | 'processor' | 'exporter' | 'connector' | 'extension';

/** The components and pipelines of the configuration that runs. */
export interface RunningSetup {
  readonly components: readonly {
    readonly id: string;
    readonly kind: ComponentKind;
    readonly type: string;
    readonly config: Readonly<Record<string, unknown>>;
  }[];
  readonly pipelines: readonly {
    readonly id: string;
    readonly signal: Signal;
    readonly receivers: readonly string[];
    readonly processors: readonly string[];
    readonly exporters: readonly string[];
  }[];
}
