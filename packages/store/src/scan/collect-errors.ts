import type { BytesColumn } from '../parquet/column.ts';
import { entriesOf, entryText } from '../parquet/entries.ts';
import type { ErrorPart } from '../read/summaries/merge-errors.ts';
import { ERROR_COLUMNS, ErrorCells, STATUS_CODE_KEY } from '../summaries/errors.ts';
import { FAILED_CODES } from '../summaries/operations.ts';
import { TableRows } from '../summaries/rows.ts';
import { StringTable } from '../summaries/strings.ts';
import type { RowBlock } from './block.ts';
import { timesOf } from './newest.ts';
import { type RowList, rowsOfEntries } from './selection.ts';
import { StepClock, type StepRange } from './step-clock.ts';
import { NotScannableError } from './value-tests.ts';

/** Maximum number of different errors of a block. */
const MAX_ERRORS = 20_000;

/**
 * Counts the failed spans among the selected rows of a block, which are in the range, by service, error and name, as
 * summaries do. Throws `NotScannableError` if status codes may be in the map, where they can have any type.
 */
export function collectErrors(block: RowBlock, selected: RowList, range: StepRange): readonly ErrorPart[] {
  const status = block.column('status_code', selected);
  if (status?.kind !== 'bytes') throw new NotScannableError('expected texts in the column status_code');
  const failed = rowsOfEntries(selected, status.refs, entriesOf(status, FAILED_CODES), 1);
  if (failed.length === 0) return [];
  if (block.mayBeInMap(STATUS_CODE_KEY)) throw new NotScannableError('expected status codes in columns');
  const table = new TableRows(
    ERROR_COLUMNS.flatMap((name) => block.column(name, failed) ?? []),
    block.rows,
  );
  const strings = new StringTable();
  strings.add('');
  const cells = new ErrorCells(table, strings);
  const [services, names] = [textsOf(block, 'service_name', failed), textsOf(block, 'name', failed)];
  const words = timesOf(block, 'start_time', failed);
  const clock = new OffsetClock(range);
  cells.chunk(0, block.rows, (kindOf) => {
    for (const row of failed) {
      clock.locate(words[row * 2], words[row * 2 + 1] | 0);
      const service = strings.add(entryText(services, services?.refs[row] ?? 0));
      cells.add(clock, row, service, strings.add(entryText(names, names?.refs[row] ?? 0)), kindOf(row));
      if (cells.count > MAX_ERRORS) throw new NotScannableError('expected fewer errors');
    }
  });
  const textOf = (number: number): string => strings.all[number] ?? '';
  return cells.all().map(({ cell, service, name, type, message, count, firstOffset, lastOffset, traceId }) => ({
    ...{ service: textOf(service), name: textOf(name), type: textOf(type), message: textOf(message), count },
    firstSeen: clock.startOf(cell) + BigInt(firstOffset),
    lastSeen: clock.startOf(cell) + BigInt(lastOffset),
    steps: new Map([[cell, count]]),
    traceId: textOf(traceId),
  }));
}

function textsOf(block: RowBlock, name: string, rows: RowList): BytesColumn | undefined {
  const column = block.column(name, rows);
  return column?.kind === 'bytes' ? column : undefined;
}

/** Assigns times to steps, as `CellClock` does to cells. */
class OffsetClock {
  cell = 0;
  offset = 0;
  readonly #clock: StepClock;
  /** The words of the start of each step. */
  readonly #starts = new Map<number, readonly [low: number, high: number]>();

  constructor(range: StepRange) {
    this.#clock = new StepClock(range);
  }

  startOf(step: number): bigint {
    return this.#clock.startOf(step);
  }

  locate(low: number, high: number): void {
    this.cell = this.#clock.stepOf(low, high);
    let start = this.#starts.get(this.cell);
    if (start === undefined) {
      const time = this.startOf(this.cell);
      start = [Number(time & 0xffff_ffffn), Number(time >> 32n)];
      this.#starts.set(this.cell, start);
    }
    this.offset = (high - start[1]) * 2 ** 32 + (low - start[0]);
    if (!Number.isSafeInteger(this.offset)) throw new NotScannableError('expected steps of at most 104 days');
  }
}
