import type { Clock, ExportClient } from '@otelier/transport/portable';
import type { ProxySelector } from '@otelier/transport/proxy';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { BatchOptions } from '../delivery/contract.ts';
import type { TransportOptions } from './options.ts';

/** The network access of a runtime. */
export interface Network {
  /** Creates a transport to one endpoint. Throws an `OptionError` for options that the runtime does not support. */
  connect(options: EndpointOptions): ExportClient;
  /** A clock whose timers do not keep the process alive. */
  readonly clock: Clock;
  /** Keeps the process alive until the returned function is called. */
  hold(): () => void;
}

/**
 * The runtime features that the library needs. There is one implementation for Node, Deno and Bun, and one for browsers
 * and edge runtimes.
 */
export interface Platform {
  readonly network: Network;
  /**
   * Calls `flush` when the process or page may be about to end. `isRepeated` is true if only the previous flush has
   * kept it alive. Returns a function that removes the callback.
   */
  onExit(flush: (isRepeated?: boolean) => Promise<unknown>): () => void;
  /** Default batch options, within the limits of the runtime. */
  readonly batch: BatchOptions;
  /** Returns default attributes for every resource. */
  resource?(): Attributes;
}

/** Options for a transport to one endpoint. */
export interface EndpointOptions extends Omit<TransportOptions, 'endpoint' | 'circuitBreaker'> {
  /** Default: the endpoint of the protocol. */
  readonly endpoint?: string | undefined;
  /** The proxies of the environment. */
  readonly proxyOf?: ProxySelector | undefined;
}
