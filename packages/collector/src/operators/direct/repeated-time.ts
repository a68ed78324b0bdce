import type { Value } from '../../ottl/values/value.ts';
import type { TimeReader } from '../record/time.ts';

const DIGITS = 9;

/**
 * Reads times, in two halves of 32 bits. A text that differs from the one before only in the digits of the fraction of the
 * second is not parsed again, as most of a busy log are.
 */
export class RepeatedTime {
  low = 0;
  high = 0;
  readonly #reader: TimeReader;
  /** The last text, and the digits of its fraction; empty if its other parts can have another meaning. */
  #last: Uint8Array = new Uint8Array();
  #fractionStart = 0;
  #fractionEnd = 0;
  /** The last time without its fraction. */
  #secondLow = 0;
  #secondHigh = 0;

  constructor(reader: TimeReader) {
    this.#reader = reader;
  }

  /** Reads another value than a text. Throws an `EvaluationError` if it is no time. */
  read(value: Value): void {
    this.#set(this.#reader.read(value));
  }

  /** Reads the text in `[start, end)`. Throws an `EvaluationError` if it is no time. */
  readText(bytes: Buffer, start: number, end: number): void {
    const nanos = this.#repeated(bytes, start, end);
    if (nanos >= 0) {
      const low = this.#secondLow + nanos;
      this.low = low >>> 0;
      this.high = this.#secondHigh + (low > 0xffff_ffff ? 1 : 0);
      return;
    }
    const text = bytes.toString('utf8', start, end);
    const time = this.#reader.read(text);
    this.#set(time);
    const { fraction } = this.#reader;
    if (fraction === undefined || text.length !== end - start) {
      this.#last = new Uint8Array();
      return;
    }
    const second = BigInt.asUintN(64, time - BigInt(fraction.nanosecond));
    this.#secondLow = Number(second & 0xffff_ffffn);
    this.#secondHigh = Number(second >> 32n);
    this.#last = Uint8Array.prototype.slice.call(bytes, start, end);
    this.#fractionStart = fraction.start;
    this.#fractionEnd = fraction.end;
  }

  /** Returns the fraction in nanoseconds; −1 if another part differs. */
  #repeated(bytes: Buffer, start: number, end: number): number {
    const last = this.#last;
    const { length } = last;
    if (length === 0 || length !== end - start) return -1;
    const fractionEnd = this.#fractionEnd;
    const fractionStart = this.#fractionStart;
    for (let index = 0; index < fractionStart; index++) if (last[index] !== bytes[start + index]) return -1;
    for (let index = fractionEnd; index < length; index++) if (last[index] !== bytes[start + index]) return -1;
    let nanos = 0;
    for (let index = fractionStart; index < fractionEnd; index++) {
      const digit = (bytes[start + index] as number) - 48;
      if (digit < 0 || digit > 9) return -1;
      nanos = nanos * 10 + digit;
    }
    return nanos * (POWERS[DIGITS - (fractionEnd - fractionStart)] as number);
  }

  #set(time: bigint): void {
    const unsigned = BigInt.asUintN(64, time);
    this.low = Number(unsigned & 0xffff_ffffn);
    this.high = Number(unsigned >> 32n);
  }
}

const POWERS = Array.from({ length: DIGITS + 1 }, (_, exponent) => 10 ** exponent);
