import type { Signal } from '@otelier/otlp';

/** Number of rows that are encoded before there is a file to write. */
const ROWS = 1000;
/** How often: V8 records the types that code sees from its second run on, and some of it ran before that. */
const TIMES = 3;

/** Number of encodings of each signal in this thread. */
const done = new Map<Signal, number>();

/**
 * Encodes the first rows of a signal in this thread a few times, without using the result, when there are enough of them.
 *
 * The loops of an encoder run over a quarter of a million rows in one call, so V8 compiles them while they run. Code after
 * a loop has not run by then: it is compiled as a jump back to the interpreter, and everything again after that. On a few
 * rows all of the code has run before.
 */
export function encodeFirstRows(signal: Signal, rows: number, encode: (from: number, to: number) => unknown): void {
  const times = done.get(signal) ?? 0;
  if (times === TIMES || rows < ROWS) return;
  done.set(signal, times + 1);
  try {
    encode(0, ROWS);
  } catch {
    // Writing the file fails in the same way, and reports it.
  }
}
