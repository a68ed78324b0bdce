import type { Board } from '../model/board.ts';

/** A board from a file. */
export interface ImportedBoard {
  readonly name: string;
  readonly board: Board;
  /** What was not imported: a sentence, and where it was. Empty for boards of otelier. */
  readonly report: readonly ReportEntry[];
}

/** Something of a dashboard that has no counterpart here. */
export interface ReportEntry {
  readonly what: string;
  /** Titles of the panels or names of the variables. */
  readonly where: readonly string[];
}
