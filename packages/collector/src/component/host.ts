import type { Batch, Signal } from '@otelier/otlp';
import type { PipelineGraph } from '@otelier/query';
import type { Store } from '@otelier/store';
import type { Listener } from '@otelier/transport';

/** What the running service offers to its components, and to the program around it. */
export interface Host {
  /**
   * Something that several components need but only one may open, such as a store by its folder. The first caller's
   * `open` runs, further callers get the same value, and it is closed when the last lease is released. A failed `open`
   * is reported to everyone who waited for it, and forgotten.
   */
  share<T extends Shared>(key: string, open: () => Promise<T>): Promise<Lease<T>>;

  /** A started extension by its id, such as an authenticator. */
  extension(id: string): ExtensionInterface | undefined;

  /** Makes an opened store known under the id of its exporter. Call the returned function before closing it. */
  offerStore(id: string, store: Store): () => void;
  /** The stores that are open now, by exporter id. */
  stores(): ReadonlyMap<string, Store>;

  /**
   * Lends a socket that listens at `endpoint` (`host:port`, `unix:/path`), and makes known that the component is found
   * there. The host opens and closes it, so that threads can share a port. Throws `EndpointError` or `ListenError`.
   */
  listen(endpoint: string, place: Omit<Endpoint, 'address'>): Promise<LeasedListener>;

  /** Makes known that a component listens on a socket of its own. Call the returned function when it no longer does. */
  announce(endpoint: Endpoint): () => void;
  /** Where the service listens now. */
  endpoints(): readonly Endpoint[];

  /** The pipeline with its live counters. */
  graph(): PipelineGraph;

  /** Hands every batch that passes to `listener`, until the returned function is called. The listener must be quick and may not throw. */
  subscribe(filter: TapFilter, listener: (batch: Batch) => void): () => void;

  /** Bytes that JavaScript has in use in all threads: heaps, and what hangs on them. */
  memoryInUse(): number;

  /** How the service is. */
  health(): Health;
}

/** The part of an extension that other components see. */
export interface ExtensionInterface {
  /** The value that it offers to other components under `Host.extension`; they know its shape by its type. */
  readonly offers?: unknown;
}

/** A thing with an end. */
export interface Shared {
  close(): Promise<void>;
}

/** A share in a thing. */
export interface Lease<T> {
  readonly value: T;
  /** Gives the share back; the last one closes the thing. Safe twice. */
  release(): Promise<void>;
}

/** A listening socket on loan. */
export interface LeasedListener {
  readonly listener: Listener;
  /**
   * Says how the client of one busy connection is asked to come again on a new one (`ExportServer.moveConnection`).
   * Where several threads share the port, the host levels their load by it.
   */
  movable(moveConnection: () => boolean): void;
  /** Gives the socket back: nobody connects any more. Comes before what is in flight is finished. Safe twice. */
  release(): Promise<void>;
}

/** Where telemetry, or a browser, finds the service. */
export interface Endpoint {
  /** Id of the component that listens. */
  readonly component: string;
  readonly protocol: 'grpc' | 'http' | 'websocket' | 'udp';
  /** `127.0.0.1:4318` or `unix:/path`. */
  readonly address: string;
}

/** Which batches a tap sees. */
export interface TapFilter {
  readonly signal: Signal;
  /** Id of the component they go into; without it, each batch is seen once, as its receiver hands it on. */
  readonly into?: string;
}

/** The state of the service in one glance. */
export interface Health {
  readonly phase: 'new' | 'starting' | 'running' | 'draining' | 'stopped';
  /** Whether telemetry is being taken: the service runs, and every store can store. */
  readonly accepting: boolean;
  /** What is wrong now, by component: `otlp_grpc: retrying, connection refused`. */
  readonly errors: readonly string[];
}
