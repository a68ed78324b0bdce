import { grown, Lists } from './lists.ts';

/**
 * A timing wheel of pending traces, by the one-second tick at which they are due, equivalent to the trace ID batches in
 * the Collector: a trace that arrives after tick `t` is due at tick `t + waitTicks + 1`.
 */
export class Wheel {
  readonly #waitTicks: number;
  readonly #lists: Lists;
  /** The tick at which each trace is due. */
  #dueTicks = new Int32Array(0);
  /** The next tick. */
  #tick = 0;
  /** Number of pending traces. */
  size = 0;

  constructor(waitTicks: number) {
    this.#waitTicks = waitTicks;
    this.#lists = new Lists(waitTicks + 2);
  }

  /** Grows the capacity to indexes below `capacity`. */
  grow(capacity: number): void {
    this.#lists.grow(capacity);
    this.#dueTicks = grown(this.#dueTicks, capacity);
  }

  /** Adds a trace. */
  add(index: number): void {
    this.#put(index, this.#tick + this.#waitTicks);
    this.size += 1;
  }

  /** Makes a trace due `ticks` after the next tick, if that is earlier. */
  hasten(index: number, ticks: number): void {
    const due = this.#tick + ticks;
    if (due >= this.#dueTicks[index]) return;
    this.#lists.remove(this.#listOf(index), index);
    this.#put(index, due);
  }

  /** Removes a pending trace. */
  remove(index: number): void {
    this.#lists.remove(this.#listOf(index), index);
    this.size -= 1;
  }

  /** Advances to the next tick. `takeDue` returns the traces that are due then. */
  advance(): void {
    // Traces from earlier ticks that have not been taken yet stay in front.
    const list = this.#tick % (this.#waitTicks + 1);
    for (let index = this.#lists.shift(list); index >= 0; index = this.#lists.shift(list)) {
      this.#dueTicks[index] = OVERDUE;
      this.#lists.push(this.#waitTicks + 1, index);
    }
    this.#tick += 1;
  }

  /** Returns up to `count` traces that are due, or with `isEarly` those that are due first, without removing them. */
  first(count: number, isEarly: boolean): number[] {
    const found: number[] = [];
    const add = (list: number) => {
      for (let index = this.#lists.heads[list]; index >= 0 && found.length < count; index = this.#lists.after(index))
        found.push(index);
    };
    add(this.#waitTicks + 1);
    for (let wait = 0; isEarly && wait <= this.#waitTicks; wait++) add((this.#tick + wait) % (this.#waitTicks + 1));
    return found;
  }

  /** Removes and returns a trace that is due, or -1 if there is none. */
  takeDue(): number {
    const index = this.#lists.shift(this.#waitTicks + 1);
    if (index >= 0) this.size -= 1;
    return index;
  }

  /** Removes and returns the pending trace that is due first, or -1 if there is none. */
  takeFirst(): number {
    const due = this.takeDue();
    if (due >= 0 || this.size === 0) return due;
    for (let tick = this.#tick; ; tick++) {
      const index = this.#lists.shift(tick % (this.#waitTicks + 1));
      if (index < 0) continue;
      this.size -= 1;
      return index;
    }
  }

  #put(index: number, tick: number): void {
    this.#dueTicks[index] = tick;
    this.#lists.push(tick % (this.#waitTicks + 1), index);
  }

  #listOf(index: number): number {
    const tick = this.#dueTicks[index];
    return tick === OVERDUE ? this.#waitTicks + 1 : tick % (this.#waitTicks + 1);
  }
}

const OVERDUE = -1;
