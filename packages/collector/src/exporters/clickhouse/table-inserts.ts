import type { Outcome } from '@otelier/otlp';
import { unreachableOutcome } from '../../component/sending/unreachable.ts';

/** Inserts rows of JSON, one in each line, and returns after the server has them. */
export type InsertRows = (rows: Uint8Array, abort: AbortSignal) => Promise<Outcome>;

/** Rows that wait for an insert. */
interface WaitingRows {
  readonly rows: Uint8Array;
  readonly abort: AbortSignal;
  readonly settle: (outcome: Outcome) => void;
}

/** Maximum size of merged rows, before compression. Larger rows are inserted alone. */
const MAX_BYTES = 8 << 20;
/** Inserts at once. Rows that come meanwhile wait, so that there are more of them in the next insert. */
const MAX_INSERTS = 2;

/**
 * Inserts rows into one table. Rows that come while inserts run wait and share the next one, so that many small requests make
 * few parts on the server. Each caller gets the outcome of its own rows.
 */
export class TableInserts {
  readonly #insert: InsertRows;
  #waiting: WaitingRows[] = [];
  #running = 0;

  constructor(insert: InsertRows) {
    this.#insert = insert;
  }

  /** Inserts rows. The result is known after the server has them, or after `abort`. */
  add(rows: Uint8Array, abort: AbortSignal): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const leave = (): void => {
      this.#waiting = this.#waiting.filter((one) => one !== waiting);
      resolve(unreachableOutcome(abort.reason, abort));
    };
    const settle = (outcome: Outcome): void => {
      abort.removeEventListener('abort', leave);
      resolve(outcome);
    };
    const waiting = { rows, abort, settle };
    if (abort.aborted) leave();
    else {
      abort.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiting);
      if (this.#running < MAX_INSERTS) void this.#run();
    }
    return promise;
  }

  async #run(): Promise<void> {
    this.#running += 1;
    while (this.#waiting.length > 0) await this.#insertGroup(this.#take());
    this.#running -= 1;
  }

  #take(): readonly WaitingRows[] {
    let bytes = 0;
    const end = this.#waiting.findIndex(({ rows }, index) => {
      bytes += rows.length + 1;
      return index > 0 && bytes > MAX_BYTES;
    });
    return this.#waiting.splice(0, end < 0 ? this.#waiting.length : end);
  }

  async #insertGroup(group: readonly WaitingRows[]): Promise<void> {
    const [only, ...others] = group;
    if (only === undefined) return;
    if (others.length === 0) return only.settle(await this.#insertOnce(only.rows, only.abort));
    const outcome = await this.#insertOnce(join(group), whenAllAborted(group));
    // Rows that the server refuses must not reject those of other requests.
    if (outcome.kind === 'refused') for (const one of group) await this.#insertGroup([one]);
    else for (const { settle } of group) settle(outcome);
  }

  async #insertOnce(rows: Uint8Array, abort: AbortSignal): Promise<Outcome> {
    try {
      return await this.#insert(rows, abort);
    } catch (error) {
      return unreachableOutcome(error, abort);
    }
  }
}

const LINE_FEED = Buffer.from('\n');

function join(group: readonly WaitingRows[]): Uint8Array {
  return Buffer.concat(group.flatMap(({ rows }, index) => (index === 0 ? [rows] : [LINE_FEED, rows])));
}

/** Returns a signal that aborts when no caller waits any more. */
function whenAllAborted(group: readonly WaitingRows[]): AbortSignal {
  const all = new AbortController();
  let left = group.length;
  for (const { abort } of group) {
    const leave = (): void => {
      left -= 1;
      if (left === 0) all.abort(abort.reason);
    };
    if (abort.aborted) leave();
    else abort.addEventListener('abort', leave, { once: true });
  }
  return all.signal;
}
