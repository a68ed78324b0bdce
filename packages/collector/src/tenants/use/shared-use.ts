import { createHash } from 'node:crypto';
import type { RateUse, TenantUse } from './tenant-use.ts';

/** Number of tenants whose limits hold across threads. Those of further ones hold in each thread. */
const MAX_TENANTS = 4096;
/** Fields of a tenant: the hash of its name, until when its rates are paid for, and its stored bytes. Those of threads follow. */
const [HASH, BYTES, ITEMS, STORED, OF_THREADS] = [0, 1, 2, 3, 4] as const;
/** Fields of each thread. */
const [IN_FLIGHT, CONNECTIONS, SERIES, THREAD_WIDTH] = [0, 1, 2, 3] as const;

/** Allocates the memory in which a number of threads share what tenants use. */
export function createUseMemory(threads: number): SharedArrayBuffer {
  return new SharedArrayBuffer(MAX_TENANTS * (OF_THREADS + THREAD_WIDTH * threads) * BigInt64Array.BYTES_PER_ELEMENT);
}

/** What tenants use of their limits in all threads of a process, as one thread sees and changes it. */
export class SharedUse {
  readonly #fields: BigInt64Array;
  readonly #width: number;
  readonly #thread: number;

  /** `thread` is 0-based. What an earlier thread of this number had is forgotten. */
  constructor(memory: SharedArrayBuffer, thread: number) {
    this.#fields = new BigInt64Array(memory);
    this.#width = this.#fields.length / MAX_TENANTS;
    this.#thread = thread;
    for (let at = OF_THREADS + thread * THREAD_WIDTH; at < this.#fields.length; at += this.#width)
      for (let field = 0; field < THREAD_WIDTH; field++) Atomics.store(this.#fields, at + field, 0n);
  }

  /** Returns the use of a tenant; `undefined` if there are too many tenants. */
  of(tenant: string): TenantUse | undefined {
    const hash = hashOf(tenant);
    const start = Number(BigInt.asUintN(32, hash)) % MAX_TENANTS;
    for (let probe = 0; probe < MAX_TENANTS; probe++) {
      const at = ((start + probe) % MAX_TENANTS) * this.#width;
      const found = Atomics.compareExchange(this.#fields, at + HASH, 0n, hash);
      if (found === 0n || found === hash) return new SharedTenantUse(this.#fields, at, this.#width, this.#thread);
    }
    return undefined;
  }
}

class SharedTenantUse implements TenantUse {
  readonly bytes: RateUse;
  readonly items: RateUse;
  readonly #fields: BigInt64Array;
  readonly #at: number;
  readonly #end: number;
  /** The fields of this thread. */
  readonly #own: number;

  constructor(fields: BigInt64Array, at: number, width: number, thread: number) {
    this.bytes = new SharedRateUse(fields, at + BYTES);
    this.items = new SharedRateUse(fields, at + ITEMS);
    this.#fields = fields;
    this.#at = at;
    this.#end = at + width;
    this.#own = at + OF_THREADS + thread * THREAD_WIDTH;
  }

  get inFlightBytes(): number {
    return this.#sum(IN_FLIGHT);
  }

  addInFlight(bytes: number): void {
    this.#add(IN_FLIGHT, bytes);
  }

  get connections(): number {
    return this.#sum(CONNECTIONS);
  }

  addConnections(count: number): void {
    this.#add(CONNECTIONS, count);
  }

  get series(): number {
    return this.#sum(SERIES);
  }

  addSeries(count: number): void {
    this.#add(SERIES, count);
  }

  get storedBytes(): number {
    return Number(Atomics.load(this.#fields, this.#at + STORED));
  }

  set storedBytes(bytes: number) {
    Atomics.store(this.#fields, this.#at + STORED, BigInt(bytes));
  }

  #sum(field: number): number {
    let sum = 0;
    for (let at = this.#at + OF_THREADS + field; at < this.#end; at += THREAD_WIDTH)
      sum += Number(Atomics.load(this.#fields, at));
    return sum;
  }

  #add(field: number, amount: number): void {
    Atomics.add(this.#fields, this.#own + field, BigInt(amount));
  }
}

class SharedRateUse implements RateUse {
  readonly #fields: BigInt64Array;
  readonly #at: number;

  constructor(fields: BigInt64Array, at: number) {
    this.#fields = fields;
    this.#at = at;
  }

  /** The monotonic clock of a thread begins with the thread; that of the system is the same for all. */
  nowMicros(): number {
    return Number(process.hrtime.bigint() / 1000n);
  }

  get paidMicros(): number {
    return Number(Atomics.load(this.#fields, this.#at));
  }

  pay(micros: number, nowMicros: number): void {
    const now = BigInt(Math.trunc(nowMicros));
    const more = BigInt(Math.ceil(micros));
    for (;;) {
      const before = Atomics.load(this.#fields, this.#at);
      const after = (before > now ? before : now) + more;
      if (Atomics.compareExchange(this.#fields, this.#at, before, after) === before) return;
    }
  }
}

/** Returns a number other than 0 that no other name has in practice. */
function hashOf(name: string): bigint {
  return createHash('sha256').update(name).digest().readBigInt64LE(0) || 1n;
}
