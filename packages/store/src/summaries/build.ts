import type { Signal } from '@otelier/otlp';
import type { Table } from '../columns/signal-builder.ts';
import { entriesOf, entryText } from '../parquet/entries.ts';
import type { SummaryPlace } from '../schema.ts';
import { CellClock } from './cells.ts';
import { encodeSummary, SUMMARY_VERSION, type Summary, sectionsOf } from './encode.ts';
import { ErrorCells, STATUS_CODE_KEY } from './errors.ts';
import { FAILED_CODES, OPERATION, OperationCells, SERVING_KINDS } from './operations.ts';
import { summarizePoints } from './points.ts';
import { CHUNK_ROWS, TableRows, type TextColumn } from './rows.ts';
import { ServiceCells, serviceNumbers, versionNumbers } from './services.ts';
import { StringTable } from './strings.ts';
import { VolumeCells } from './volumes.ts';

/** Limits of the number of records of each kind. A file with more is summarized without names, errors or at all. */
const MAX_SERVICES = 5_000;
const MAX_OPERATIONS = 10_000;
const MAX_ERRORS = 2_000;
/** Limit of the total length of all names, versions and messages, in UTF-16 code units. */
const MAX_TEXT = 1 << 20;

const SUMMARIES: Readonly<Record<Signal, ((table: Table) => Summary | undefined) | undefined>> = {
  traces: summarizeSpans,
  logs: summarizeLogs,
  metrics: (table) => summarizePoints(table, MAX_SERVICES, MAX_TEXT),
  profiles: undefined,
};

/** An encoded summary. */
export interface EncodedSummary {
  readonly bytes: Uint8Array;
  readonly cellSeconds: number;
  readonly sections: number;
}

/** Returns the summary of a table's rows, or `undefined` if it has none. */
export function buildSummary(signal: Signal, table: Table): EncodedSummary | undefined {
  const summary = SUMMARIES[signal]?.(table);
  if (summary === undefined) return undefined;
  return { bytes: encodeSummary(summary), cellSeconds: summary.cellSeconds, sections: sectionsOf(summary) };
}

/** Returns the footer's entry for a summary at an offset. */
export function placeOf({ bytes, cellSeconds, sections }: EncodedSummary, offset: number): SummaryPlace {
  return { version: SUMMARY_VERSION, offset, length: bytes.length, cellSeconds, sections };
}

function summarizeSpans(table: Table): Summary | undefined {
  return new SpanSummary(table, true).run() ?? new SpanSummary(table, false).run();
}

/** Summarizes spans. `withNames` tells operations of a service apart. */
class SpanSummary {
  readonly #table: Table;
  readonly #rows: TableRows;
  readonly #clock: CellClock;
  readonly #strings = new StringTable();
  readonly #services = new ServiceCells(this.#strings);
  readonly #operations = new OperationCells();
  readonly #volumes = new VolumeCells();
  #errors: ErrorCells | undefined;
  /** String numbers of names by entry of their column, whose dictionary only grows. */
  readonly #nameNumbers = new Map<number, number>();
  readonly #withNames: boolean;

  constructor(table: Table, withNames: boolean) {
    this.#table = table;
    this.#withNames = withNames;
    this.#rows = new TableRows(table.columns, table.rows);
    this.#clock = new CellClock(this.#rows.words64('start_time', 0, table.rows).words);
    if (withNames && hasStatusColumns(table)) this.#errors = new ErrorCells(this.#rows, this.#strings);
  }

