import { findField, SPAN_FIELDS } from '@otelier/otlp';
import { Decision, type Policy } from '../policy.ts';
import type { SpanTest } from '../trace-view.ts';

/**
 * Returns a policy that samples traces by the time from their earliest start to their latest end, checked after each
 * span. An upper threshold of 0 means no limit.
 */
export function latency(thresholdMillis: number, upperThresholdMillis: number): Policy {
  const test = new LatencyTest(thresholdMillis, upperThresholdMillis);
  return {
    isStateful: upperThresholdMillis > 0,
    evaluate(trace) {
      test.reset();
      return trace.some(test) ? Decision.sampled : Decision.notSampled;
    },
  };
}

/** Times are stored as two integers, because a double cannot represent nanoseconds since the epoch. */
class LatencyTest implements SpanTest {
  readonly #threshold: number;
  readonly #upperThreshold: number;
  #startHigh = 0;
  #startLow = 0;
  #endHigh = 0;
  #endLow = 0;

  constructor(threshold: number, upperThreshold: number) {
    this.#threshold = threshold;
    this.#upperThreshold = upperThreshold;
  }

  reset(): void {
    this.#startHigh = 0;
    this.#startLow = 0;
    this.#endHigh = 0;
    this.#endLow = 0;
  }

  span(bytes: Uint8Array, start: number, end: number): boolean {
    const from = findField(bytes, start, end, SPAN_FIELDS.startTimeUnixNano);
    const fromLow = from < 0 ? 0 : uint32At(bytes, from);
    const fromHigh = from < 0 ? 0 : uint32At(bytes, from + 4);
    if (isZero(this.#startHigh, this.#startLow) || isBefore(fromHigh, fromLow, this.#startHigh, this.#startLow)) {
      this.#startHigh = fromHigh;
      this.#startLow = fromLow;
    }
    const to = findField(bytes, start, end, SPAN_FIELDS.endTimeUnixNano);
    const toLow = to < 0 ? 0 : uint32At(bytes, to);
    const toHigh = to < 0 ? 0 : uint32At(bytes, to + 4);
    if (isZero(this.#endHigh, this.#endLow) || isBefore(this.#endHigh, this.#endLow, toHigh, toLow)) {
      this.#endHigh = toHigh;
      this.#endLow = toLow;
    }
    const millis = this.#millis();
    return millis > this.#threshold && (this.#upperThreshold === 0 || millis <= this.#upperThreshold);
  }

  #millis(): number {
    const high = this.#endHigh - this.#startHigh;
    // Times are signed in the Collector, and longer durations do not fit into a double.
    if (this.#endHigh > MAX_HIGH || this.#startHigh > MAX_HIGH || Math.abs(high) > MAX_EXACT_HIGH)
      return this.#exactMillis();
    return Math.trunc((high * 0x1_0000_0000 + this.#endLow - this.#startLow) / 1e6);
  }

  #exactMillis(): number {
    const difference = signed(this.#endHigh, this.#endLow) - signed(this.#startHigh, this.#startLow);
    const nanos = difference > MAX_NANOS ? MAX_NANOS : difference < -MAX_NANOS - 1n ? -MAX_NANOS - 1n : difference;
    return Number(nanos / 1_000_000n);
  }
}

const MAX_HIGH = 0x7fff_ffff;
const MAX_EXACT_HIGH = 0x1f_fffe;
const MAX_NANOS = 0x7fff_ffff_ffff_ffffn;

function uint32At(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] | (bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24)) >>> 0;
}

function isZero(high: number, low: number): boolean {
  return high === 0 && low === 0;
}

function isBefore(high: number, low: number, otherHigh: number, otherLow: number): boolean {
  return high < otherHigh || (high === otherHigh && low < otherLow);
}

function signed(high: number, low: number): bigint {
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
}
