import { newestOf, timesOf } from '../../scan/newest.ts';
import { scanConditions } from '../../scan/scan-filter.ts';
import type { RowList } from '../../scan/selection.ts';
import { NotScannableError } from '../../scan/value-tests.ts';
import { TIME_COLUMN } from '../../schema.ts';
import type { Layouts } from '../lookup/layouts.ts';
import type { FileBlock } from './file-block.ts';
import { ScanGroups } from './groups.ts';
import { matchingBlocks } from './matching-blocks.ts';
import type { NewestFound, NewestRequest, ScannedRows } from './protocol.ts';

/** Maximum number of traces to keep in memory. */
const MAX_TRACES = 200_000;

/**
 * Reads row groups, the newest first, until enough traces are newer than all unread rows. `turn` is called between two
 * row groups and throws if the scan has to stop.
 */
export async function scanNewest(
  layouts: Layouts,
  request: ScannedRows & NewestRequest,
  turn: () => Promise<void>,
): Promise<NewestFound> {
  const { ranges, enough } = request;
  const timeColumn = TIME_COLUMN.traces;
  const conditions = scanConditions(request.conditions);
  const found = new FoundTimes(request);
  const groups = new ScanGroups(layouts, request.sources, timeColumn);
  try {
    for await (const { block, selected } of matchingBlocks(groups, { timeColumn, ranges, conditions }, turn)) {
      if (selected.length > 0) found.add(block, selected);
      const { bound } = groups;
      if (bound !== undefined && found.countAbove(bound) >= enough) return found.result(bound);
    }
    return found.result(undefined);
  } finally {
    groups.close();
  }
}

/** The traces that have been found, with the starts of their first matching spans. */
class FoundTimes {
  readonly #request: NewestRequest;
  readonly #times = new Map<string, bigint>();
  #cut: bigint | undefined;

  constructor(request: NewestRequest) {
    this.#request = request;
  }

  add(block: FileBlock, selected: RowList): void {
    const words = timesOf(block, TIME_COLUMN.traces, selected);
    const { traces, total } = newestOf(block, words, selected, this.#request.limit);
    for (const { traceId, time } of traces) {
      const known = this.#times.get(traceId);
      if (known === undefined || time < known) this.#times.set(traceId, time);
    }
    const last = traces.at(-1)?.time;
    if (total > traces.length && last !== undefined && (this.#cut === undefined || last > this.#cut)) this.#cut = last;
    if (this.#times.size > MAX_TRACES) throw new NotScannableError('expected fewer traces');
  }

  countAbove(bound: bigint): number {
    const isAbove = (time: bigint): boolean => time > bound;
    return [...this.#times.values()].filter(isAbove).length + this.#request.times.filter(isAbove).length;
  }

  result(bound: bigint | undefined): NewestFound {
    return { traces: [...this.#times].map(([traceId, time]) => ({ traceId, time })), bound, cut: this.#cut };
  }
}
