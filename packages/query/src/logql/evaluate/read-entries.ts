import type { Control } from '../../promql/evaluate/context.ts';
import type { LineFilter, Stage } from '../parse/ast.ts';
import type { LogEntry } from '../pipeline/stage.ts';
import type { LogSelection, LogSource } from '../source.ts';
import { EVALUATION_LIMITS, tooManyEntries } from './limits.ts';
import type { Statistics } from './statistics.ts';

/** What the evaluation of a query depends on. */
export interface Evaluation {
  readonly source: LogSource;
  readonly control: Control;
  readonly statistics: Statistics;
  /** The time that templates see as now. */
  nowMillis(): number;
}

/** Number of entries after which other work of the thread gets a turn. */
const PAUSE_ENTRIES = 256;

/**
 * Reads entries and calls `take` for each, until it returns `false`. Throws a `LogqlExecutionError` if there are too
 * many.
 */
export async function readEntries(
  { source, control, statistics }: Evaluation,
  selection: LogSelection,
  take: (entry: LogEntry) => boolean,
): Promise<void> {
  for await (const entries of source.read(selection)) {
    for (const [index, entry] of entries.entries()) {
      if (index % PAUSE_ENTRIES === 0) {
        const pause = control.check();
        if (pause !== undefined) await pause;
      }
      statistics.lines += 1;
      statistics.bytes += entry.line.length;
      if (statistics.lines > EVALUATION_LIMITS.entries) throw tooManyEntries();
      if (!take(entry)) return;
    }
  }
}

/** Returns the filters that a pipeline applies to lines as they are stored. */
export function storedLineFilters(stages: readonly Stage[]): readonly LineFilter[] {
  const found: LineFilter[] = [];
  for (const stage of stages) {
    if (stage.kind === 'line-format' || stage.kind === 'unpack' || stage.kind === 'decolorize') break;
    if (stage.kind === 'line-filter') found.push(stage);
  }
  return found;
}
