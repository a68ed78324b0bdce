import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Signal } from '@otelier/otlp';
import { createBuilder } from '../columns/builders.ts';
import type { SignalBuilder } from '../columns/signal-builder.ts';
import { encodeInSteps } from '../parquet/file.ts';
import { runSteps } from '../parquet/steps.ts';
import { type FileFooter, FOOTER_KEY, type Partials, SCHEMA_VERSION } from '../schema.ts';
import { buildSummary, placeOf } from '../summaries/build.ts';
import { writePieces } from './files/durable.ts';
import { type DataFile, storedFile } from './files/files.ts';
import type { Positions } from './protocol.ts';

/** A snapshot file of some of the rows. */
interface TailFile {
  readonly from: number;
  readonly to: number;
  readonly file: DataFile;
}

/** What a file's footer says about journals. */
export type FilePositions = Pick<FileFooter, 'positions' | 'resume' | 'writtenMillis' | 'replaces'>;

/** What files that are not in `data/` say about journals. */
const NOWHERE: FilePositions = { positions: {}, resume: {}, writtenMillis: 0 };

/** An encoded file that has not been written yet. */
export interface EncodedFile {
  readonly pieces: readonly Uint8Array[];
  readonly footer: FileFooter;
}

/** What the journals contained when the last row was added. */
export interface RowsEnd {
  /** Positions up to which the journals had been read. */
  readonly read: Positions;
  /** Per journal: how many of the current record's rows are in this file or earlier ones. */
  readonly partial: Partials;
}

/** Rows of a tenant and signal that become one file. */
export class PendingFile {
  readonly tenant: string;
  readonly signal: Signal;
  readonly builder: SignalBuilder;
  /** Tells the rows apart from those of other files of the tenant and signal. */
  readonly generation: number;
  /** Per journal: start of the record that contains the oldest row. */
  readonly from: Record<string, number> = {};
  /** Arrival time of the oldest row, on the monotonic clock. */
  oldestMillis = Number.POSITIVE_INFINITY;
  /** Set when no more rows are added. */
  end: RowsEnd | undefined;
  #tails: TailFile[] = [];

  constructor(tenant: string, signal: Signal, generation: number, builder: SignalBuilder = createBuilder(signal)) {
    this.tenant = tenant;
    this.signal = signal;
    this.generation = generation;
    this.builder = builder;
  }

  get rows(): number {
    return this.builder.rows;
  }

  /** Whether the snapshots contain all rows. */
  get isCaptured(): boolean {
    return this.rows === (this.#tails.at(-1)?.to ?? 0);
  }

  /** Encodes all rows as a Parquet file with its footer, in pieces. No rows may be added between the steps. */
  encode(positions: FilePositions): Generator<void, EncodedFile> {
    return this.#encode(0, this.rows, positions);
  }

  /** Encodes some rows without using the result. */
  tryEncode(from: number, to: number): void {
    runSteps(this.#encode(from, to, NOWHERE));
  }

  /** Frees the memory when the rows have been written to a file. Returns the snapshots that are no longer needed. */
  free(): readonly DataFile[] {
    this.builder.free();
    return this.#tails.map(({ file }) => file);
  }

  /**
   * Returns files that contain all rows, in order. It writes only rows that arrived since the last call, merged with older
   * snapshots that are not much larger, so that there are few files and rows are rarely rewritten. `nextPath` returns an
   * unused path; `replaced` is called for files that are no longer needed. `encrypt` returns what is written of a file.
   */
  snapshot(
    nextPath: () => string,
    replaced: (file: DataFile) => void,
    encrypt: (pieces: readonly Uint8Array[]) => readonly Uint8Array[] = (pieces) => pieces,
  ): readonly DataFile[] {
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
        this.#tails.push({ from, to, file: this.#writeTail(from, to, nextPath(), encrypt) });
      } catch (error) {
        this.#tails.push(...merged.reverse());
        throw error;
      }
      for (const { file } of merged) replaced(file);
    }
    return this.#tails.map(({ file }) => file);
  }

  #writeTail(
    from: number,
    to: number,
    path: string,
    encrypt: (pieces: readonly Uint8Array[]) => readonly Uint8Array[],
  ): DataFile {
    const { pieces, footer } = runSteps(this.#encode(from, to, NOWHERE));
    mkdirSync(dirname(path), { recursive: true });
    writePieces(path, encrypt(pieces), false);
    return storedFile(path, statSync(path).size, footer);
  }

  *#encode(from: number, to: number, written: FilePositions): Generator<void, EncodedFile> {
    const table = this.builder.table(from, to);
    yield;
    const summary = buildSummary(this.signal, table);
    yield;
    let footer: FileFooter | undefined;
    const partial = this.end?.partial ?? {};
    const pieces = yield* encodeInSteps(table.columns, {
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
          partial: Object.keys(partial).length === 0 ? undefined : partial,
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
