import {
  ACCEPTED,
  type Batch,
  type Outcome,
  type Partition,
  partitionByResource,
  partitionByTraceId,
} from '@otelier/otlp';
import type { Admissions } from '../component/admissions.ts';
import type { Consumer } from '../component/contract.ts';
import type { PartitionBy } from '../component/define.ts';
import type { Send } from './transfer.ts';

/** Partitions one part of a batch into one bucket per thread. */
export type Divide = (batch: Batch, part: Uint8Array) => readonly (Partition | undefined)[];

/**
 * Returns a function that partitions across `count` threads. When partitioning by trace, items without a trace ID go to
 * thread `others`.
 */
export function createDivide(by: PartitionBy, count: number, others: number): Divide {
  return by === 'trace'
    ? ({ signal }, part) => partitionByTraceId(signal, part, count, others)
    : ({ signal }, part) => partitionByResource(signal, part, count);
}

/**
 * Creates a consumer that partitions batches and sends each piece to its thread. A batch's outcome combines those of
 * its pieces.
 */
export function createExchange(divide: Divide, threads: readonly Send[], admissions: Admissions): Consumer {
  return {
    async consume(batch) {
      const pieces = cut(batch, divide, threads.length);
      const [only, ...others] = pieces;
      if (only === undefined) return ACCEPTED;
      const sizeBytes = pieces.reduce((sum, piece) => sum + piece.batch.sizeBytes, 0);
      // Memory is reserved for all pieces up front, so that the sender does not retry pieces that were already accepted.
      const admission = admissions.admit(sizeBytes, pieces.length);
      if ('kind' in admission) return admission;
      try {
        if (others.length === 0) return (await threads[only.thread]?.(only.batch)) ?? ACCEPTED;
        const outcomes = await Promise.all(
          pieces.map(({ thread, batch: piece }) => threads[thread]?.(piece) ?? ACCEPTED),
        );
        return joinOutcomes(pieces, outcomes);
      } finally {
        admission.release();
      }
    },
  };
}

interface Piece {
  readonly thread: number;
  readonly batch: Batch;
}

function cut(batch: Batch, divide: Divide, count: number): Piece[] {
  const pieces = Array.from({ length: count }, () => ({ parts: [] as Uint8Array[], itemCount: 0, sizeBytes: 0 }));
  for (const part of batch.parts) {
    for (const [thread, partition] of divide(batch, part).entries()) {
      const piece = pieces[thread];
      if (partition === undefined || piece === undefined) continue;
      piece.parts.push(partition.bytes);
      piece.itemCount += partition.itemCount;
      piece.sizeBytes += partition.bytes.length;
    }
  }
  return pieces.flatMap((piece, thread) => (piece.itemCount === 0 ? [] : [{ thread, batch: { ...batch, ...piece } }]));
}

/**
 * Combines the outcomes of pieces: `retry` if any piece returned it (accepted pieces are then duplicated, not lost),
 * otherwise the total number of rejected items.
 */
function joinOutcomes(pieces: readonly Piece[], outcomes: readonly Outcome[]): Outcome {
  const retry = outcomes.find(({ kind }) => kind === 'retry');
  if (retry !== undefined) return retry;
  let rejectedItems = 0;
  const reasons = new Set<string>();
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === 'accepted') continue;
    reasons.add(outcome.reason);
    rejectedItems += outcome.kind === 'partial' ? outcome.rejectedItems : (pieces[index]?.batch.itemCount ?? 0);
  }
  if (reasons.size === 0) return ACCEPTED;
  const reason = [...reasons].join('; ');
  const all = outcomes.every(({ kind }) => kind === 'refused');
  return all ? { kind: 'refused', reason } : { kind: 'partial', rejectedItems, reason };
}