  run(): Summary | undefined {
    this.#strings.add('');
    for (let from = 0; from < this.#table.rows; from += CHUNK_ROWS) {
      this.#chunk(from, Math.min(from + CHUNK_ROWS, this.#table.rows));
      if (this.#services.count > MAX_SERVICES || this.#operations.count > MAX_OPERATIONS) return undefined;
      if (this.#strings.length > MAX_TEXT) return undefined;
      if ((this.#errors?.count ?? 0) > MAX_ERRORS) this.#errors = undefined;
    }
    const errors = this.#errors?.all();
    return {
      cellSeconds: this.#clock.cellSeconds,
      strings: this.#strings.all,
      services: this.#services.all(),
      operations: this.#operations.all(),
      hasNames: this.#withNames,
      errors,
      severities: undefined,
      volumes: this.#volumes.all(),
    };
  }

  #chunk(from: number, to: number): void {
    const rows = this.#rows;
    // Derived columns share memory: each is translated before the next is built.
    const services = serviceNumbers(this.#services, rows.text('service_name', from, to));
    const versions = versionNumbers(this.#services, rows.text('resource_attributes', from, to));
    const names = rows.text('name', from, to);
    const kinds = rows.text('kind', from, to);
    const statuses = rows.text('status_code', from, to);
    const chunk: SpanChunk = {
      ...{ services, versions, names, kinds: kinds.refs, statuses: statuses.refs },
      serving: entriesOf(kinds, SERVING_KINDS),
      failed: entriesOf(statuses, FAILED_CODES),
      parents: rows.words64('parent_span_id', from, to).present,
      times: rows.words64('start_time', from, to).words,
      durations: rows.words64('duration_ns', from, to).words,
    };
    const errorRows: number[] = [];
    const sizes = this.#table.sizes.subarray(from, to);
    for (let i = 0; i < services.length; i++) if (this.#span(chunk, i, sizes[i] as number)) errorRows.push(i);
    const { times } = chunk;
    if (this.#errors !== undefined) this.#addErrors(this.#errors, { from, to, errorRows, services, times });
  }

  /** Counts a span. Returns whether it has failed. */
  #span(chunk: SpanChunk, i: number, bytes: number): boolean {
    const { services, versions, kinds, statuses, serving, failed, parents, times, durations } = chunk;
    const clock = this.#clock;
    clock.locate(times[i * 2] as number, times[i * 2 + 1] as number);
    const service = services[i] as number;
    const isServing = serving[kinds[i] as number] === 1;
    this.#services.add(clock, service, versions[i] as number, isServing);
    this.#volumes.add(clock.cell, service, 0, 0, bytes);
    const isFailed = failed[statuses[i] as number] === 1;
    const isRoot = parents !== undefined && parents[i] === 0;
    if (!isServing && !isRoot) return isFailed;
    const bits = (isFailed ? OPERATION.failed : 0) | (isServing ? OPERATION.serving : OPERATION.root);
    const nanos = (durations[i * 2] as number) + ((durations[i * 2 + 1] as number) | 0) * 4_294_967_296;
    const { names } = chunk;
    this.#operations.add(clock.cell, service, this.#name(names, names.refs[i] as number), bits, nanos);
    return isFailed;
  }

  /** Returns the string number of a span's name, or of the empty string if names are not told apart. */
  #name(names: TextColumn, entry: number): number {
    if (!this.#withNames) return 0;
    let number = this.#nameNumbers.get(entry);
    if (number === undefined) {
      number = this.#strings.add(entryText(names, entry));
      this.#nameNumbers.set(entry, number);
    }
    return number;
  }

  #addErrors(
    errors: ErrorCells,
    chunk: {
      readonly from: number;
      readonly to: number;
      readonly errorRows: readonly number[];
      readonly services: Uint32Array;
      readonly times: Uint32Array;
    },
  ): void {
    const { from, to, errorRows, services, times } = chunk;
    if (errorRows.length === 0) return;
    const names = this.#rows.text('name', from, to);
    errors.chunk(from, to, (kindOf) => {
      for (const i of errorRows) {
        this.#clock.locate(times[i * 2] as number, times[i * 2 + 1] as number);
        const name = this.#name(names, names.refs[i] as number);
        errors.add(this.#clock, from + i, services[i] as number, name, kindOf(i));
        if (errors.count > MAX_ERRORS) return;
      }
    });
  }
}

/** The columns of some spans. */
interface SpanChunk {
  readonly services: Uint32Array;
  readonly versions: Uint32Array;
  readonly names: TextColumn;
  /** Entries of the columns of kinds and status codes, and for each entry, 1 if it is one of serving or failed spans. */
  readonly kinds: Uint32Array;
  readonly statuses: Uint32Array;
  readonly serving: Uint8Array;
  readonly failed: Uint8Array;
  readonly parents: Uint8Array | undefined;
  readonly times: Uint32Array;
  readonly durations: Uint32Array;
}

/** Reports whether numeric status codes, which name errors, are in columns and not in the map of rare attributes. */
function hasStatusColumns({ keys, promoted }: Table): boolean {
  const isListed = Object.keys(keys).length < 1000;
  return (['i', 'd'] as const).every((type) => {
    const isPresent = Object.hasOwn(keys, `${STATUS_CODE_KEY}#${type}`);
    return isPresent ? promoted.includes(`a.${STATUS_CODE_KEY}#${type}`) : isListed;
  });
}

function summarizeLogs(table: Table): Summary | undefined {
  const rows = new TableRows(table.columns, table.rows);
  const clock = new CellClock(rows.words64('time', 0, table.rows).words);
  const strings = new StringTable();
  strings.add('');
  const services = new ServiceCells(strings);
  const volumes = new VolumeCells();
  for (let from = 0; from < table.rows; from += CHUNK_ROWS) {
    const to = Math.min(from + CHUNK_ROWS, table.rows);
    const numbers = serviceNumbers(services, rows.text('service_name', from, to));
    const versions = versionNumbers(services, rows.text('resource_attributes', from, to));
    const severities = rows.words32('severity_number', from, to);
    const times = rows.words64('time', from, to).words;
    const count = (i: number) => {
      clock.locate(times[i * 2] as number, times[i * 2 + 1] as number);
      const service = numbers[i] as number;
      services.add(clock, service, versions[i] as number, false);
      volumes.add(clock.cell, service, 0, levelOf(severities[i] as number), table.sizes[from + i] as number);
    };
    for (let i = 0; i < numbers.length; i++) count(i);
    if (services.count > MAX_SERVICES || strings.length > MAX_TEXT) return undefined;
  }
  const cells = volumes.all();
  const severities = cells.map(({ cell, service, level, items }) => ({ cell, service, level, count: items }));
  return {
    ...{ cellSeconds: clock.cellSeconds, strings: strings.all, services: services.all(), severities, volumes: cells },
    ...{ operations: undefined, hasNames: false, errors: undefined },
  };
}

/** Returns the level of a severity number: four numbers each, and 0 for an invalid or missing severity. */
export function levelOf(severity: number): number {
  return severity >= 1 && severity <= 24 ? (severity + 3) >>> 2 : 0;
}
