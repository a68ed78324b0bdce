import type { Clock, ExportClient } from '@otelier/transport/portable';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { BatchOptions } from '../delivery/contract.ts';
import type { TransportOptions } from './options.ts';

/** The network access of a runtime. */
export interface Network {
  /** Creates the transport to one endpoint. Throws an `OptionError` for what the runtime does not support. */
  connect(options: EndpointOptions): ExportClient;
  /** A clock whose timers do not keep the process alive. */
  readonly clock: Clock;
  /** Keeps the process alive until the result is called. */
  hold(): () => void;
}

/**
 * What the library needs from a runtime: one implementation for Node, Deno and Bun, one for browsers and edge runtimes.
 */
export interface Platform {
  readonly network: Network;
  /**
   * Calls `flush` when the process or page may be about to end. `isRepeated` is true if only the previous flush has
   * kept it alive. The result removes the callback.
   */
  onExit(flush: (isRepeated?: boolean) => Promise<unknown>): () => void;
  /** Batch defaults within the limits of the runtime. */
  readonly batch: BatchOptions;
  /** Default attributes of every resource. */
  resource?(): Attributes;
}

/** The options of a transport to one endpoint. */
export interface EndpointOptions extends Omit<TransportOptions, 'endpoint' | 'circuitBreaker'> {
  /** Default: that of the protocol. */
  readonly endpoint?: string | undefined;
}
