import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { countItems, rewriteItems } from '@otelier/otlp';
import { REBUILD_ITEM } from '../columns/rebuild/rebuild-items.ts';
import type { StoreEvent } from '../contract.ts';
import { errorMessage } from '../error-message.ts';
import { type FileOpener, PLAIN_FILES } from '../parquet/file-bytes.ts';
import { encodeWith } from '../write/edits/edited-file.ts';
import type { FileWriter } from '../write/file-writer.ts';
import type { DataFile } from '../write/files/files.ts';
import type { EncodedFile } from '../write/pending-file.ts';
import type { Expired } from '../write/retention.ts';
import type { Purpose, PurposesStats } from './contract.ts';
import { type CountedFile, CountedFiles } from './counted-files.ts';
import { findPurposes, mayApply, type PreparedPurpose, type PurposeRows, preparePurposes } from './purpose-rows.ts';

/** Stands for rows without a purpose. */
const NONE = '';

/** The dependencies of a `PurposeRetention`. */
export interface PurposeRetentionContext {
  readonly directory: string;
  readonly writer: FileWriter;
  readonly opener: FileOpener | undefined;
  /** Does work between the requests of the thread. */
  readonly enqueue: <T>(work: () => Promise<T>) => Promise<T>;
  /** Does work while nothing else edits files. */
  readonly exclusive: <T>(work: () => Promise<T>) => Promise<T>;
  readonly onEvent: (event: StoreEvent) => void;
}

/**
 * Removes rows whose purposes do not need them any more, and keeps rows that a purpose needs longer than the others of their
 * file. A row with several purposes is kept for the longest of their retentions; one without any for that of its signal.
 * As for files, the age of a row is that of the newest row of its file.
 */
export class PurposeRetention {
  readonly #context: PurposeRetentionContext;
  readonly #purposes: readonly PreparedPurpose[];
  readonly #counted: CountedFiles;
  /** Files that cannot be counted or edited, with the reason. All of their rows are kept. */
  readonly #failed = new Map<string, string>();
  /** Purposes of which size limits removed items. Each is reported once. */
  readonly #early = new Set<string>();
  #running: Promise<void> | undefined;
  #isStopped = false;
  #passes = 0;
  #lastPassMillis = 0;

  constructor(purposes: readonly Purpose[], context: PurposeRetentionContext) {
    this.#context = context;
    this.#purposes = preparePurposes(purposes);
    this.#counted = new CountedFiles(context.directory, this.#purposes);
  }

  /** Reports whether a purpose may keep rows of a file that is older than the retention of its signal. */
  isKept(file: DataFile): boolean {
    const maxAgeMillis = this.#context.writer.retention.maxAgeOf(file.footer.signal);
    const longer = this.#purposes.filter((one) => one.maxAgeMillis > maxAgeMillis && mayApply(one, file));
    if (longer.length === 0) return false;
    const counted = this.#countOf(file);
    return counted === undefined || longer.some(({ name }) => (counted.longest[name] ?? 0) > 0);
  }

