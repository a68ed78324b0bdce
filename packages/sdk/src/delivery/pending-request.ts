import type { Signal } from '@otelier/otlp';
import type { Request, SendOutcome } from './contract.ts';
import type { Fragment } from './scope-buffer.ts';

/** A request on its way through the client, from the moment in which it is closed until its outcome is known. */
export interface PendingRequest {
  readonly signal: Signal;
  readonly itemCount: number;
  readonly sizeBytes: number;
  readonly content: readonly (Fragment | Uint8Array)[];
  /** Whether somebody waits for the outcome; then it is not dropped to make room for others. */
  readonly isAwaited: boolean;
  /** Resolves with what became of it. */
  readonly promise: Promise<SendOutcome>;
  readonly resolve: (outcome: SendOutcome) => void;
}

/** A request as it is handed in: its parts may still have to get the head that says what they come from. */
export type Deliverable = Omit<Request, 'parts'> & { readonly parts: PendingRequest['content'] };

/** Makes a request ready for its way. */
export function consign(
  signal: Signal,
  itemCount: number,
  sizeBytes: number,
  content: PendingRequest['content'],
  isAwaited = false,
): PendingRequest {
  return { signal, itemCount, sizeBytes, content, isAwaited, ...Promise.withResolvers<SendOutcome>() };
}
