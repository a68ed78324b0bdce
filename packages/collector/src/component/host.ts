import type { Batch, Signal } from '@otelier/otlp';
import type { PipelineGraph } from '@otelier/query';
import type { Store } from '@otelier/store';
import type { Listener } from '@otelier/transport';

/** The functions of the running service for its components, and for the program that runs it. */
export interface Host {
  /**
   * Opens a resource that several components share, such as the store of a directory. Only the first caller's `open`
   * runs. The resource is closed when the last lease is released. A failed `open` rejects for all waiting callers, and the
   * next call opens again.
   */
  share<T extends Shared>(key: string, open: () => Promise<T>): Promise<Lease<T>>;

  /** Returns a started extension by its ID, such as an authenticator. */
  extension(id: string): ExtensionInterface | undefined;

  /** Registers an open store under the ID of its exporter. Call the returned function before closing the store. */
  offerStore(id: string, store: Store): () => void;
  /** Returns the open stores, by the ID of their exporter. */
  stores(): ReadonlyMap<string, Store>;

  /**
   * Opens a listening socket at `endpoint` (`host:port`, `unix:/path`) and registers it as an endpoint of the component.
   * The host owns the socket, so that threads can share a port. Throws `EndpointError` or `ListenError`.
   */
  listen(endpoint: string, place: Omit<Endpoint, 'address'>): Promise<LeasedListener>;

  /** Registers an endpoint of a component that opens its own socket. Call the returned function to remove it. */
  announce(endpoint: Endpoint): () => void;
  /** Returns the endpoints of the service. */
  endpoints(): readonly Endpoint[];

  /** Returns the pipeline graph with its counters. */
  graph(): PipelineGraph;

  /** Calls `listener` with matching batches, until the returned function is called. The listener must be fast and must not throw. */
  subscribe(filter: TapFilter, listener: (batch: Batch) => void): () => void;

  /** Returns the memory in use by JavaScript in all threads (heap and external memory), in bytes. */
  memoryInUse(): number;

  /** Aborts when the service begins to drain. From then on, waiting for a peer delays the end of the process. */
  readonly draining: AbortSignal;

  /** Returns the health of the service. */
  health(): Health;

  /** Returns `health` after every store has checked its directory. */
  checkHealth(): Promise<Health>;
}

/** The part of an extension that other components see. */
export interface ExtensionInterface {
  /** The interface of the extension for other components, by `Host.extension`. They must check its type. */
  readonly offers?: unknown;
}

/** A shared resource. */
export interface Shared {
  close(): Promise<void>;
}

/** A lease of a shared resource. */
export interface Lease<T> {
  readonly value: T;
  /** Releases the lease. The last release closes the resource. Can be called repeatedly. */
  release(): Promise<void>;
}

/** A listening socket of the host. */
export interface LeasedListener {
  readonly listener: Listener;
  /**
   * Sets the function that makes the client of a busy connection reconnect (`ExportServer.moveConnection`). The host calls
   * it to balance connections between threads.
   */
  movable(moveConnection: () => boolean): void;
  /** Stops listening. Call it before requests in flight are finished. Can be called repeatedly. */
  release(): Promise<void>;
}

/** An address on which the service listens. */
export interface Endpoint {
  /** ID of the component that listens. */
  readonly component: string;
  readonly protocol: 'grpc' | 'http' | 'websocket' | 'udp';
  /** `127.0.0.1:4318` or `unix:/path`. */
  readonly address: string;
}

/** The batches that a tap observes. */
export interface TapFilter {
  readonly signal: Signal;
  /** ID of the component that consumes the batches. Without it, each batch is observed once, at its receiver. */
  readonly into?: string;
}

/** The health of the service. */
export interface Health {
  readonly phase: 'new' | 'starting' | 'running' | 'draining' | 'stopped';
  /** Whether telemetry is accepted: the service runs, and all stores are writable. */
  readonly accepting: boolean;
  /** Current errors by component, such as `otlp_grpc: retrying, connection refused`. */
  readonly errors: readonly string[];
}
