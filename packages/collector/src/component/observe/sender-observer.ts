import type { Outcome, Signal } from '@otelier/otlp';
import type { ExportRequest, RejectedRequest } from '@otelier/transport';

/** Observes who sends to the servers of a thread. */
export interface SenderObserver {
  /** A valid request has arrived. Its bytes are read before this returns. */
  arrived(request: ExportRequest, bytes: Uint8Array, itemCount: number): ObservedArrival;
  /** The request has its response. */
  settled(arrival: ObservedArrival, outcome: Outcome): void;
  /** A request was rejected before it was read. */
  rejected(request: RejectedRequest): void;
  /** The body of a request is invalid. */
  invalid(request: ExportRequest, reason: string): void;
}

/** A request that was observed. */
export interface ObservedArrival {
  readonly signal: Signal;
}
