import { QueryError } from '../../contract.ts';

/**
 * A place in the order of log records: behind the record of this time that is the `sameTime`th of that time. It does not
 * say in which file the record is, since rows move from snapshots into files.
 */
export interface LogCursor {
  readonly time: bigint;
  readonly sameTime: number;
}

/** As `LogRow.cursor` has it. */
export function printCursor({ time, sameTime }: LogCursor): string {
  return `${time}-${sameTime}`;
}

/** Throws `QueryError` for what `printCursor` did not print. */
export function parseCursor(text: string): LogCursor {
  const match = /^(-?\d{1,19})-(\d{1,9})$/.exec(text);
  if (match === null) {
    throw new QueryError(`after: expected the cursor of a log record, got ${JSON.stringify(text)}`);
  }
  return { time: BigInt(match[1] ?? 0), sameTime: Number(match[2]) };
}
