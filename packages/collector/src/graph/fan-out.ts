import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Rejection } from '../component/admissions.ts';
import type { Consumer, Reservation } from '../component/contract.ts';
import type { Taps } from './taps.ts';

/**
 * Joins branches into a single consumer: a single branch unchanged, several branches as a fan-out. `taps` observe each
 * batch once.
 */
export function joinBranches(branches: readonly Consumer[], taps?: Taps): Consumer {
  const [only, ...others] = branches;
  if (only === undefined)
    throw new Error('a component has no consumers; the configuration check should have reported it');
  return others.length === 0 ? only : createFanOut(branches, taps);
}

/**
 * Creates a consumer that forwards every batch to all branches. It first reserves capacity in each branch that has a
 * queue: if one is full, the batch is rejected before any branch receives it. If all branches have queues, the fan-out
 * also implements `reserve`.
 *
 * Branches without a queue then consume the batch. If one of them returns `retry`, the reservations are canceled and
 * the sender retries the batch, which another branch without a queue may then receive twice. If none does, the queues
 * accept the batch, and their later failures do not reach the sender.
 */
export function createFanOut(branches: readonly Consumer[], taps?: Taps): Consumer {
  const direct = branches.filter((branch) => branch.reserve === undefined);
  const queued = branches.filter((branch) => branch.reserve !== undefined);
  const reserve = (batch: Batch): Reservation | Rejection => {
    const reservations = reserveAll(queued, batch);
    if (!Array.isArray(reservations)) return reservations;
    return {
      kind: 'reserved',
      commit() {
        if (taps?.watched) taps.show(batch);
        return commitAll(batch, [], reservations);
      },
      cancel() {
        for (const reservation of reservations) reservation.cancel();
      },
    };
  };
  return {
    ...(direct.length === 0 && { reserve }),
    consume(batch) {
      if (taps?.watched) taps.show(batch);
      const reservations = reserveAll(queued, batch);
      if (!Array.isArray(reservations)) return reservations;
      const results = direct.map((branch) => branch.consume(batch));
      return afterAll(results, (outcomes) => commitAll(batch, outcomes, reservations));
    },
  };
}

/** Reserves capacity for a batch in all queues, or in none. */
export function reserveAll(queued: readonly Consumer[], batch: Batch): Reservation[] | Rejection {
  const reservations: Reservation[] = [];
  for (const branch of queued) {
    const reserved = branch.reserve?.(batch);
    if (reserved?.kind === 'reserved') {
      reservations.push(reserved);
    } else {
      for (const reservation of reservations) reservation.cancel();
      return reserved ?? { kind: 'refused', reason: 'a branch has no queue' };
    }
  }
  return reservations;
}

function commitAll(
  batch: Batch,
  outcomes: readonly Outcome[],
  reservations: readonly Reservation[],
): Outcome | Promise<Outcome> {
  const again = outcomes.find((outcome) => outcome.kind === 'retry');
  if (again) {
    for (const reservation of reservations) reservation.cancel();
    return again;
  }
  const committed = reservations.map((reservation) => reservation.commit());
  return afterAll(committed, (others) => combineOutcomes(batch, [...outcomes, ...others]));
}

/** Calls `then` with the outcomes, synchronously unless one of them is a promise. */
function afterAll(
  results: readonly (Outcome | Promise<Outcome>)[],
  then: (outcomes: readonly Outcome[]) => Outcome | Promise<Outcome>,
): Outcome | Promise<Outcome> {
  return results.some((result) => result instanceof Promise)
    ? Promise.all(results).then(then)
    : then(results as readonly Outcome[]);
}

/**
 * Combines the outcomes of all branches into a single outcome, which asks the sender to retry only if no branch accepted
 * anything, as when the disk of all durable queues is full.
 */
function combineOutcomes(batch: Batch, outcomes: readonly Outcome[]): Outcome {
  const failed = outcomes.filter((outcome) => outcome.kind !== 'accepted');
  if (failed.length === 0) return ACCEPTED;
  const reason = [...new Set(failed.map((outcome) => outcome.reason))].join('; ');
  if (outcomes.every((outcome) => outcome.kind === 'retry')) return { kind: 'retry', afterMillis: undefined, reason };
  const refused = failed.filter((outcome) => outcome.kind !== 'partial');
  if (refused.length === outcomes.length) return { kind: 'refused', reason };
  const rejected = failed.map((outcome) => (outcome.kind === 'partial' ? outcome.rejectedItems : batch.itemCount));
  return { kind: 'partial', rejectedItems: Math.max(...rejected), reason };
}
