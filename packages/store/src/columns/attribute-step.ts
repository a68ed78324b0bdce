import type { BytesBuilder } from './values/bytes-builder.ts';
import { BoolBuilder, type Words64Builder } from './values/words-builders.ts';

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
  readonly numbers: NumberColumn | undefined;
  /** The step that followed last. */
  next: AttributeStep | undefined;
  /** Range of the last KeyValue in the request with this number. */
  request = 0;
  at = 0;
  length = 0;
  /** Whether the value often equals the previous one, so that comparing pays. */
  isStable = true;
  /** How often it recently differed. */
  #changes = 0;
  /** The value of the last KeyValue: an entry of `texts`, or two words as signed numbers. */
  #entry = 0;
  #low = 0;
  #high = 0;

  constructor(
    node: number,
    slot: number,
    key: number,
    type: number,
    keyLength: number,
    texts: BytesBuilder | undefined,
    numbers: NumberColumn | undefined,
  ) {
    this.node = node;
    this.slot = slot;
    this.key = key;
    this.type = type;
    this.valueOffset = keyLength < 0x80 ? keyLength + 2 : Number.MAX_SAFE_INTEGER;
    this.texts = texts;
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
  }

  /** Adds a number or a boolean. */
  setNumber(row: number, low: number, high: number): void {
    low |= 0;
    high |= 0;
    if (low !== this.#low || high !== this.#high) this.#changed();
    else this.#unchanged();
    this.#low = low;
    this.#high = high;
    this.#set(row, low, high);
  }

  #set(row: number, low: number, high: number): void {
    const column = this.numbers;
    if (column instanceof BoolBuilder) column.set(row, low !== 0);
    else column?.set(row, low, high);
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

/** The step of nodes beyond the limit. Nothing follows it. */
export const NO_STEP = new AttributeStep(0, 0, 0, 0, 0, undefined, undefined);

/** Maximum number of steps, and their approximate size in bytes. */
export const MAX_STEPS = 4096;
export const STEP_BYTES = 160;
