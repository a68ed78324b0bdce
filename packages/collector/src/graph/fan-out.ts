import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Rejection } from '../component/admissions.ts';
import {
  type Consumer,
  commitOwned,
  passOwned,
  type Reservation,
  releaseOwned,
  retainOwned,
} from '../component/contract.ts';
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
 *
 * The memory of a batch that the fan-out owns is used again once all branches have released it.
 */
export function createFanOut(branches: readonly Consumer[], taps?: Taps): Consumer {
  const direct = branches.filter((branch) => branch.reserve === undefined);
  const queued = branches.filter((branch) => branch.reserve !== undefined);
  const reserve = (batch: Batch): Reservation | Rejection => {
    const reservations = reserveAll(queued, batch);
    if (!Array.isArray(reservations)) return reservations;
    const commit = (passing: Passing) => {
      if (taps?.watched) taps.show(batch);
      return commitAll(batch, [], reservations, passing);
    };
    return {
      kind: 'reserved',
      commit: () => commit(SHARED),
      commitOwned: () => commit(taps?.watched ? SHARED : OWNED),
      cancel() {
        for (const reservation of reservations) reservation.cancel();
      },
    };
  };
  const deliver = (batch: Batch, passing: Passing): Outcome | Promise<Outcome> => {
    if (taps?.watched) taps.show(batch);
    const reservations = reserveAll(queued, batch);
    if (!Array.isArray(reservations)) {
      passing.end(batch);
      return reservations;
    }
    const results = direct.map((branch) => passing.toBranch(branch, batch));
    return afterAll(results, (outcomes) => commitAll(batch, outcomes, reservations, passing));
  };
  return {
    ...(direct.length === 0 && { reserve }),
    consume: (batch) => deliver(batch, SHARED),
    // A listener can keep the batch.
    consumeOwned: (batch) => deliver(batch, taps?.watched ? SHARED : OWNED),
  };
}

/** How a batch reaches a branch, and what happens when all branches have it. */
interface Passing {
  toBranch(branch: Consumer, batch: Batch): Outcome | Promise<Outcome>;
  toQueue(reservation: Reservation, batch: Batch): Outcome | Promise<Outcome>;
  end(batch: Batch): void;
}

const SHARED: Passing = {
  toBranch: (branch, batch) => branch.consume(batch),
  toQueue: (reservation) => reservation.commit(),
  end: () => {},
};

/** Makes each branch an owner of the batch. */
const OWNED: Passing = {
  toBranch(branch, batch) {
    retainOwned(batch);
    return passOwned(branch, batch);
  },
  toQueue(reservation, batch) {
    retainOwned(batch);
    return commitOwned(reservation);
  },
  end: releaseOwned,
};

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
  passing: Passing,
): Outcome | Promise<Outcome> {
  const again = outcomes.find((outcome) => outcome.kind === 'retry');
  if (again) {
    for (const reservation of reservations) reservation.cancel();
    passing.end(batch);
    return again;
  }
  const committed = reservations.map((reservation) => passing.toQueue(reservation, batch));
  passing.end(batch);
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
