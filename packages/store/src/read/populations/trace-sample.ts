import type { Files } from '../shared/files.ts';

/** A part of the traces, which limits the memory of a query. */
export interface TraceSample {
  /** One in this many traces is read. */
  readonly sampling: number;
  /** Conditions that select the rows of these traces. */
  readonly conditions: readonly string[];
}

/** Returns the part of the traces in files that has about `maxRows` rows, or all of them if they have no more. */
export function sampleTraces({ rows }: Files, maxRows: number): TraceSample {
  const sampling = Math.max(1, Math.ceil(rows / maxRows));
  return { sampling, conditions: sampling === 1 ? [] : [`hash(trace_id) % ${sampling} = 0`] };
}
