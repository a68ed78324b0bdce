import { mkdirSync, readdirSync, rmSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { readParquetMetadata } from '../parquet/read-metadata.ts';
import { type FileFooter, FOOTER_KEY, SCHEMA_VERSION, tenantFolder } from '../schema.ts';
import { TEMPORARY } from './durable.ts';
import type { StoredFile } from './protocol.ts';

/** A file of `data/`, with what its footer tells. */
export interface DataFile extends StoredFile {
  readonly footer: FileFooter;
}

/** The files of `data/`, in the order of their writing for each tenant and signal. */
export class Files {
  readonly #byKey = new Map<string, DataFile[]>();
  #lastWrittenMillis = Number.NEGATIVE_INFINITY;

  /** Reads the footers of all files below `data/`; removes unfinished ones. `report` is told of files that are not ours. */
  static scan(directory: string, report: (message: string) => void): Files {
    const files = new Files();
    const data = join(directory, 'data');
    mkdirSync(data, { recursive: true });
    const entries = readdirSync(data, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const paths = entries.map((entry) => join(entry.parentPath, entry.name)).sort();
    for (const path of paths) {
      if (path.endsWith(TEMPORARY)) {
        rmSync(path, { force: true });
      } else if (path.endsWith('.parquet')) {
        try {
          files.add(readDataFile(path));
        } catch (error) {
          report(`${path}: left alone: ${error instanceof Error ? error.message : error}`);
        }
      }
    }
    return files;
  }

  add(file: DataFile): void {
    this.#lastWrittenMillis = Math.max(this.#lastWrittenMillis, file.footer.writtenMillis);
    const key = keyOf(file.footer.tenant, file.footer.signal);
    const list = this.#byKey.get(key);
    if (list === undefined) this.#byKey.set(key, [file]);
    else list.push(file);
  }

  /** The time that the next file is named by: names sort by the order of writing, also when the clock goes back. */
  nextWrittenMillis(nowMillis: number): number {
    return Math.max(nowMillis, this.#lastWrittenMillis + 1);
  }

  remove(file: DataFile): void {
    const key = keyOf(file.footer.tenant, file.footer.signal);
    const rest = (this.#byKey.get(key) ?? []).filter((other) => other !== file);
    if (rest.length === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, rest);
  }

  of(tenant: string, signal: Signal): readonly DataFile[] {
    return this.#byKey.get(keyOf(tenant, signal)) ?? [];
  }

  *all(): Generator<DataFile> {
    for (const list of this.#byKey.values()) yield* list;
  }
}

/** Which tenant and signal, as a map's key and as a folder below `data/` and `tail/`. */
export function keyOf(tenant: string, signal: Signal): string {
  return `${tenantFolder(tenant)}/${signal}`;
}

/** What a query needs of a file, from its footer. */
export function storedFile(path: string, bytes: number, footer: FileFooter): DataFile {
  return {
    path,
    bytes,
    footer,
    rows: footer.rows,
    minTime: BigInt(footer.minTime),
    maxTime: BigInt(footer.maxTime),
    promoted: footer.promoted,
    keys: footer.keys,
    traceIndex: footer.traceIndex,
  };
}

/** Reads a file's footer. Throws when it is damaged or not that of a file of ours. */
export function readDataFile(path: string): DataFile {
  const { metadata, bytes } = readParquetMetadata(path);
  const text = metadata.get(FOOTER_KEY);
  if (text === undefined) throw new Error(`expected the metadata ${FOOTER_KEY}, it has none`);
  const footer = JSON.parse(text) as FileFooter;
  if (footer.version > SCHEMA_VERSION)
    throw new Error(`its layout is of version ${footer.version}, newer than this program`);
  if (!SIGNAL_NAMES.includes(footer.signal)) throw new Error(`expected a signal, got ${JSON.stringify(footer.signal)}`);
  return storedFile(path, bytes, footer);
}

/** Counts who reads which files, so that none is removed under a reader. */
export class Pins {
  readonly #files = new Map<number, readonly StoredFile[]>();
  readonly #readers = new Map<string, number>();
  readonly #doomed = new Set<string>();
  #last = 0;

  pin(files: readonly StoredFile[]): number {
    const pin = ++this.#last;
    this.#files.set(pin, files);
    for (const { path } of files) this.#readers.set(path, (this.#readers.get(path) ?? 0) + 1);
    return pin;
  }

  release(pin: number): void {
    for (const { path } of this.#files.get(pin) ?? []) {
      const readers = (this.#readers.get(path) ?? 1) - 1;
      if (readers > 0) {
        this.#readers.set(path, readers);
        continue;
      }
      this.#readers.delete(path);
      if (this.#doomed.delete(path)) removeFile(path);
    }
    this.#files.delete(pin);
  }

  /** Removes a file as soon as nobody reads it. */
  remove(path: string): void {
    if (this.#readers.has(path)) this.#doomed.add(path);
    else removeFile(path);
  }
}

function removeFile(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
