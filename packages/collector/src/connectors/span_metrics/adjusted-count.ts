import { TraceState } from '@otelier/otlp';

/**
 * Computes how many spans a sampled span represents, from the threshold in its `tracestate`. The last trace state is
 * cached, because all spans in a trace have the same one.
 */
export class AdjustedCount {
  /** The number of spans, randomly rounded up or down so that sums are correct on average; 1 if there is no threshold. */
  count = 1;
  /** Whether the trace state contains a threshold. */
  isAdjusted = false;
  readonly #random: () => number;
  #last = '';

  constructor(random: () => number) {
    this.#random = random;
  }

  /** Reads the trace state in `[start, end)`. */
  read(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) {
      this.#set('', undefined);
      return;
    }
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
    if (text !== this.#last) this.#set(text, this.#countOf(text));
  }

  /** Clears the cached trace state. */
  reset(): void {
    this.#set('', undefined);
  }

  #set(text: string, count: number | undefined): void {
    this.#last = text;
    this.count = count ?? 1;
    this.isAdjusted = count !== undefined;
  }

  #countOf(text: string): number | undefined {
    if (!text.includes('ot=')) return undefined;
    const state = TraceState.parse(text);
    if (typeof state === 'string' || state.threshold === undefined) return undefined;
    const kept = ALL - ((BigInt(state.threshold.high) << 32n) | BigInt(state.threshold.low));
    const rest = Number(ALL % kept);
    return Number(ALL / kept) + (rest > 0 && this.#random() * Number(kept) < rest ? 1 : 0);
  }
}

/** The number of 56-bit randomness values. */
const ALL = 1n << 56n;
