import { hash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join, sep } from 'node:path';
import type { Signal } from '@otelier/otlp';
import { errorMessage } from '../../error-message.ts';
import { CHECKSUMS_KEY, parseChecksums } from '../../parquet/checksums.ts';
import { type FileOpener, PLAIN_FILES } from '../../parquet/file-bytes.ts';
import { readParquetMetadata } from '../../parquet/read-metadata.ts';
import { type FileFooter, FOOTER_KEY, tenantDirectory } from '../../schema.ts';
import { SUMMARY_VERSION } from '../../summaries/encode.ts';
import type { StoredFile } from '../protocol.ts';
import { type Report, setAsideDamaged } from './damaged.ts';
import { makeDirectory, TEMPORARY } from './durable.ts';
import { FileNumbers } from './file-numbers.ts';
import { NotOursError, parseFooter } from './footer.ts';

/** A file in `data/` with its footer. */
export interface DataFile extends StoredFile {
  readonly footer: FileFooter;
  /** Checksum of the trace ID index and the summary, if it is known. */
  readonly attachmentChecksum?: number | undefined;
}

/** The files in `data/` in write order, by tenant and signal. */
export class Files {
  readonly #byKey = new Map<string, DataFile[]>();
  #lastWrittenMillis = Number.NEGATIVE_INFINITY;

  /** The numbers in the file names. */
  readonly numbers = new FileNumbers();

  /**
   * Reads the footers of all files in `data/`, removes incomplete files, and moves damaged ones to `damaged/`. Calls
   * `report` for these, and for files from other programs or newer versions, which it leaves unchanged.
   */
  static scan(directory: string, report: Report, opener: FileOpener = PLAIN_FILES): Files {
    const files = new Files();
    const data = join(directory, 'data');
    if (existsSync(data) && !statSync(data).isDirectory()) {
      setAsideDamaged(directory, data, 'expected a directory, found a file', 'all files of data/ are lost', report);
    }
    mkdirSync(data, { recursive: true });
    const entries = readdirSync(data, { recursive: true, withFileTypes: true });
    const paths: string[] = [];
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      if (path.endsWith(TEMPORARY) && entry.isFile()) rmSync(path, { force: true });
      else if (path.endsWith('.parquet')) paths.push(path);
    }
    const read = paths.sort().flatMap((path) => files.#readFile(directory, path, report, opener) ?? []);
    const found = files.#withoutReplaced(read);
    // Files in their own directory first: they win over files elsewhere with the same footer and thus the same rows.
    const seen = new Map<string, string>();
    const misplaced = found.filter((file) => !isInPlace(data, file));
    for (const file of [...found.filter((file) => isInPlace(data, file)), ...misplaced]) {
      const id = hash('sha1', JSON.stringify(file.footer));
      const twin = seen.get(id);
      if (twin === undefined) {
        seen.set(id, file.path);
        files.add(isInPlace(data, file) ? file : moveInPlace(data, file, report));
        continue;
      }
      files.numbers.add(file.path);
      setAsideDamaged(directory, file.path, `it is a copy of ${twin}`, 'nothing is lost', report);
    }
    return files;
  }

