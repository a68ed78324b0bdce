import {
  compareUint56,
  formatRandomness,
  formatThreshold,
  parseRandomness,
  parseThreshold,
  type Randomness,
  type Threshold,
} from './threshold.ts';

/** A list member in a trace state. */
interface Member {
  readonly key: string;
  readonly value: string;
}

/**
 * A W3C `tracestate` with a parsed OpenTelemetry member (`ot`): `th`, the threshold of an earlier sampler, and `rv`,
 * randomness that replaces that of the trace ID. Other members are preserved. Immutable: the `with…` methods return a
 * copy.
 */
export class TraceState {
  /** The `rv` value as received. */
  readonly #rv: string;
  readonly randomness: Randomness | undefined;
  readonly threshold: Threshold | undefined;
  /** The `th` value as received, for example with trailing zeros. */
  readonly #th: string | undefined;
  /** Other `ot` members. */
  readonly #others: readonly Member[];
  /** Members of other vendors, in order. */
  readonly #vendors: readonly Member[];

  private constructor(
    rv: string,
    threshold: Threshold | undefined,
    others: readonly Member[],
    vendors: readonly Member[],
    th?: string,
  ) {
    this.#rv = rv;
    this.randomness = rv === '' ? undefined : parseRandomness(rv);
    this.threshold = threshold;
    this.#th = th;
    this.#others = others;
    this.#vendors = vendors;
  }

  /** Parses a trace state. Returns an error message if it violates the W3C or OpenTelemetry rules. */
  static parse(text: string): TraceState | string {
    if (text === '') return TraceState.#none;
    if (text.length > MAX_LENGTH)
      return `expected a tracestate of at most ${MAX_LENGTH} characters, got ${text.length}`;
    const vendors: Member[] = [];
    let ot: string | undefined;
    for (const part of text.split(',')) {
      const member = part.replace(/^[ \t]+|[ \t]+$/g, '');
      if (member === '') continue;
      const [, key, value] = VENDOR_MEMBER.exec(member) ?? [];
      if (key === undefined || value === undefined) return `expected key=value in tracestate, got "${member}"`;
      if (key === 'ot') ot = value;
      else vendors.push({ key, value });
    }
    const members = vendors.length + (ot === undefined ? 0 : 1);
    if (members > MAX_MEMBERS) return `expected at most ${MAX_MEMBERS} members in tracestate, got ${members}`;
    return ot === undefined ? new TraceState('', undefined, [], vendors) : TraceState.#parseOt(ot, vendors);
  }

  static #parseOt(text: string, vendors: readonly Member[]): TraceState | string {
    let rv = '';
    let threshold: Threshold | undefined;
    let th: string | undefined;
    const others: Member[] = [];
    for (const part of text.split(';')) {
      const [, key, value] = OT_MEMBER.exec(part) ?? [];
      if (key === undefined || value === undefined) return `expected key:value after "ot=", got "${part}"`;
      if (key === 'rv') {
        if (parseRandomness(value) === undefined) return `expected 14 hexadecimal digits in "rv", got "${value}"`;
        rv = value;
      } else if (key === 'th') {
        threshold = parseThreshold(value);
        th = value;
        if (threshold === undefined) return `expected 1 to 14 hexadecimal digits in "th", got "${value}"`;
      } else {
        others.push({ key, value });
      }
    }
    return new TraceState(rv, threshold, others, vendors, th);
  }

  /** Returns a copy with another threshold, or without one. */
  withThreshold(threshold: Threshold | undefined): TraceState {
    return new TraceState(this.#rv, threshold, this.#others, this.#vendors);
  }

  /**
   * Returns a copy for an item kept by a sampler with `threshold`. A threshold below the current one is ignored,
   * because a later sampler cannot restore items dropped by an earlier one.
   */
  afterSampling(threshold: Threshold): TraceState {
    if (this.threshold !== undefined && compareUint56(this.threshold, threshold) > 0) return this;
    return this.withThreshold(threshold);
  }

  /** Returns a copy with explicit randomness. */
  withRandomness(randomness: Randomness): TraceState {
    return new TraceState(formatRandomness(randomness), this.threshold, this.#others, this.#vendors, this.#th);
  }

  /**
   * Formats the `tracestate` header: the OpenTelemetry member first, because W3C requires modified members to come
   * first.
   */
  toString(): string {
    const th = this.#th ?? (this.threshold === undefined ? '' : formatThreshold(this.threshold));
    const ot = [
      ...(this.#rv === '' ? [] : [`rv:${this.#rv}`]),
      ...(th === '' ? [] : [`th:${th}`]),
      ...this.#others.map(({ key, value }) => `${key}:${value}`),
    ].join(';');
    const vendors = this.#vendors.map(({ key, value }) => `${key}=${value}`);
    return (ot === '' ? vendors : [`ot=${ot}`, ...vendors]).join(',');
  }

  static readonly #none = new TraceState('', undefined, [], []);

  /** A trace state without members. */
  static get empty(): TraceState {
    return TraceState.#none;
  }
}

const MAX_LENGTH = 1024;
const MAX_MEMBERS = 32;

// W3C Trace Context, "tracestate Header Field Values".
const VENDOR_MEMBER =
  /^([a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])$/;
// OpenTelemetry specification, "TraceState".
const OT_MEMBER = /^([a-z][a-z0-9]*):([A-Za-z0-9._-]*)$/;
