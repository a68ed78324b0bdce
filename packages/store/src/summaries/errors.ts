import { entryText } from '../parquet/entries.ts';
import type { CellClock } from './cells.ts';
import { Groups } from './groups.ts';
import type { TableRows, TextColumn } from './rows.ts';
import type { StringTable } from './strings.ts';

/** The failed spans of a service, span name and kind of error in a cell. */
export interface ErrorCell {
  readonly cell: number;
  readonly service: number;
  readonly name: number;
  readonly type: number;
  readonly message: number;
  readonly count: number;
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** The trace of the first of these spans. */
  readonly traceId: number;
}

/** The attribute that names an error without an exception. */
export const STATUS_CODE_KEY = 'http.response.status_code';
const STATUS_COLUMNS = { i: `a.${STATUS_CODE_KEY}#i`, d: `a.${STATUS_CODE_KEY}#d` } as const;
/** The columns from which errors are named, and that of the traces. */
export const ERROR_COLUMNS: readonly string[] = [
  'events',
  'status_message',
  STATUS_COLUMNS.i,
  STATUS_COLUMNS.d,
  'trace_id',
];

/** Counts the errors of each service, span name, type and message. */
export class ErrorCells {
  readonly #table: TableRows;
  readonly #strings: StringTable;
  readonly #groups = new Groups();
  /** Numbers of combinations of type and message. */
  readonly #kinds = new Groups();
  readonly #counts: number[] = [];
  readonly #first: number[] = [];
  readonly #last: number[] = [];
  readonly #firstRows: number[] = [];
  readonly #exceptions = new Map<string, Exception>();

  constructor(table: TableRows, strings: StringTable) {
    this.#table = table;
    this.#strings = strings;
  }

  get count(): number {
    return this.#groups.count;
  }

  /** Calls `use` with a function that returns the number of the kind of error in a row of `from <= row < to`. */
  chunk(from: number, to: number, use: (kindOf: (row: number) => number) => void): void {
    const events = this.#table.text('events', from, to);
    const messages = this.#table.text('status_message', from, to);
    const integers = this.#table.words64(STATUS_COLUMNS.i, from, to);
    const doubles = this.#table.words64(STATUS_COLUMNS.d, from, to);
    const known = new Map<string, number>();
    use((row) => {
      const event = events.refs[row] ?? 0;
      const message = messages.refs[row] ?? 0;
      const code = integerText(integers, row) ?? doubleText(doubles, row);
      if (event !== 0) return this.#kind(this.#exception(events, event), code, entryText(messages, message));
      const key = `${code} ${message}`;
      let kind = known.get(key);
      if (kind === undefined) {
        kind = this.#kind(NO_EXCEPTION, code, entryText(messages, message));
        known.set(key, kind);
      }
      return kind;
    });
  }

  #kind({ type, message }: Exception, code: string | undefined, status: string): number {
    const name = type ?? (code === undefined ? 'Error' : `HTTP ${code}`);
    return this.#kinds.find(this.#strings.add(name), this.#strings.add(message ?? status), 0, 0);
  }

  /** Counts the failed span in a row, at a time that `clock` has located. */
  add(
    { cell, offset }: Pick<CellClock, 'cell' | 'offset'>,
    row: number,
    service: number,
    name: number,
    kind: number,
  ): void {
    const group = this.#groups.find(cell, service, name, kind);
    this.#counts[group] = (this.#counts[group] ?? 0) + 1;
    if (this.#first[group] === undefined || offset < this.#first[group]) {
      this.#first[group] = offset;
      this.#firstRows[group] = row;
    }
    if (offset > (this.#last[group] ?? -1)) this.#last[group] = offset;
  }

  all(): readonly ErrorCell[] {
    const { keys } = this.#groups;
    return this.#counts.map((count, group) => {
      const kind = keys[group * 4 + 3] ?? 0;
      const row = this.#firstRows[group] ?? 0;
      const ids = this.#table.text('trace_id', row, row + 1);
      return {
        cell: keys[group * 4] ?? 0,
        service: keys[group * 4 + 1] ?? 0,
        name: keys[group * 4 + 2] ?? 0,
        type: this.#kinds.keys[kind * 4] ?? 0,
        message: this.#kinds.keys[kind * 4 + 1] ?? 0,
        count,
        firstOffset: this.#first[group] ?? 0,
        lastOffset: this.#last[group] ?? 0,
        traceId: this.#strings.add(entryText(ids, ids.refs[0] ?? 0)),
      };
    });
  }

  #exception(events: TextColumn, entry: number): Exception {
    if (entry === 0) return NO_EXCEPTION;
    const text = entryText(events, entry);
    // The events of one error differ in their times, which precede the name of the only event.
    const at = text.indexOf('"name":');
    const key = text.indexOf('"name":', at + 1) < 0 ? text.slice(at) : text;
    let exception = this.#exceptions.get(key);
    if (exception === undefined) {
      exception = exceptionOf(text);
      if (this.#exceptions.size < MAX_CACHED) this.#exceptions.set(key, exception);
    }
    return exception;
  }
}

const MAX_CACHED = 4096;

interface Exception {
  readonly type: string | undefined;
  readonly message: string | undefined;
}

const NO_EXCEPTION: Exception = { type: undefined, message: undefined };

/** Returns the type and message of the last exception event. */
function exceptionOf(events: string): Exception {
  if (!events.includes('"exception"')) return NO_EXCEPTION;
  const parsed = JSON.parse(events) as readonly {
    readonly name?: string;
    readonly attributes?: Record<string, unknown>;
  }[];
  const attributes = parsed.findLast(({ name }) => name === 'exception')?.attributes;
  return { type: textOf(attributes?.['exception.type']), message: textOf(attributes?.['exception.message']) };
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A column of 64-bit values of some rows. */
interface Words {
  readonly words: Uint32Array;
  readonly present?: Uint8Array | undefined;
}

/** Returns an integer as text, or `undefined` if the row has none. */
function integerText({ words, present }: Words, row: number): string | undefined {
  if (present !== undefined && present[row] !== 1) return undefined;
  const low = words[row * 2] ?? 0;
  const high = words[row * 2 + 1] ?? 0;
  return String(high === 0 ? low : BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low)));
}

function doubleText({ words, present }: Words, row: number): string | undefined {
  if (present !== undefined && present[row] !== 1) return undefined;
  const [value = 0] = new Float64Array(words.slice(row * 2, row * 2 + 2).buffer);
  return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}
