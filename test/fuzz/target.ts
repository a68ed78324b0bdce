import type { Random } from '@otelier/testkit';
import type { Finding } from './finding.ts';

/** A component that reads untrusted input. */
export interface FuzzTarget {
  /** The name that `--only` selects. */
  readonly name: string;
  readonly what: string;
  open(seed: number): Promise<OpenTarget>;
}

/** A running target. */
export interface OpenTarget extends AsyncDisposable {
  /** Number of inputs to try together. */
  readonly batchSize: number;
  /** Tries one input per random source and returns the findings. */
  attempt(randoms: readonly Random[]): Promise<readonly (Finding | undefined)[]>;
  /** Returns the statistics and further defects at the end. */
  report(): Promise<TargetReport>;
}

/** Statistics of a whole run. */
export interface TargetReport {
  readonly accepted: number;
  readonly refused: number;
  /** The longest CPU time for which the event loop, or the parser under test, was busy. */
  readonly longestBlockMillis: number;
  /** The same in wall-clock time. */
  readonly longestWallMillis: number;
  /**
   * Whether that time has a limit. Parsers have none, because receivers call them in another thread for large input.
   */
  readonly isBlockBounded: boolean;
  /** The input that took longest, if known. */
  readonly slowestInput?: Uint8Array;
  /** Maximum resident memory of the server process. */
  readonly peakMegabytes: number;
  /** Defects that cannot be attributed to one input. */
  readonly defects: readonly string[];
}
