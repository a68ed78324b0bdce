/**
 * Lets small requests gather, so that one wake-up of the event loop serves many of them. At ten spans a request the
 * kernel's part of a wake-up can cost more than the request; a pause of 0.15 ms while several clients are sending brings
 * their next requests together.
 *
 * Whether that pays depends on the machine, on its load and on the clients: it saved a fifth of the CPU with clients on an
 * idle core of their own, and cost as much where waking up from the pause met cold caches (`http.bench.ts`). So it is
 * decided by what it is for: the CPU that a request takes with pauses and without, looked at while requests come fast.
 * And whatever it saves, a pause must bring at least `ENOUGH` requests; one that brings fewer is not tried again for a
 * number of turns that doubles, so that a lone client, whose next request waits for our answer, hardly ever meets one.
 *
 * One a thread is enough: see `gather`. Call `served` for every request, in the turn of the loop in which it is answered.
 */
export class Gather {
  readonly #loop: GatherLoop;
  readonly #endTurn = () => this.#decide();
  readonly #comparison: Comparison;
  #servedInTurn = 0;
  #turnBeganMillis = 0;
  #hasPaused = false;
  #turnsToRest = 0;
  #restTurns = MIN_REST_TURNS;

  constructor(loop: GatherLoop) {
    this.#loop = loop;
    this.#comparison = new Comparison(loop);
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
    this.#comparison.count(served, nowMillis);
    if (!isBusy || !this.#comparison.pausesPay) return;
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
      this.#restTurns = MIN_REST_TURNS;
    } else {
      this.#turnsToRest = this.#restTurns;
      this.#restTurns = Math.min(this.#restTurns * 2, MAX_REST_TURNS);
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
  /** CPU that this thread has used. */
  cpuMicros(): number;
}

const PAUSE_MILLIS = 0.15;
/** A request each 0.1 ms: below that rate, or with requests that take longer, wake-ups are not what costs. */
const BUSY_MILLIS = 0.1;
/** Requests that a pause must bring. */
const ENOUGH = 4;
const MIN_REST_TURNS = 16;
const MAX_REST_TURNS = 4096;

/** Compares what a request costs with pauses and without: mostly in the cheaper way, now and then in the other. */
class Comparison {
  /** Whether pauses are made now: because they pay, or to see whether they do. */
  pausesPay = false;
  readonly #loop: GatherLoop;
  /** CPU a request; `undefined` until it has been seen. */
  #withPauses: number | undefined;
  #without: number | undefined;
  #served = 0;
  #sinceMillis = 0;
  #sinceCpuMicros = 0;
  #periods = 0;

  constructor(loop: GatherLoop) {
    this.#loop = loop;
  }

  count(served: number, nowMillis: number): void {
    this.#served += served;
    if (nowMillis - this.#sinceMillis < PERIOD_MILLIS) return;
    const cpuMicros = this.#loop.cpuMicros();
    const rate = this.#served / (nowMillis - this.#sinceMillis);
    // Slower than that, nothing pauses, and there is nothing to compare.
    if (rate >= COMPARABLE_RATE) this.#note((cpuMicros - this.#sinceCpuMicros) / this.#served);
    this.#served = 0;
    this.#sinceMillis = nowMillis;
    this.#sinceCpuMicros = cpuMicros;
  }

  #note(cost: number): void {
    if (this.pausesPay) this.#withPauses = smoothed(this.#withPauses, cost);
    else this.#without = smoothed(this.#without, cost);
    this.#periods++;
    const doPay = (this.#withPauses ?? 0) < (this.#without ?? Number.POSITIVE_INFINITY);
    this.pausesPay = this.#periods % PERIODS_A_TRY === 0 ? !doPay : doPay;
  }
}

/** The system tells a thread's CPU to a few milliseconds, so a period is many of those. */
const PERIOD_MILLIS = 200;
const PERIODS_A_TRY = 16;
/** Requests a millisecond. */
const COMPARABLE_RATE = 2;

function smoothed(former: number | undefined, value: number): number {
  return former === undefined ? value : (former + value) / 2;
}

const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** The one of this thread's event loop, for all servers that run on it. */
export const gather: Gather = new Gather({
  atEndOfTurn: (fn) => void setImmediate(fn),
  // Nobody changes or notifies this memory, so it is a sleep, which leaves the core to others.
  pause: (millis) => void Atomics.wait(NEVER, 0, 0, millis),
  nowMillis: () => performance.now(),
  cpuMicros() {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  },
});
