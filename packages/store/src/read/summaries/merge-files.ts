import type { ReadContext } from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { planSummaries, type RowPart } from './plan.ts';
import type { SummaryPart, SummaryRequest, SummaryResult } from './protocol.ts';

/** A request without the files, which the plan adds. */
type Wanted = SummaryRequest extends infer Request ? Omit<Request, 'sources'> : never;

/** The merged summaries of the files that have one, and the rows that are not part of them. */
export interface MergedFiles {
  /** Parts to add up. */
  readonly parts: readonly SummaryPart[];
  readonly rows: readonly RowPart[];
}

/**
 * Merges the summaries of files that may have rows in a range. `sections` are the parts that a summary must have. A
 * file whose summary is damaged is read by rows.
 */
export async function mergeFiles(
  { duck }: ReadContext,
  files: Files,
  wanted: Wanted,
  sections: number,
): Promise<MergedFiles> {
  let usable = files;
  for (;;) {
    const { sources, rows } = planSummaries(usable, wanted, sections);
    if (sources.length === 0) return { parts: [], rows };
    const { damaged, parts }: SummaryResult = await duck.merge({ ...wanted, sources } as SummaryRequest);
    if (damaged.length === 0) return { parts, rows };
    usable = usable.withoutSummaries(damaged);
  }
}
