import type { Outcome } from '@otelier/otlp';

/**
 * Bytes that a tenant of weight 1 may have processed in a turn of the event loop before its requests wait. With 64 KiB, a
 * tenant with a backlog processed two ordinary requests at a time, and the median of others was 4.2 instead of 3.4 ms.
 */
const QUANTUM_BYTES = 16 * 1024;
/** Number of turns whose share a tenant that has not used it may use at once, so that two requests in a row do not wait. */
const BURST = 16;
/** Time for which waiting requests are processed before sockets are read again. */
const SLICE_MILLIS = 1;
/** Number of turns after which tenants that have sent nothing no longer count as active. */
const ACTIVE_TURNS = 256;
/** Number of turns with a single tenant after which tenants are no longer told apart. */
const SOLE_TURNS = 64;

/** A tenant in a `FairQueue`. */
export interface Flow {
  /** Share relative to other tenants. */
  readonly weight: number;
}

/** Handles a request. */
export type HandleRequest<Request> = (request: Request) => Outcome | Promise<Outcome>;

interface Waiting<Request> {
  readonly request: Request;
  readonly sizeBytes: number;
  readonly handle: HandleRequest<Request>;
  readonly settle: (outcome: Outcome | Promise<Outcome>) => void;
  readonly fail: (error: unknown) => void;
}

interface FlowState<Request> {
  /** Bytes that may still be processed at once. Negative after a request that was larger. */
  creditBytes: number;
  /** The last turn with a request. */
  turn: number;
  readonly waiting: Waiting<Request>[];
}

/**
 * Shares a thread among tenants by deficit round robin of bytes. A request is processed at once while its tenant is the only
 * one, or has not used its share of this turn of the event loop. Others wait, and tenants take turns: in turns without requests
 * of tenants that stay within their share, or when such tenants have had as much as each of those that wait is due. Costs
 * nothing while only one tenant sends.
 */
export class FairQueue<Key extends Flow, Request> {
  readonly #now: () => number;
  readonly #atEndOfTurn: (fn: () => void) => void;
  readonly #flows = new Map<Key, FlowState<Request>>();
  /** The tenants with waiting requests, in the order of their turns. */
  readonly #round: Key[] = [];
  #turn = 0;
  #flowsInTurn = 0;
  #soleTurns = 0;
  /** The only tenant that sends, while tenants are not told apart. */
  #sole: Key | undefined;
  #isShared = false;
  #isScheduled = false;
  /** Whether requests of tenants within their share have come, or begun to, in this turn. */
  #isBusy = false;
  /** Bytes that each active tenant has had since the waiting ones had their last turn. */
  #dueBytes = 0;
  #active = new Set<Key>();
  #activeCount = 1;

  /** `now` is a monotonic clock in milliseconds. `atEndOfTurn` calls a function after all sockets that are readable have been read. */
  constructor(now: () => number, atEndOfTurn: (fn: () => void) => void = setImmediate) {
    this.#now = now;
    this.#atEndOfTurn = atEndOfTurn;
  }

  /** Whether several tenants send. */
  get isShared(): boolean {
    return this.#isShared;
  }

