import type { SignalBuilder } from '../columns/item-builder.ts';
import { pendingBlock } from '../columns/pending/pending-block.ts';
import { rowsOfTraces } from '../columns/pending/pending-traces.ts';
import { type NewestTraces, newestOf, selectRange } from '../scan/newest.ts';
import { scanConditions } from '../scan/scan-filter.ts';
import { selectRows } from '../scan/select-rows.ts';
import { NotScannableError } from '../scan/value-tests.ts';
import type { Pending } from './pending.ts';
import type { PendingPlace, PendingQuestion, PendingReply } from './protocol.ts';

/** Returns where the pending rows are that no file contains; `undefined` if the snapshots contain all of them. */
export function placeOfPending(pending: Pending | undefined): PendingPlace | undefined {
  if (pending?.builder === undefined || pending.isCaptured) return undefined;
  return placeOf(pending.builder, pending.generation);
}

/** Returns the place of all rows of a builder. */
export function placeOf(builder: SignalBuilder, generation: number): PendingPlace {
  const { rows } = builder;
  const { min, max } = builder.timeRange(0, rows);
  return { generation, rows, minTime: min, maxTime: max };
}

/** Reads pending rows; `undefined` if they have been written to a file since. */
export function replyOf(
  pending: Pending | undefined,
  { rows, generation }: PendingPlace,
  question: PendingQuestion,
): PendingReply | undefined {
  const builder = pending?.builder;
  if (builder === undefined || pending?.generation !== generation || builder.rows < rows) return undefined;
  return replyFrom(builder, rows, question);
}

/** Reads the first rows of a builder. */
export function replyFrom(builder: SignalBuilder, rows: number, { newest, traceRows }: PendingQuestion): PendingReply {
  const found = newest && scanned(() => newestPending(builder, rows, newest));
  if (traceRows === undefined) return { newest: found };
  const newestIds = (found?.traces ?? []).slice(0, traceRows.ofNewest ?? 0).map(({ traceId }) => traceId);
  const traceIds = [...traceRows.traceIds, ...newestIds];
  return { newest: found, traceRows: rowsOfTraces(builder, { ...traceRows, traceIds, rows }) };
}

function newestPending(
  builder: SignalBuilder,
  rows: number,
  { conditions, limit, ...range }: NonNullable<PendingQuestion['newest']>,
): NewestTraces {
  const block = pendingBlock(builder, rows);
  const { words } = builder.times(rows);
  const selected = selectRange(words, range);
  selectRows(block, scanConditions(conditions), selected);
  return newestOf(block, words, selected, limit);
}

/** Returns the result of a scan; `undefined` if the engine must evaluate it. */
function scanned<T>(scan: () => T): T | undefined {
  try {
    return scan();
  } catch (error) {
    if (error instanceof NotScannableError) return undefined;
    throw error;
  }
}
