import type { Signal } from '@otelier/otlp';
import type { LongestBlock } from './blocks.ts';

/** A batch that the receiver forwarded. */
export interface ForwardedBatch {
  readonly signal: Signal;
  /** The header `x-fuzz-id` of its request. */
  readonly id: string | undefined;
  readonly bytes: Uint8Array;
}

/** Messages from the process with the receiver. */
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

/** Messages to the process with the receiver. */
export type ToServer = { readonly kind: 'flush' } | { readonly kind: 'report' } | { readonly kind: 'stop' };
