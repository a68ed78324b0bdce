/**
 * Lets small requests gather, so that one wake-up of the event loop serves many of them. At ten spans a request the
 * kernel's part of a wake-up costs more than the request; a pause of 0.15 ms while several clients are sending brings
 * their next requests together. `gather.bench.ts` has the figures.
 *
 * It pauses only where that pays: while requests are served faster than one in `BUSY_MILLIS`, and for as long as pauses
 * bring at least `ENOUGH` requests each. A pause that brings fewer is not tried again for a number of turns that doubles,
 * so a lone client, whose next request waits for our answer, hardly ever meets one.
 *
 * One a thread is enough: see `gather`. Call `served` for every request, in the turn of the loop in which it is answered.
 */
export class Gather {
  readonly #loop: GatherLoop;
  readonly #endTurn = () => this.#decide();
  #servedInTurn = 0;
  #turnBeganMillis = 0;
  #hasPaused = false;
  #turnsToRest = 0;
  #restTurns = LEAST_REST_TURNS;

  constructor(loop: GatherLoop) {
    this.#loop = loop;
  }

  /** Counts a request of this turn. */
  served(): void {
    this.#servedInTurn++;
    if (this.#servedInTurn === 1) this.#loop.atEndOfTurn(this.#endTurn);
  }

  #decide(): void {
    const served = this.#servedInTurn;
    this.#servedInTurn = 0;
    if (this.#hasPaused) this.#learn(served);
    const nowMillis = this.#loop.nowMillis();
    const isBusy = nowMillis - this.#turnBeganMillis < BUSY_MILLIS * served;
    this.#turnBeganMillis = nowMillis;
    this.#hasPaused = false;
    if (!isBusy) return;
    if (this.#turnsToRest > 0) {
      this.#turnsToRest--;
      return;
    }
    this.#loop.pause(PAUSE_MILLIS);
    this.#hasPaused = true;
    this.#turnBeganMillis = this.#loop.nowMillis();
  }

  #learn(served: number): void {
    if (served >= ENOUGH) {
      this.#restTurns = LEAST_REST_TURNS;
    } else {
      this.#turnsToRest = this.#restTurns;
      this.#restTurns = Math.min(this.#restTurns * 2, MOST_REST_TURNS);
    }
  }
}

/** What a `Gather` needs of the event loop and of time. */
export interface GatherLoop {
  /** Calls `fn` once, after the requests that can be read now have been read. */
  atEndOfTurn(fn: () => void): void;
  /** Stands still. */
  pause(millis: number): void;
  nowMillis(): number;
}

const PAUSE_MILLIS = 0.15;
/** A request each 0.1 ms: below that rate, or with requests that take longer, wake-ups are not what costs. */
const BUSY_MILLIS = 0.1;
/** Requests that a pause must bring. */
const ENOUGH = 4;
const LEAST_REST_TURNS = 16;
const MOST_REST_TURNS = 4096;

const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** The one of this thread's event loop, for all servers that run on it. */
export const gather: Gather = new Gather({
  atEndOfTurn: (fn) => void setImmediate(fn),
  // Nobody changes or notifies this memory, so it is a sleep, which leaves the core to others.
  pause: (millis) => void Atomics.wait(NEVER, 0, 0, millis),
  nowMillis: () => performance.now(),
});
