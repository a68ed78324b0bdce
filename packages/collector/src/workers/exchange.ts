import { ACCEPTED, type Batch, type Outcome, type Partition } from '@otelier/otlp';
import type { Admissions } from '../component/admissions.ts';
import type { Consumer } from '../component/contract.ts';
import type { Send } from './transfer.ts';

/** Cuts one part of a batch into as many buckets as there are threads. */
export type Divide = (batch: Batch, part: Uint8Array) => readonly (Partition | undefined)[];

/**
 * Cuts batches into pieces and hands each to the thread in which its items meet; `threads` are the ways there. The
 * outcome of the batch is that of its pieces together.
 */
export function createExchange(divide: Divide, threads: readonly Send[], admissions: Admissions): Consumer {
  return {
    async consume(batch) {
      const pieces = cut(batch, divide, threads.length);
      const [only, ...others] = pieces;
      if (only === undefined) return ACCEPTED;
      const sizeBytes = pieces.reduce((sum, piece) => sum + piece.batch.sizeBytes, 0);
      // Room for all comes first: a piece that finds none would make the sender repeat what others have taken.
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
 * What to tell the sender: to send the batch again when a piece asks for it (pieces that were taken then come twice,
 * which is the price of losing nothing), otherwise how many items were turned away.
 */
function joinOutcomes(pieces: readonly Piece[], outcomes: readonly Outcome[]): Outcome {
  const again = outcomes.find(({ kind }) => kind === 'retry');
  if (again !== undefined) return again;
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
