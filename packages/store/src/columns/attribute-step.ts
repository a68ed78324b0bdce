import { DOUBLE, INTEGER, isPlainDouble } from './attribute-types.ts';
import type { BytesBuilder } from './values/bytes-builder.ts';
import type { PendingTexts } from './values/pending-texts.ts';
import { BoolBuilder, type Words64Builder } from './values/words-builders.ts';
import { varint64, varintEnd } from './wire.ts';

const pair = new Uint32Array(2);

/** A column of numbers or booleans of one attribute. */
export type NumberColumn = Words64Builder | BoolBuilder;

/**
 * A node of the tree of attribute paths that rows pass often, with what adding its attribute again needs: the column,
 * and the last KeyValue and its value. An object, because its fields are read faster than elements of arrays; their
 * number is limited, because a hostile request has millions of nodes.
 */
export class AttributeStep {
  readonly node: number;
  readonly slot: number;
  readonly key: number;
  readonly type: number;
  /** Length of the key with its tag and length, if both take one byte; otherwise a length that no attribute has. */
  readonly valueOffset: number;
  readonly texts: BytesBuilder | undefined;
  /** Values of `texts` that are looked up together. */
  readonly pending: PendingTexts | undefined;
  readonly numbers: NumberColumn | undefined;
  /** The step that followed last. */
  next: AttributeStep | undefined;
  /** Range of the last KeyValue in the request with this number. */
  request = 0;
  at = 0;
  length = 0;
  /** Whether the value often equals the previous one, so that comparing pays. */
  isStable = true;
  /** Whether it is compared: the value of the last KeyValue is known, too. */
  isComparable = false;
  /** How often it recently differed. */
  #changes = 0;
  /** The value of the last KeyValue: an entry of `texts`, or two words as signed numbers. */
  #entry = 0;
  #low = 0;
  #high = 0;
  #deferred = 0;

  constructor(
    node: number,
    slot: number,
    key: number,
    type: number,
    keyLength: number,
    texts: BytesBuilder | undefined,
    pending: PendingTexts | undefined,
    numbers: NumberColumn | undefined,
  ) {
    this.node = node;
    this.slot = slot;
    this.key = key;
    this.type = type;
    this.valueOffset = keyLength < 0x80 ? keyLength + 2 : Number.MAX_SAFE_INTEGER;
    this.texts = texts;
    this.pending = pending;
    this.numbers = numbers;
  }

  /** Adds the last value to another row. */
  repeat(row: number): void {
    if (this.#changes > 0) this.#changes -= 1;
    if (this.texts !== undefined) this.texts.setEntry(row, this.#entry);
    else this.#set(row, this.#low, this.#high);
  }

  /** Keeps the value of the last KeyValue, whose entry is already in the column. */
  setEntry(entry: number): void {
    if (entry !== this.#entry) this.#changed();
    else this.#unchanged();
    this.#entry = entry;
    this.isComparable = this.isStable;
  }

  /** Adds the number or boolean of the AnyValue `[at, end)`. Returns `false` if it has another type. */
  addNumber(row: number, source: Uint8Array, view: DataView, at: number, end: number): boolean {
    if (this.numbers === undefined) return false;
    const tag = source[at];
    if (this.type === INTEGER) {
      if (tag !== 0x18 || varintEnd(source, at + 1) !== end) return false;
      varint64(source, at + 1, pair);
      this.#setNumber(row, pair[0], pair[1]);
      return true;
    }
    if (this.type === DOUBLE) {
      if (tag !== 0x21 || end - at !== 9 || !isPlainDouble(view, at + 1)) return false;
      this.#setNumber(row, view.getUint32(at + 1, true), view.getUint32(at + 5, true));
      return true;
    }
    if (tag !== 0x10 || end - at !== 2 || source[at + 1] > 1) return false;
    this.#setNumber(row, source[at + 1], 0);
    return true;
  }

  #setNumber(row: number, low: number, high: number): void {
    low |= 0;
    high |= 0;
    if (low !== this.#low || high !== this.#high) this.#changed();
    else this.#unchanged();
    this.#low = low;
    this.#high = high;
    this.isComparable = this.isStable;
    this.#set(row, low, high);
  }

  #set(row: number, low: number, high: number): void {
    const column = this.numbers;
    if (column instanceof BoolBuilder) column.set(row, low !== 0);
    else column?.set(row, low, high);
  }

  /** Adds a value that is looked up later. Now and then the next ones are compared again. */
  defer(pending: PendingTexts, row: number, source: Uint8Array, view: DataView, at: number, length: number): void {
    pending.add(row, source, view, at, length);
    this.isComparable = false;
    this.#deferred += 1;
    if (this.#deferred < RETRY_DEFERRED) return;
    this.#deferred = 0;
    this.#unchanged();
  }

  #changed(): void {
    if (this.#changes < MAX_CHANGES) this.#changes += 2;
    this.isStable = this.#changes < MAX_CHANGES;
  }

  #unchanged(): void {
    if (this.#changes > 0) this.#changes -= 1;
    this.isStable = this.#changes < MAX_CHANGES;
  }
}

/** Number of recent changes, counted twice, from which values are not compared. */
const MAX_CHANGES = 8;
/** Number of values after which it is checked whether they still change. */
const RETRY_DEFERRED = 1000;

/** The step of nodes beyond the limit. Nothing follows it. */
export const NO_STEP = new AttributeStep(0, 0, 0, 0, 0, undefined, undefined, undefined);

/** Maximum number of steps, and their approximate size in bytes. */
export const MAX_STEPS = 4096;
export const STEP_BYTES = 160;
