import type { Signal } from '@otelier/otlp';
import type { Request, SendOutcome } from './contract.ts';
import type { Fragment } from './scope-buffer.ts';

/** A request in the queue or in flight, until its outcome is known. */
export interface PendingRequest {
  readonly signal: Signal;
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly content: readonly (Fragment | Uint8Array)[];
  /** Whether a caller awaits the outcome. Such requests are not dropped to free capacity. */
  readonly isAwaited: boolean;
  /** Resolves with the outcome. */
  readonly promise: Promise<SendOutcome>;
  readonly resolve: (outcome: SendOutcome) => void;
}

/** A request whose parts may still lack their header. */
export type Deliverable = Omit<Request, 'parts'> & { readonly parts: PendingRequest['content'] };

/** Creates a pending request. */
export function createPendingRequest(
  signal: Signal,
  itemCount: number,
  sizeBytes: number,
  content: PendingRequest['content'],
  isAwaited = false,
): PendingRequest {
  return { signal, itemCount, sizeBytes, content, isAwaited, ...Promise.withResolvers<SendOutcome>() };
}
