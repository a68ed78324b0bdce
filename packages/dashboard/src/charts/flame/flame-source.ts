/** The visible part of a flame graph. */
export interface FlameRange {
  readonly from: number;
  readonly to: number;
}

/** The boxes of a flame graph, every one followed by those below it. A place is a time, or a sum of sizes. */
export interface FlameSource {
  readonly length: number;
  /** Place at which the graph ends. It starts at 0. */
  readonly end: number;
  /** Returns the index of the box above, or −1. */
  parent(index: number): number;
  /** Returns the index after the last of the boxes below. */
  endOf(index: number): number;
  /** Returns the box at a position in the order of starts. */
  inOrder(position: number): number;
  start(index: number): number;
  /** Returns the length of a box: its duration, or its size. */
  lasts(index: number): number;
  label(index: number): string;
  /** Returns the name of the color token. */
  token(index: number): string;
  isError(index: number): boolean;
}
