import type { Batch, BatchTrace, Outcome } from '@otelier/otlp';
import type { ExportRequest } from '@otelier/transport';

/** Traces the work of the process itself. Components have one only if its spans are exported. */
export interface Tracer {
  /** Starts the span of a request that a receiver has decoded, as a child of the span in its headers. */
  receive(receiver: string, request: Omit<ExportRequest, 'body'>): BatchSpan;
  /** Starts the span of a batch that an exporter sends. */
  send(exporter: string, batch: Batch): BatchSpan;
}

/** The span of a batch in a component. The spans of own telemetry are not recorded. */
export interface BatchSpan {
  /** The trace of batches that belong to the span. */
  readonly trace: BatchTrace;
  /** Records that an attempt to send begins. */
  attempt(): void;
  /** Records that an attempt to send has failed, and that another follows. */
  retry(waitMillis: number, reason: string): void;
  /** Ends the span with the number of items and their outcome. */
  end(itemCount: number, outcome: Outcome): void;
}