  /** Number of requests that wait. */
  get length(): number {
    let length = 0;
    for (const { waiting } of this.#flows.values()) length += waiting.length;
    return length;
  }

  /** Tells that a request of a tenant has begun to arrive, so that those that wait do not delay it. */
  announce(key: Key): void {
    if (this.#isShared && (this.#flows.get(key)?.waiting.length ?? 0) === 0) this.#isBusy = true;
  }

  /** Processes a request of a tenant, at once or when it is the tenant's turn. */
  run(key: Key, request: Request, sizeBytes: number, handle: HandleRequest<Request>): Outcome | Promise<Outcome> {
    if (!this.#isShared) {
      this.#sole ??= key;
      if (this.#sole === key) return handle(request);
      this.#isShared = true;
      this.#soleTurns = 0;
    }
    this.#schedule();
    const flow = this.#flowOf(key);
    if (flow.waiting.length === 0 && flow.creditBytes > 0) {
      flow.creditBytes -= sizeBytes;
      this.#isBusy = true;
      this.#active.add(key);
      this.#dueBytes += sizeBytes / Math.max(this.#activeCount, this.#active.size);
      return handle(request);
    }
    return new Promise((settle, fail) => {
      flow.waiting.push({ request, sizeBytes, handle, settle, fail });
      if (flow.waiting.length === 1) this.#round.push(key);
    });
  }

  #flowOf(key: Key): FlowState<Request> {
    let flow = this.#flows.get(key);
    if (flow === undefined) {
      flow = { creditBytes: 0, turn: this.#turn - 1, waiting: [] };
      this.#flows.set(key, flow);
    }
    if (flow.turn !== this.#turn) {
      this.#flowsInTurn += 1;
      // A large request is paid for by the turns after it. Waiting requests are paid for when it is their turn.
      const earned = quantumOf(key) * (this.#turn - flow.turn);
      if (flow.waiting.length === 0) flow.creditBytes = Math.min(flow.creditBytes + earned, BURST * quantumOf(key));
      flow.turn = this.#turn;
    }
    return flow;
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#atEndOfTurn(() => this.#endTurn());
  }

  /** Processes waiting requests for a while. Sockets are read before it continues. */
  #endTurn(): void {
    this.#isScheduled = false;
    if (this.#isBusy) this.#takeDueTurns();
    else this.#takeTurns();
    this.#isBusy = false;
    this.#soleTurns = this.#flowsInTurn > 1 || this.#round.length > 0 ? 0 : this.#soleTurns + 1;
    this.#turn += 1;
    this.#flowsInTurn = 0;
    if (this.#turn % ACTIVE_TURNS === 0) {
      this.#activeCount = Math.max(1, this.#active.size);
      this.#active = new Set();
    }
    if (this.#round.length > 0) this.#schedule();
    else if (this.#soleTurns >= SOLE_TURNS) {
      this.#isShared = false;
      this.#sole = undefined;
      this.#flows.clear();
      this.#active.clear();
      this.#activeCount = 1;
    }
  }

  /** Processes waiting requests while nothing else is to be done. */
  #takeTurns(): void {
    const until = this.#now() + SLICE_MILLIS;
    do this.#takeTurn();
    while (this.#round.length > 0 && this.#now() < until);
    this.#dueBytes = 0;
  }

  /** Processes what tenants that wait are due, because others have had as much. */
  #takeDueTurns(): void {
    const until = this.#now() + SLICE_MILLIS;
    while (this.#dueBytes >= QUANTUM_BYTES && this.#round.length > 0 && this.#now() < until) {
      this.#dueBytes -= QUANTUM_BYTES;
      for (let count = this.#round.length; count > 0; count--) this.#takeTurn();
    }
    if (this.#round.length === 0) this.#dueBytes = 0;
  }

  /** Processes requests of the tenant whose turn it is. */
  #takeTurn(): void {
    const key = this.#round.shift();
    const flow = key && this.#flows.get(key);
    if (key === undefined || flow === undefined) return;
    flow.creditBytes += quantumOf(key);
    let taken = 0;
    while (flow.creditBytes > 0 && taken < flow.waiting.length) {
      const next = flow.waiting[taken];
      if (next === undefined) break;
      taken += 1;
      flow.creditBytes -= next.sizeBytes;
      start(next);
    }
    flow.waiting.splice(0, taken);
    if (flow.waiting.length > 0) this.#round.push(key);
    // A share that was not used is not saved for later.
    else flow.creditBytes = Math.min(flow.creditBytes, 0);
  }
}

function quantumOf({ weight }: Flow): number {
  return QUANTUM_BYTES * weight;
}

function start<Request>({ request, handle, settle, fail }: Waiting<Request>): void {
  try {
    settle(handle(request));
  } catch (error) {
    fail(error);
  }
}
