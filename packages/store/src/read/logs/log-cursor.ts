import { QueryError } from '../../contract.ts';

/**
 * A position in the order of log records: after the `sameTime`th record with this time. It does not identify the
 * record's file, because rows move from snapshots to files.
 */
export interface LogCursor {
  readonly time: bigint;
  readonly sameTime: number;
}

/** Formats a cursor as `LogRow.cursor`. */
export function printCursor({ time, sameTime }: LogCursor): string {
  return `${time}-${sameTime}`;
}

/** Parses a cursor. Throws `QueryError` for a string that `printCursor` did not return. */
export function parseCursor(text: string): LogCursor {
  const match = /^(-?\d{1,19})-(\d{1,9})$/.exec(text);
  if (match === null) {
    throw new QueryError(`after: expected the cursor of a log record, got ${JSON.stringify(text)}`);
  }
  return { time: BigInt(match[1] ?? 0), sameTime: Number(match[2]) };
}
