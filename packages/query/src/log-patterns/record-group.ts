import type { LogRow } from '@otelier/store';
import type { MaskedLine } from './mask-line.ts';

/** A record of a pattern. */
export interface GroupedRecord {
  readonly row: LogRow;
  readonly line: MaskedLine;
  /** Number of records for which it stands. */
  readonly weight: number;
  /** `undefined` for a record of the earlier range. */
  readonly step: number | undefined;
}

/** Records whose lines have the same tokens after masking. */
export interface RecordGroup {
  readonly service: string;
  readonly severityNumber: number;
  readonly tokens: readonly string[];
  /** Key of the JSON bodies that contain the line; empty for bodies of text. */
  readonly key: string;
  /** Whether the records have no body, and the lines are the names of their events. */
  readonly isEvent: boolean;
  readonly records: readonly GroupedRecord[];
}

/** What selects the records of a pattern among those of its service and severity. */
export interface Selection {
  /** Whether the expressions apply to the name of the event, of records without a body. */
  readonly isEvent: boolean;
  readonly expression: string;
  /** Expressions of more specific patterns, whose records the first expression also matches. */
  readonly without: readonly string[];
}
