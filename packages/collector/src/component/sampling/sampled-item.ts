import type { ItemCursor, Randomness, Threshold } from '@otelier/otlp';

/** The sampling state of an item: what earlier samplers recorded in it. One object is moved from item to item. */
export interface SampledItem {
  /** Moves to the item of the cursor. */
  moveTo(cursor: ItemCursor): void;
  /**
   * The value that is compared with thresholds: explicit randomness, else that of the trace ID, else a random number, which
   * `record` then stores.
   */
  readonly randomness: Randomness;
  /** Threshold of an earlier sampler. */
  readonly threshold: Threshold | undefined;
  /** Records the threshold in the splices of the cursor. Invalid values of earlier samplers stay unchanged. */
  record(threshold: Threshold): void;
}
