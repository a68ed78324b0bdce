import type { Signal } from '@otelier/otlp';
import type { LongestBlock } from './blocks.ts';

/** A batch that came out behind the receiver. */
export interface Taken {
  readonly signal: Signal;
  /** The header `x-fuzz-id` of its request. */
  readonly id: string | undefined;
  readonly bytes: Uint8Array;
}

/** What the process with the receiver says. */
export type FromServer =
  | { readonly kind: 'listening'; readonly addresses: readonly string[] }
  | { readonly kind: 'taken'; readonly taken: readonly Taken[] }
  | { readonly kind: 'flushed'; readonly longestBlockMillis: number }
  | {
      readonly kind: 'report';
      readonly longestBlock: LongestBlock;
      readonly peakMegabytes: number;
      /** Lines of its log from `error` on. */
      readonly errors: readonly string[];
    };

/** What it is asked. */
export type ToServer = { readonly kind: 'flush' } | { readonly kind: 'report' } | { readonly kind: 'stop' };
