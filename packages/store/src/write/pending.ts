import { mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Signal } from '@otelier/otlp';
import { createBuilder } from '../columns/builders.ts';
import type { Appended, AppendRange, SignalBuilder } from '../columns/item-builder.ts';
import { encodeParquet } from '../parquet/file.ts';
import { type FileFooter, FOOTER_KEY, type Partials, SCHEMA_VERSION } from '../schema.ts';
import { writePieces } from './durable.ts';
import { numbered } from './file-numbers.ts';
import { type DataFile, storedFile } from './files.ts';
import type { Positions } from './protocol.ts';
import type { BatchRecord } from './record.ts';

/** A snapshot of some of the waiting rows. */
interface TailFile {
  readonly from: number;
  readonly to: number;
  readonly file: DataFile;
}

/** Rows of a tenant and signal that are in no file of `data/` yet. */
export class Pending {
  readonly tenant: string;
  readonly signal: Signal;
  /** Per journal: all rows up to here are in files. */
  written: Readonly<Record<string, number>>;
  /** Per journal: how much of the record that is being taken is in files, or here. */
  partial: Partials;
  /** Per journal: where the oldest waiting row's record begins. */
  from: Record<string, number> = {};
  /** When the oldest waiting row arrived, on the monotonic clock. */
  oldestMillis = Number.POSITIVE_INFINITY;
  #builder: SignalBuilder | undefined;
  #tails: TailFile[] = [];

  constructor(tenant: string, signal: Signal, written: Readonly<Record<string, number>>, partial: Partials = {}) {
    this.tenant = tenant;
    this.signal = signal;
    this.written = written;
    this.partial = partial;
  }

  get rows(): number {
    return this.#builder?.rows ?? 0;
  }

  /** Time of the oldest waiting row. */
  get oldestTime(): bigint | undefined {
    return this.rows === 0 ? undefined : this.#builder?.timeRange(0, this.rows).min;
  }

  get byteSize(): number {
    return this.#builder?.byteSize ?? 0;
  }

  /** Takes items of one of a record's parts; throws, having taken nothing, when it cannot be read. */
  append(part: Uint8Array, { arrivalMillis }: BatchRecord, range: AppendRange): Appended {
    this.#builder ??= createBuilder(this.signal);
    return this.#builder.append(part, arrivalMillis, range);
  }

  /** All waiting rows as a Parquet file, in pieces, with its footer. */
  encode(positions: Pick<FileFooter, 'positions' | 'resume' | 'writtenMillis'>): EncodedFile {
    return this.#encode(0, this.rows, positions);
  }

  /** Forgets the rows, which are in a file now. Answers the snapshots that are of no use any more. */
  clear(): readonly DataFile[] {
    const tails = this.#tails.map(({ file }) => file);
    this.#tails = [];
    this.#builder?.free();
    this.#builder = undefined;
    this.from = {};
    this.oldestMillis = Number.POSITIVE_INFINITY;
    return tails;
  }

  /**
   * Files with all waiting rows, in order. Only rows that came since the last call are written anew, and of the older
   * snapshots those that are not much larger than what is new, so that they stay few and each row is written seldom.
   * `nextPath` names a file that never was; `replaced` is told of files which are of no use any more.
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
    const { pieces, footer } = this.#encode(from, to, { positions: {}, resume: {}, writtenMillis: 0 });
    mkdirSync(dirname(path), { recursive: true });
    writePieces(path, pieces, false);
    return storedFile(path, statSync(path).size, footer);
  }

  #encode(from: number, to: number, written: Pick<FileFooter, 'positions' | 'resume' | 'writtenMillis'>): EncodedFile {
    if (this.#builder === undefined) throw new Error('there are no rows to write');
    const table = this.#builder.table(from, to);
    let footer: FileFooter | undefined;
    const pieces = encodeParquet(table.columns, {
      rows: table.rows,
      attachment: table.traceIndex,
      metadata: (place) => {
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
          traceIndex: place.length === 0 ? undefined : place,
        };
        return { [FOOTER_KEY]: JSON.stringify(footer) };
      },
    });
    if (footer === undefined) throw new Error('the file has no footer');
    return { pieces, footer };
  }
}

/** Where reading would begin after a crash if the rows of `written` were in a file: at the oldest row that is then pending. */
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

/** A file before it is written. */
export interface EncodedFile {
  readonly pieces: readonly Uint8Array[];
  readonly footer: FileFooter;
}

/** Where a file lies below a store's (or a backup's) folder. Names sort by the time of writing. */
export function dataPath(directory: string, key: string, writtenMillis: number, number: number): string {
  const day = new Date(writtenMillis).toISOString().slice(0, 10);
  return join(directory, 'data', key, day, `${String(writtenMillis).padStart(13, '0')}-${numbered(number)}`);
}
