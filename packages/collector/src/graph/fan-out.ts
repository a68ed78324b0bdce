import { ACCEPTED, type Batch, type Outcome } from '@otelier/otlp';
import type { Consumer, Reservation } from '../component/contract.ts';
import type { Taps } from './taps.ts';

/** Joins branches into one consumer: one is itself, several are a fan-out. `taps` see each batch once. */
export function joinBranches(branches: readonly Consumer[], taps?: Taps): Consumer {
  const [only, ...others] = branches;
  if (only === undefined)
    throw new Error('a component has nowhere to hand its batches to; the plan should not have passed');
  return others.length === 0 ? only : createFanOut(branches, taps);
}

/**
 * Hands every batch to all branches. First room is reserved in each branch that has a queue: if one is full, the batch
 * is refused before anybody has taken it. Then the branches without a queue take it. When one of those says `retry`,
 * the reservations are given back and the sender repeats the batch (another branch without a queue may then get it
 * twice, which is the price of losing nothing). Otherwise the queues take it; from there each answers for itself, and
 * what becomes of the batch in a queue is never a reason for the sender to repeat it.
 */
export function createFanOut(branches: readonly Consumer[], taps?: Taps): Consumer {
  const direct = branches.filter((branch) => branch.reserve === undefined);
  const queued = branches.filter((branch) => branch.reserve !== undefined);
  return {
    consume(batch) {
      if (taps?.watched) taps.show(batch);
      const reservations = reserveAll(queued, batch);
      if (!Array.isArray(reservations)) return reservations;
      const taken = direct.map((branch) => branch.consume(batch));
      return afterAll(taken, (outcomes) => commitAll(batch, outcomes, reservations));
    },
  };
}

function reserveAll(queued: readonly Consumer[], batch: Batch): Reservation[] | Outcome {
  const reservations: Reservation[] = [];
  for (const branch of queued) {
    const reserved = branch.reserve?.(batch);
    if (reserved?.kind === 'reserved') {
      reservations.push(reserved);
    } else {
      for (const reservation of reservations) reservation.cancel();
      return reserved ?? { kind: 'refused', reason: 'a branch lost its queue' };
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

/** Continues with the outcomes at once when none has to be awaited. */
function afterAll(
  results: readonly (Outcome | Promise<Outcome>)[],
  then: (outcomes: readonly Outcome[]) => Outcome | Promise<Outcome>,
): Outcome | Promise<Outcome> {
  return results.some((result) => result instanceof Promise)
    ? Promise.all(results).then(then)
    : then(results as readonly Outcome[]);
}

/** What to tell the sender of a batch when some branches took it and others did not: never to send it again. */
function combineOutcomes(batch: Batch, outcomes: readonly Outcome[]): Outcome {
  const errorReporter = outcomes.filter((outcome) => outcome.kind !== 'accepted');
  if (errorReporter.length === 0) return ACCEPTED;
  const reason = [...new Set(errorReporter.map((outcome) => outcome.reason))].join('; ');
  const refused = errorReporter.filter((outcome) => outcome.kind !== 'partial');
  if (refused.length === outcomes.length) return { kind: 'refused', reason };
  const rejected = errorReporter.map((outcome) =>
    outcome.kind === 'partial' ? outcome.rejectedItems : batch.itemCount,
  );
  return { kind: 'partial', rejectedItems: Math.max(...rejected), reason };
}