  /** Removes the files that others replaced, if a crash left them. */
  #withoutReplaced(found: readonly DataFile[]): readonly DataFile[] {
    const replaced = new Set(
      found.flatMap(({ footer: { tenant, signal, replaces } }) =>
        replaces === undefined ? [] : [`${keyOf(tenant, signal)}/${replaces}`],
      ),
    );
    for (const path of replaced) {
      // Their numbers may not have been recorded as absent before the crash.
      this.numbers.add(path);
      this.numbers.remove(path);
    }
    return found.filter(({ path, footer }) => {
      if (!replaced.has(`${keyOf(footer.tenant, footer.signal)}/${basename(path)}`)) return true;
      rmSync(path);
      return false;
    });
  }

  /** Reads a file's footer. Moves the file to `damaged/` if its footer is unreadable. */
  #readFile(directory: string, path: string, report: Report, opener: FileOpener): DataFile | undefined {
    try {
      return readDataFile(path, opener);
    } catch (error) {
      const reason = errorMessage(error);
      if (isMissingKey(error)) {
        // The tenant was removed and its keys destroyed, or the keys of another store are here.
        this.numbers.add(path);
        report(`${path}: left alone: ${reason.replace(`${path}: `, '')}`);
        return undefined;
      }
      if (error instanceof NotOursError || isSystemError(error)) {
        // From a newer version or another program, or not readable here: nothing indicates damage.
        report(`${path}: left alone: ${reason}`);
        return undefined;
      }
      this.numbers.add(path);
      const lost = 'its rows are lost, except those still in the journal';
      setAsideDamaged(directory, path, reason, lost, report);
      return undefined;
    }
  }

  add(file: DataFile): void {
    this.#lastWrittenMillis = Math.max(this.#lastWrittenMillis, file.footer.writtenMillis);
    this.numbers.add(file.path);
    const key = keyOf(file.footer.tenant, file.footer.signal);
    const list = this.#byKey.get(key);
    if (list === undefined) this.#byKey.set(key, [file]);
    else list.push(file);
  }

  /** Returns the time for the next file's name. Names sort in write order even if the clock goes back. */
  nextWrittenMillis(nowMillis: number): number {
    return Math.max(nowMillis, this.#lastWrittenMillis + 1);
  }

  remove(file: DataFile): void {
    this.numbers.remove(file.path);
    const key = keyOf(file.footer.tenant, file.footer.signal);
    const rest = (this.#byKey.get(key) ?? []).filter((other) => other !== file);
    if (rest.length === 0) this.#byKey.delete(key);
    else this.#byKey.set(key, rest);
  }

  /** Puts a file in the place of another one with the same tenant and signal. Returns `false` if that one is gone. */
  replace(file: DataFile, by: DataFile): boolean {
    const key = keyOf(file.footer.tenant, file.footer.signal);
    const list = this.#byKey.get(key) ?? [];
    const place = list.indexOf(file);
    if (place < 0) return false;
    // A copy, because readers have the list.
    this.#byKey.set(key, list.with(place, by));
    this.numbers.remove(file.path);
    this.numbers.add(by.path);
    return true;
  }

  of(tenant: string, signal: Signal): readonly DataFile[] {
    return this.#byKey.get(keyOf(tenant, signal)) ?? [];
  }

  *all(): Generator<DataFile> {
    for (const list of this.#byKey.values()) yield* list;
  }
}

/** Returns the key for a tenant and signal, which is also a path within `data/` and `tail/`. */
export function keyOf(tenant: string, signal: Signal): string {
  return `${tenantDirectory(tenant)}/${signal}`;
}

/** Returns the file properties that queries need, from its footer. */
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
    summary: footer.summary?.version === SUMMARY_VERSION ? footer.summary : undefined,
  };
}

/** Reads a file's footer. Throws if it is damaged or the file is from another program. */
export function readDataFile(path: string, files: FileOpener = PLAIN_FILES): DataFile {
  if (statSync(path).isDirectory()) throw new Error(`${path}: expected a file, found a directory`);
  const { metadata, bytes } = readParquetMetadata(path, files);
  const text = metadata.get(FOOTER_KEY);
  if (text === undefined) throw new NotOursError(`expected the metadata ${FOOTER_KEY}, it has none`);
  const attachmentChecksum = parseChecksums(metadata.get(CHECKSUMS_KEY) ?? '')?.attachment;
  return { ...storedFile(path, bytes, parseFooter(text, bytes)), attachmentChecksum };
}

/** Reports whether a file is in its tenant's directory. Queries read only their own tenant's directory. */
function isInPlace(data: string, { path, footer }: DataFile): boolean {
  return path.startsWith(join(data, keyOf(footer.tenant, footer.signal), sep));
}

function moveInPlace(data: string, file: DataFile, report: Report): DataFile {
  const { path, footer } = file;
  const target = join(data, keyOf(footer.tenant, footer.signal), 'moved', basename(path));
  makeDirectory(dirname(target));
  renameSync(path, target);
  report(`${path}: is a file of tenant ${footer.tenant} and signal ${footer.signal}, now ${target}; nothing is lost`);
  return { ...file, path: target };
}

/** By name: the module of the error is loaded only for encrypted stores. */
function isMissingKey(error: unknown): boolean {
  return error instanceof Error && error.name === 'MissingKeyError';
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

/** Counts the readers of files, so that no file is removed while it is being read. */
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

  /** Removes a file once it has no readers. */
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
