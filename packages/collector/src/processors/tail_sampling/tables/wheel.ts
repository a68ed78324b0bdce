import { grown, Lists } from './lists.ts';

/**
 * The traces that wait for a decision, by the tick of a second at which it is due, like the batches of trace IDs in the
 * Collector: a trace that arrives after tick `t` is due at tick `t + waitTicks + 1`.
 */
export class Wheel {
  readonly #waitTicks: number;
  readonly #lists: Lists;
  /** The tick at which each trace is due. */
  #dueTicks = new Int32Array(0);
  /** The next tick. */
  #tick = 0;
  /** Number of traces that wait. */
  size = 0;

  constructor(waitTicks: number) {
    this.#waitTicks = waitTicks;
    this.#lists = new Lists(waitTicks + 2);
  }

  /** Allows indexes below `capacity`. */
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

  /** Removes a trace that waits. */
  remove(index: number): void {
    this.#lists.remove(this.#listOf(index), index);
    this.size -= 1;
  }

  /** Moves to the next tick. Traces that are due then are returned by `takeDue`. */
  advance(): void {
    // Traces of earlier ticks that are not taken yet stay in front.
    const list = this.#tick % (this.#waitTicks + 1);
    for (let index = this.#lists.shift(list); index >= 0; index = this.#lists.shift(list)) {
      this.#dueTicks[index] = OVERDUE;
      this.#lists.push(this.#waitTicks + 1, index);
    }
    this.#tick += 1;
  }

  /** Removes and returns a trace that is due, or -1. */
  takeDue(): number {
    const index = this.#lists.shift(this.#waitTicks + 1);
    if (index >= 0) this.size -= 1;
    return index;
  }

  /** Removes and returns the trace that is due first, or -1. */
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
