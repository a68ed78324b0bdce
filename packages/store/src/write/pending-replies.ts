import type { SignalBuilder } from '../columns/item-builder.ts';
import { newestPending, rowsOfTraces } from '../columns/pending/pending-traces.ts';
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
  const found = newest && newestPending(builder, { ...newest, rows });
  if (traceRows === undefined) return { newest: found };
  const newestIds = (found?.traces ?? []).slice(0, traceRows.ofNewest ?? 0).map(({ traceId }) => traceId);
  const traceIds = [...traceRows.traceIds, ...newestIds];
  return { newest: found, traceRows: rowsOfTraces(builder, { ...traceRows, traceIds, rows }) };
}