  /** Checks all files, unless a check is running. Other work of the thread is done meanwhile. */
  run(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  /** Ends the check in progress. It removes nothing any more. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Notes files that were removed, and reports items that size limits removed earlier than their purpose allows. */
  onExpired(expired: readonly Expired[]): void {
    for (const { file, reason } of expired) {
      for (const [purpose, items] of Object.entries(this.#countOf(file)?.longest ?? {})) {
        if (reason === 'age' || purpose === NONE) {
          this.#counted.removed(purpose, items);
          continue;
        }
        this.#counted.removedEarly(purpose, items);
        if (this.#early.has(purpose)) continue;
        this.#early.add(purpose);
        const message = `a size limit removed items of purpose ${purpose} before they were too old: raise the limit, or shorten the retention`;
        this.#context.onEvent({ kind: 'error', message });
      }
    }
  }

  stats(): PurposesStats {
    const files = [...this.#context.writer.files.all()].filter((file) => this.#applies(file));
    const counts = files.map((file) => this.#countOf(file));
    const purposes = this.#purposes.map(({ name, maxAgeMillis }) => {
      const items = counts.map((counted) => counted?.all[name] ?? 0);
      return {
        ...{ name, maxAgeMillis, items: sumOf(items), files: items.filter((count) => count > 0).length },
        ...{ removedItems: this.#counted.removedOf(name), removedEarly: this.#counted.removedEarlyOf(name) },
      };
    });
    return {
      purposes: purposes.sort((a, b) => (a.name < b.name ? -1 : 1)),
      uncountedFiles: counts.filter((counted) => counted === undefined).length,
      removedOthers: this.#counted.removedOf(NONE),
      ...{ passes: this.#passes, lastPassMillis: this.#lastPassMillis },
    };
  }

  async #run(): Promise<void> {
    const start = performance.now();
    const { writer } = this.#context;
    const { retention } = writer;
    // All of them first: a jump of the clock is recognized by the files that would expire.
    for (const file of [...writer.files.all()]) {
      if (this.#isStopped) return;
      if (this.#applies(file) && this.#countOf(file) === undefined && this.#count(file)) await setImmediate();
    }
    const files = [...writer.files.all()].filter((file) => this.#countOf(file) !== undefined && this.#applies(file));
    const due = new Map<DataFile, string[]>();
    const add = (file: DataFile, purpose: string): void => void due.set(file, [...(due.get(file) ?? []), purpose]);
    const withRows = (purpose: string) => files.filter((file) => (this.#countOf(file)?.longest[purpose] ?? 0) > 0);
    for (const { name } of this.#purposes)
      for (const file of retention.expiredFor(name, withRows(name))) add(file, name);
    for (const file of withRows(NONE)) if (retention.isExpired(file)) add(file, NONE);
    for (const [file, purposes] of due) {
      if (this.#isStopped) break;
      await this.#context.exclusive(() => this.#remove(file, new Set(purposes)));
    }
    this.#save();
    this.#passes += 1;
    this.#lastPassMillis = performance.now() - start;
  }

  #applies(file: DataFile): boolean {
    return this.#purposes.some((purpose) => mayApply(purpose, file));
  }

  #countOf(file: DataFile): CountedFile | undefined {
    return this.#counted.find(this.#nameOf(file), file.rows);
  }

  /** Counts the rows of a file by purpose. Returns `false` if that failed before. */
  #count(file: DataFile): boolean {
    if (this.#failed.has(file.path)) return false;
    try {
      this.#counted.set(this.#nameOf(file), countedOf(file, this.#find(file)));
    } catch (error) {
      this.#fails(file, `its purposes are not known, and its rows are kept: ${errorMessage(error)}`);
    }
    return true;
  }

  #find(file: DataFile): PurposeRows {
    return findPurposes(file, this.#purposes, this.#context.opener ?? PLAIN_FILES);
  }

  /** Removes the rows whose longest purpose is among some. */
  async #remove(file: DataFile, purposes: ReadonlySet<string>): Promise<void> {
    const { directory, writer } = this.#context;
    const { tenant, signal, replaces } = file.footer;
    const counted = this.#countOf(file);
    // A file that this one replaced exists as long as it has readers. A crash would bring back its rows without this one.
    const hasEarlier = replaces !== undefined && existsSync(join(dirname(file.path), replaces));
    if (counted === undefined || hasEarlier || writer.isHeld(file) || !writer.files.of(tenant, signal).includes(file))
      return;
    const isEmpty = Object.entries(counted.longest).every(([name, rows]) => rows === 0 || purposes.has(name));
    const pin = writer.pins.pin([file]);
    try {
      const encoded = isEmpty ? undefined : await this.#encodeRest(file, purposes);
      const isReplaced = await this.#context.enqueue(async () => {
        // A legal hold may have been created meanwhile, and retention may have removed the file.
        if (this.#isStopped || writer.isHeld(file) || !writer.files.of(tenant, signal).includes(file)) return false;
        const next = await writer.replace(file, encoded);
        if (next !== undefined) this.#count(next);
        return true;
      });
      if (!isReplaced) return;
    } catch (error) {
      this.#fails(file, `items that are too old for their purpose cannot be removed: ${errorMessage(error)}`);
      return;
    } finally {
      writer.pins.release(pin);
    }
    this.#failed.delete(file.path);
    for (const purpose of purposes) {
      const items = counted.longest[purpose] ?? 0;
      if (items === 0) continue;
      this.#counted.removed(purpose, items);
      this.#context.onEvent({ kind: 'items-removed', signal, purpose, items, file: relative(directory, file.path) });
    }
  }

  /** Encodes a file again, without the rows whose longest purpose is among some. */
  async #encodeRest(file: DataFile, purposes: ReadonlySet<string>): Promise<EncodedFile> {
    const { signal } = file.footer;
    const { longest, names } = this.#find(file);
    const isRemoved = [NONE, ...names].map((name) => purposes.has(name));
    let row = 0;
    const { encoded } = await encodeWith(file, basename(file.path), this.#context.opener ?? PLAIN_FILES, (bytes) => {
      const isWhole = REBUILD_ITEM[signal] === undefined;
      const first = row;
      row += isWhole ? 1 : countItems(signal, bytes);
      const own = longest.subarray(first, row);
      if (!own.some((purpose) => isRemoved[purpose])) return undefined;
      if (isWhole) return { bytes: undefined, items: 1 };
      let item = 0;
      const edited = rewriteItems(signal, bytes, { item: () => (isRemoved[own[item++] ?? 0] ? 'drop' : 'keep') });
      return { bytes: edited.bytes, items: edited.dropped };
    });
    if (encoded === undefined || row !== file.rows)
      throw new Error(`expected ${file.rows} rows of which some stay, found ${row}`);
    return encoded;
  }

  #fails(file: DataFile, reason: string): void {
    if (this.#failed.get(file.path) === reason) return;
    this.#failed.set(file.path, reason);
    this.#context.onEvent({ kind: 'error', message: `${file.path}: ${reason}` });
  }

  #save(): void {
    const names = new Set([...this.#context.writer.files.all()].map((file) => this.#nameOf(file)));
    try {
      this.#counted.save(names);
    } catch {
      // Other writes report a disk that is full or read-only. The files are counted again at the next start.
    }
  }

  #nameOf({ path }: DataFile): string {
    return relative(this.#context.directory, path);
  }
}

function countedOf({ rows }: DataFile, { all, longest, names }: PurposeRows): CountedFile {
  const counts = new Array<number>(names.length + 1).fill(0);
  for (const purpose of longest) counts[purpose] = (counts[purpose] ?? 0) + 1;
  const ofLongest = [NONE, ...names].map((name, i) => [name, counts[i] ?? 0] as const);
  return {
    rows,
    all: Object.fromEntries(all),
    longest: Object.fromEntries(ofLongest.filter(([, count]) => count > 0)),
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
