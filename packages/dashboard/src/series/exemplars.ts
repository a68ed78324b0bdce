import type { SeriesLine } from './series.ts';

/** An exemplar with its line in the chart. It links to its trace. */
export interface ShownExemplar {
  readonly line: SeriesLine;
  readonly exemplar: SeriesLine['exemplars'][number];
}

const COLUMNS = 40;
const MAX = 60;
/** Aggregates whose axis can also show individual measurements. */
const MEASURED = /^(p\d+|avg|min|max|last|)$/;

/**
 * Selects at most sixty exemplars to show: the largest per line and chart column, because the slowest requests are the
 * most interesting.
 */
export function shownExemplars(
  lines: readonly SeriesLine[],
  startMillis: number,
  endMillis: number,
): readonly ShownExemplar[] {
  const column = (endMillis - startMillis) / COLUMNS;
  const shown = lines.flatMap((line) => {
    if (!MEASURED.test(line.aggregate)) return [];
    const largest = new Map<number, ShownExemplar>();
    for (const exemplar of line.exemplars) {
      const { timeMillis, value } = exemplar;
      if (timeMillis < startMillis || timeMillis >= endMillis || exemplar.traceId === '') continue;
      const at = Math.floor((timeMillis - startMillis) / column);
      if (value > (largest.get(at)?.exemplar.value ?? Number.NEGATIVE_INFINITY)) largest.set(at, { line, exemplar });
    }
    return [...largest.values()];
  });
  return shown
    .sort((a, b) => b.exemplar.value - a.exemplar.value)
    .slice(0, MAX)
    .sort((a, b) => a.exemplar.timeMillis - b.exemplar.timeMillis);
}
