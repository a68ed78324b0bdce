import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Signal } from '@otelier/otlp';
import { createBuilder } from '../columns/builders.ts';
import type { Appended, AppendRange, SignalBuilder } from '../columns/item-builder.ts';
import { encodeParquet } from '../parquet/file.ts';
import { type FileFooter, FOOTER_KEY, type Partials, SCHEMA_VERSION } from '../schema.ts';
import { buildSummary, placeOf } from '../summaries/build.ts';
import { writePieces } from './files/durable.ts';
import { numbered } from './files/file-numbers.ts';
import { type DataFile, storedFile } from './files/files.ts';
import { encodeFirstRows } from './first-encodings.ts';
import type { BatchRecord } from './journals/record.ts';
import type { Positions } from './protocol.ts';

/** A snapshot file of some of the pending rows. */
interface TailFile {
  readonly from: number;
  readonly to: number;
  readonly file: DataFile;
}

/** What files that are not in `data/` say about journals. */
const NOWHERE = { positions: {}, resume: {}, writtenMillis: 0 } as const;

/** A tenant and signal's rows that are not yet in a file in `data/`. */
export class Pending {
  readonly tenant: string;
  readonly signal: Signal;
  /** Per journal: all rows up to this position are in files. */
  written: Readonly<Record<string, number>>;
  /** Per journal: how much of the current record is in files or pending. */
  partial: Partials;
  /** Per journal: start of the record that contains the oldest pending row. */
  from: Record<string, number> = {};
  /** Arrival time of the oldest pending row, on the monotonic clock. */
  oldestMillis = Number.POSITIVE_INFINITY;
  #builder: SignalBuilder | undefined;
  #tails: TailFile[] = [];
  #generation = 0;

  constructor(tenant: string, signal: Signal, written: Readonly<Record<string, number>>, partial: Partials = {}) {
    this.tenant = tenant;
    this.signal = signal;
    this.written = written;
    this.partial = partial;
  }

  get rows(): number {
    return this.#builder?.rows ?? 0;
  }

  /** Counts how often the rows have been written to a file. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether the snapshots contain all rows. */
  get isCaptured(): boolean {
    return this.rows === (this.#tails.at(-1)?.to ?? 0);
  }

  /** Returns the builder of the rows, if there are any. */
  get builder(): SignalBuilder | undefined {
    return this.#builder;
  }

  /** Time of the oldest pending row. */
  get oldestTime(): bigint | undefined {
    return this.rows === 0 ? undefined : this.#builder?.timeRange(0, this.rows).min;
  }

  get byteSize(): number {
    return this.#builder?.byteSize ?? 0;
  }

  /** Adds items from one of a record's parts. Throws without adding anything if the part cannot be read. */
  append(part: Uint8Array, { arrivalMillis }: BatchRecord, range: AppendRange): Appended {
    this.#builder ??= createBuilder(this.signal);
    const appended = this.#builder.append(part, arrivalMillis, range);
    encodeFirstRows(this.signal, this.rows, (from, to) => this.#encode(from, to, NOWHERE));
    return appended;
  }

  /** Encodes all pending rows as a Parquet file with its footer, in pieces. */
  encode(positions: Pick<FileFooter, 'positions' | 'resume' | 'writtenMillis'>): EncodedFile {
    return this.#encode(0, this.rows, positions);
  }

  /** Removes the rows, which have been written to a file. Returns the snapshots that are no longer needed. */
  clear(): readonly DataFile[] {
    const tails = this.#tails.map(({ file }) => file);
    this.#tails = [];
    this.#generation += 1;
    this.#builder?.free();
    this.#builder = undefined;
    this.from = {};
    this.oldestMillis = Number.POSITIVE_INFINITY;
    return tails;
  }

  /**
   * Returns files that contain all pending rows, in order. It writes only rows that arrived since the last call, merged
   * with older snapshots that are not much larger, so that there are few files and rows are rarely rewritten.
   * `nextPath` returns an unused path; `replaced` is called for files that are no longer needed.
   */
  snapshot(nextPath: () => string, replaced: (file: DataFile) => void): readonly DataFile[] {
    const to = this.rows;
    let from = this.#tails.at(-1)?.to ?? 0;
    if (from < to) {
      const merged: TailFile[] = [];
      for (
        let last = this.#tails.at(-1);
        last !== undefined && last.to - last.from <= 2 * (to - from);
        last = this.#tails.at(-1)
      ) {
        merged.push(last);
        this.#tails.pop();
        from = last.from;
      }
      try {
        this.#tails.push({ from, to, file: this.#writeTail(from, to, nextPath()) });
      } catch (error) {
        this.#tails.push(...merged.reverse());
        throw error;
      }
      for (const { file } of merged) replaced(file);
    }
    return this.#tails.map(({ file }) => file);
  }

  #writeTail(from: number, to: number, path: string): DataFile {
    const { pieces, footer } = this.#encode(from, to, NOWHERE);
    mkdirSync(dirname(path), { recursive: true });
    writePieces(path, pieces, false);
    return storedFile(path, statSync(path).size, footer);
  }

  #encode(from: number, to: number, written: Pick<FileFooter, 'positions' | 'resume' | 'writtenMillis'>): EncodedFile {
    if (this.#builder === undefined) throw new Error('there are no rows to write');
    const table = this.#builder.table(from, to);
    const summary = buildSummary(this.signal, table);
    let footer: FileFooter | undefined;
    const pieces = encodeParquet(table.columns, {
      rows: table.rows,
      attachment: summary === undefined ? table.traceIndex : Buffer.concat([table.traceIndex, summary.bytes]),
      metadata: ({ offset }) => {
        const indexBytes = table.traceIndex.length;
        footer = {
          version: SCHEMA_VERSION,
          tenant: this.tenant,
          signal: this.signal,
          rows: table.rows,
          minTime: String(table.minTime),
          maxTime: String(table.maxTime),
          ...written,
          partial: Object.keys(this.partial).length === 0 ? undefined : this.partial,
          promoted: table.promoted,
          keys: table.keys,
          traceIndex: indexBytes === 0 ? undefined : { offset, length: indexBytes },
          summary: summary && placeOf(summary, offset + indexBytes),
        };
        return { [FOOTER_KEY]: JSON.stringify(footer) };
      },
    });
    if (footer === undefined) throw new Error('the file has no footer');
    return { pieces, footer };
  }
}

/**
 * Returns the positions at which reading would start after a crash if the rows of `written` were in a file: the oldest
 * row that would then be pending.
 */
export function resumeWithout(written: Pending, all: Iterable<Pending>, positions: Positions): Positions {
  const resume: Record<string, number> = { ...positions };
  for (const pending of all) {
    if (pending === written) continue;
    for (const [journal, from] of Object.entries(pending.from)) {
      resume[journal] = Math.min(resume[journal] ?? from, from);
    }
  }
  return resume;
}

/** An encoded file that has not been written yet. */
export interface EncodedFile {
  readonly pieces: readonly Uint8Array[];
  readonly footer: FileFooter;
}

/** Returns a file's path in the directory of a store. Names sort by write time. */
export function dataPath(directory: string, key: string, writtenMillis: number, number: number): string {
  const day = new Date(writtenMillis).toISOString().slice(0, 10);
  return join(directory, 'data', key, day, `${String(writtenMillis).padStart(13, '0')}-${numbered(number)}`);
}
