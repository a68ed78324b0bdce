/**
 * Coalesces small requests so that one event loop wake-up serves many of them. At ten spans per request, the kernel's
 * cost of a wake-up can exceed that of the request. While several clients are sending, a pause of 0.15 ms collects
 * their next requests.
 *
 * Whether this pays off depends on the machine, its load and the clients: it saved a fifth of the CPU time with clients
 * on a separate idle core, and cost as much where wake-ups hit cold caches (`http1/server.bench.ts`). The decision is
 * therefore based on measurements: the CPU time per request with and without pauses is compared while the request rate
 * is high. In addition, a pause must collect at least `ENOUGH` requests. After one that collects fewer, pauses stop for
 * a number of turns that doubles each time, so a single client that sends its next request only after the response is
 * rarely delayed.
 *
 * One instance per thread is sufficient: see `requestCoalescer`. Call `served` for every request, in the event loop
 * turn that responds to it.
 */
export class RequestCoalescer {
  readonly #loop: CoalescerLoop;
  readonly #endTurn = () => this.#decide();
  readonly #comparison: Comparison;
  #servedInTurn = 0;
  #turnBeganMillis = 0;
  #hasPaused = false;
  #turnsToRest = 0;
  #restTurns = MIN_REST_TURNS;

  constructor(loop: CoalescerLoop) {
    this.#loop = loop;
    this.#comparison = new Comparison(loop);
  }

  /** Counts a request served in this turn. */
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

/** The event loop and clocks that a `RequestCoalescer` needs. */
export interface CoalescerLoop {
  /** Calls `fn` once, after all requests that are readable now have been read. */
  atEndOfTurn(fn: () => void): void;
  /** Blocks the thread. */
  pause(millis: number): void;
  nowMillis(): number;
  /** Returns the CPU time used by this thread. */
  cpuMicros(): number;
}

const PAUSE_MILLIS = 0.15;
/** One request per 0.1 ms. Below that rate, or with slower requests, wake-ups are not the main cost. */
const BUSY_MILLIS = 0.1;
/** Minimum number of requests that a pause must collect. */
const ENOUGH = 4;
const MIN_REST_TURNS = 16;
const MAX_REST_TURNS = 4096;

/**
 * Compares the CPU time per request with and without pauses. Uses the cheaper mode and periodically tries the other
 * one.
 */
class Comparison {
  /** Whether pauses are currently enabled, because they pay off or in order to measure whether they do. */
  pausesPay = false;
  readonly #loop: CoalescerLoop;
  /** CPU time per request; `undefined` until measured. */
  #withPauses: number | undefined;
  #without: number | undefined;
  #served = 0;
  #sinceMillis = 0;
  #sinceCpuMicros = 0;
  #periods = 0;

  constructor(loop: CoalescerLoop) {
    this.#loop = loop;
  }

  count(served: number, nowMillis: number): void {
    this.#served += served;
    if (nowMillis - this.#sinceMillis < PERIOD_MILLIS) return;
    const cpuMicros = this.#loop.cpuMicros();
    const rate = this.#served / (nowMillis - this.#sinceMillis);
    // Below this rate there are no pauses and nothing to compare.
    if (rate >= COMPARABLE_RATE) this.#note((cpuMicros - this.#sinceCpuMicros) / this.#served);
    this.#served = 0;
    this.#sinceMillis = nowMillis;
    this.#sinceCpuMicros = cpuMicros;
  }

  #note(cost: number): void {
    if (this.pausesPay) this.#withPauses = smoothed(this.#withPauses, cost);
    else this.#without = smoothed(this.#without, cost);
    this.#periods++;
    const pausesDoPay = (this.#withPauses ?? 0) < (this.#without ?? Number.POSITIVE_INFINITY);
    this.pausesPay = this.#periods % PERIODS_PER_TRIAL === 0 ? !pausesDoPay : pausesDoPay;
  }
}

/**
 * The system reports a thread's CPU time with a resolution of several milliseconds, so a period must span many of
 * those.
 */
const PERIOD_MILLIS = 200;
const PERIODS_PER_TRIAL = 16;
/** Requests per millisecond. */
const COMPARABLE_RATE = 2;

function smoothed(previous: number | undefined, value: number): number {
  return previous === undefined ? value : (previous + value) / 2;
}

const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** The coalescer of this thread's event loop, shared by all servers on it. */
export const requestCoalescer: RequestCoalescer = new RequestCoalescer({
  atEndOfTurn: (fn) => void setImmediate(fn),
  // No thread notifies this address, so this sleeps and yields the core.
  pause: (millis) => void Atomics.wait(NEVER, 0, 0, millis),
  nowMillis: () => performance.now(),
  cpuMicros() {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  },
});
