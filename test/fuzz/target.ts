import type { Random } from '@otelier/testkit/otlp/random';
import type { Finding } from './finding.ts';

/** A component that reads untrusted input. */
export interface FuzzTarget {
  /** The name by which `--only` selects the target. */
  readonly name: string;
  readonly what: string;
  open(seed: number): Promise<OpenTarget>;
}

/** A running target. */
export interface OpenTarget extends AsyncDisposable {
  /** Number of inputs to try at once. */
  readonly batchSize: number;
  /** Tries one input per random source and returns the findings. */
  attempt(randoms: readonly Random[]): Promise<readonly (Finding | undefined)[]>;
  /** Returns the statistics, and any defects found at the end of the run. */
  report(): Promise<TargetReport>;
}

/** Statistics of a complete run. */
export interface TargetReport {
  readonly accepted: number;
  readonly refused: number;
  /** The longest CPU time for which the event loop, or the parser under test, was busy. */
  readonly longestBlockMillis: number;
  /** The longest such time by the wall clock. */
  readonly longestWallMillis: number;
  /**
   * Whether that time is limited. For parsers it is not, because receivers run them in another thread for large inputs.
   */
  readonly isBlockBounded: boolean;
  /** The input that took longest, if known. */
  readonly slowestInput?: Uint8Array;
  /** Peak resident memory of the server process. */
  readonly peakMegabytes: number;
  /** Defects that cannot be attributed to a single input. */
  readonly defects: readonly string[];
}
