import type { Signal } from '@otelier/otlp';
import type { LongestBlock } from './blocks.ts';

/** A batch that the receiver forwarded. */
export interface ForwardedBatch {
  readonly signal: Signal;
  /** The value of its request's `x-fuzz-id` header. */
  readonly id: string | undefined;
  readonly bytes: Uint8Array;
}

/** Messages from the receiver process. */
export type FromServer =
  | { readonly kind: 'listening'; readonly addresses: readonly string[] }
  | { readonly kind: 'taken'; readonly taken: readonly ForwardedBatch[] }
  | { readonly kind: 'flushed'; readonly longestBlockMillis: number }
  | {
      readonly kind: 'report';
      readonly longestBlock: LongestBlock;
      readonly peakMegabytes: number;
      /** Log lines of level `error` and above. */
      readonly errors: readonly string[];
    };

/** Messages to the receiver process. */
export type ToServer = { readonly kind: 'flush' } | { readonly kind: 'report' } | { readonly kind: 'stop' };
