import { DigitGroups } from './digit-groups.ts';
import { NEAREST } from './labels.ts';
import type { TextRange } from './text-range.ts';

/** Groups of digits that may be a sensitive number, with the labels before them, which are searched on demand. */
export class NumberCandidate {
  readonly groups: DigitGroups = new DigitGroups();
  #text: TextRange | undefined;
  #start = 0;
  #labels = -1;

  /** Reads the groups that start at `start`. */
  read(text: TextRange, start: number): void {
    this.#text = text;
    this.#start = start;
    this.#labels = -1;
    this.groups.read(text, start);
  }

  /** The labels before the number and in the key of its field. */
  get labels(): number {
    const text = this.#text;
    if (text === undefined) return 0;
    if (this.#labels < 0) this.#labels = labelsBefore(text, this.#start);
    return this.#labels;
  }

  /** Reports whether one of the labels is before the number. */
  has(labels: number): boolean {
    return (this.labels & labels) !== 0;
  }
}

/** Returns the labels that apply at `pos`: those of the text before, or if it has none, those of the key. */
export function labelsBefore(text: TextRange, pos: number): number {
  const { bytes, start, keyLabels, labels } = text;
  const column = text.columns.isInsert ? text.columns.columnAt(pos) : undefined;
  if (column !== undefined) return labels.ofKey(bytes, column.start, column.end);
  const near = labels.before(bytes, start, pos);
  return near === 0 ? keyLabels : near | (keyLabels & ~NEAREST);
}

/**
 * Finds a kind of number in a candidate. Returns how many of its groups are the number, or 0.
 */
export type NumberDetector = (candidate: NumberCandidate) => number;
