/** The times of a metric query in nanoseconds. */
export interface NanoGrid {
  readonly start: bigint;
  readonly step: bigint;
  readonly count: number;
}
