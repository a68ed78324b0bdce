import type { Clock, ExportClient } from '@otelier/transport/portable';
import type { Attributes } from '../attributes/attribute-list.ts';
import type { BatchOptions } from '../delivery/contract.ts';
import type { TransportOptions } from './options.ts';

/** How a runtime reaches endpoints. */
export interface Network {
  /** Makes the transport to one endpoint; throws an `OptionError` for what the runtime cannot do. */
  connect(options: EndpointOptions): ExportClient;
  /** Its timers keep no process alive. */
  readonly clock: Clock;
  /** Keeps the process alive until the result is called; for what the program waits for. */
  hold(): () => void;
}

/** What a runtime gives to the library; one for Node, Deno and Bun, one for browsers and the edge. */
export interface Platform {
  readonly network: Network;
  /**
   * Calls `flush` when the process or page may be about to end, `isAgain` when nothing but this has kept it from ending; the result takes
   * that back.
   */
  onExit(flush: (isAgain?: boolean) => Promise<unknown>): () => void;
  /** Defaults that the runtime's limits ask for. */
  readonly batch: BatchOptions;
  /** What every resource has, where it is not told otherwise. */
  resource?(): Attributes;
}

/** The options of a transport to one endpoint. */
export interface EndpointOptions extends Omit<TransportOptions, 'endpoint' | 'circuitBreaker'> {
  /** `undefined` is the protocol's default. */
  readonly endpoint?: string | undefined;
}
