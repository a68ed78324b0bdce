import type { ContextLabels } from './labels.ts';
import type { SqlColumns } from './sql-columns.ts';

/** The text that is searched, and what is known about where it stands. */
export interface TextRange {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** The labels in the key of the attribute or the field that has this text. */
  keyLabels: number;
  readonly labels: ContextLabels;
  readonly columns: SqlColumns;
}

/** Returns the byte at an offset, or 0 outside the text. */
export function byteAt(text: TextRange, pos: number): number {
  return pos >= text.start && pos < text.end ? text.bytes[pos] : 0;
}
