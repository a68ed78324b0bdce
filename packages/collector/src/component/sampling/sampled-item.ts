import type { ItemCursor, Randomness, Threshold } from '@otelier/otlp';

/** The sampling state that earlier samplers recorded in an item. One object is reused for all items. */
export interface SampledItem {
  /** Moves to the item at the cursor. */
  moveTo(cursor: ItemCursor): void;
  /**
   * The value compared with thresholds: explicit randomness if present, else that of the trace ID, else a random
   * number, which `record` then stores.
   */
  readonly randomness: Randomness;
  /** Threshold set by an earlier sampler. */
  readonly threshold: Threshold | undefined;
  /** Records the threshold in the splices of the cursor. Invalid values from earlier samplers are left unchanged. */
  record(threshold: Threshold): void;
}
