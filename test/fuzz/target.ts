import type { Random } from '@otelier/testkit';
import type { Finding } from './finding.ts';

/** A component that reads untrusted input. */
export interface FuzzTarget {
  /** What `--only` picks by. */
  readonly name: string;
  readonly what: string;
  open(seed: number): Promise<OpenTarget>;
}

/** A target that stands. */
export interface OpenTarget extends AsyncDisposable {
  /** How many inputs are best tried together. */
  readonly batchSize: number;
  /** Tries one input for each source of chance, and says of each what is wrong. */
  attempt(randoms: readonly Random[]): Promise<readonly (Finding | undefined)[]>;
  /** What else there is to be known at the end. */
  report(): Promise<TargetReport>;
}

/** Statistics of a whole run. */
export interface TargetReport {
  readonly accepted: number;
  readonly refused: number;
  /** The longest time for which the event loop, or the parser under test, did nothing else, by its processor's time. */
  readonly longestBlockMillis: number;
  /** The same by the clock. */
  readonly longestWallMillis: number;
  /** Whether that time is bounded: a parser alone may take its time, for receivers call it in another thread then. */
  readonly isBlockBounded: boolean;
  /** What it was working on then, where that is known. */
  readonly slowestInput?: Uint8Array;
  /** Most resident memory of the process with the server. */
  readonly peakMegabytes: number;
  /** Problems that no single input brought about. */
  readonly defects: readonly string[];
}
