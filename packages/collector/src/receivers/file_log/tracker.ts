import { type BigIntStats, closeSync, fstatSync, openSync, statSync } from 'node:fs';
import type { Logger } from 'pino';
import { errorMessage } from '../../component/error-message.ts';
import { isGzip, readCompressedFingerprint } from './compressed.ts';
import type { FileLogConfig } from './config.ts';
import { fileAttributes } from './file-attributes.ts';
import { beginsWith, beginsWithStored, readFingerprint } from './fingerprint.ts';
import { type FilePosition, LogFile } from './log-file.ts';

/** A position whose file is not read now. */
interface KnownPosition {
  /** The file that it belongs to, whose last log records may not be delivered yet. */
  readonly file: LogFile | undefined;
  readonly stored: FilePosition | undefined;
  /** The last poll in which it can be used. */
  readonly untilPoll: number;
}

/** Number of polls for which the position of a disappeared file is kept, as in the Collector. */
const KEPT_POLLS = 3;
/** Number of polls without a change after which a file that has disappeared is closed. */
const LOST_POLLS = 10;

/** Knows the files that are read, also after they have been moved, copied or truncated. */
export class FileTracker {
  readonly #config: FileLogConfig;
  readonly #logger: Logger;
  readonly #files = new Map<string, LogFile>();
  #known: KnownPosition[] = [];
  #poll = 0;
  #readsFromBeginning: boolean;
  readonly #unreadable = new Set<string>();

  constructor(config: FileLogConfig, stored: readonly FilePosition[], logger: Logger) {
    this.#config = config;
    this.#logger = logger;
    this.#readsFromBeginning = config.startAt === 'beginning' || stored.length > 0;
    this.#known = stored.map((position) => ({ file: undefined, stored: position, untilPoll: this.#keptUntil() }));
  }

  /** The files that are open, in the order in which they were found. */
  get files(): readonly LogFile[] {
    return [...this.#files.values()];
  }

  /** Compares the files with those at `paths`. */
  update(paths: readonly string[]): void {
    this.#poll++;
    const seen = new Set<LogFile>();
    const unknown: { readonly path: string; readonly stats: BigIntStats }[] = [];
    for (const path of this.#selected(paths)) {
      const stats = statOf(path);
      if (stats === undefined) continue;
      const file = this.#files.get(keyOf(stats));
      if (file !== undefined && this.#continues(file, path, stats)) seen.add(file);
      else unknown.push({ path, stats });
    }
    for (const { path, stats } of unknown) this.#open(path, stats, seen);
    for (const file of this.#files.values()) if (!seen.has(file)) this.#lose(file);
    this.#known = this.#known.filter(({ untilPoll }) => untilPoll >= this.#poll);
    this.#readsFromBeginning = true;
  }

  /** Closes files that are read completely, if too many are open. */
  limitOpenFiles(): void {
    let open = this.files.filter(({ isOpen }) => isOpen).length;
    for (const file of this.#files.values()) {
      if (open <= this.#config.maxConcurrentFiles) break;
      if (!file.isOpen || file.isReadable || file.lostPolls > 0) continue;
      file.close();
      open--;
    }
  }

  /** Forgets a file that was deleted. */
  forget(file: LogFile): void {
    file.close();
    this.#files.delete(file.key);
  }

  /** Returns the positions to store. */
  positions(): FilePosition[] {
    return [
      ...this.files.map((file) => file.position()),
      ...this.#known.flatMap(({ file, stored }) => file?.position() ?? stored ?? []),
    ];
  }

  close(): void {
    for (const file of this.#files.values()) file.close();
    this.#files.clear();
  }

  #selected(paths: readonly string[]): readonly string[] {
    const { maxBatches, maxConcurrentFiles } = this.#config;
    return maxBatches === 0 ? paths : paths.slice(0, maxBatches * Math.max(1, Math.floor(maxConcurrentFiles / 2)));
  }

  /** Updates a file that is still at a path. Returns false if other contents have replaced it. */
  #continues(file: LogFile, path: string, stats: BigIntStats): boolean {
    const sizeBytes = Number(stats.size);
    const changedMillis = Number(stats.mtimeNs) / 1e6;
    if (sizeBytes !== file.sizeBytes || changedMillis !== file.changedMillis) {
      const fingerprint = this.#fingerprintOf(file.descriptor, file.isCompressed);
      if (!beginsWith(fingerprint, file.fingerprint)) {
        this.#retire(file);
        return false;
      }
      file.fingerprint = fingerprint;
      if (sizeBytes < file.offset) this.#truncated(file, sizeBytes);
      file.sizeBytes = sizeBytes;
      file.changedMillis = changedMillis;
      file.isReadable = true;
    }
    file.lostPolls = 0;
    if (path !== file.path) {
      file.path = path;
      this.#describe(file);
    }
    return true;
  }

  #truncated(file: LogFile, sizeBytes: number): void {
    const { onTruncate } = this.#config;
    if (onTruncate === 'read_whole_file') file.offset = 0;
    if (onTruncate === 'read_new') file.offset = sizeBytes;
    file.commit(file.progress());
  }

  #open(path: string, stats: BigIntStats, seen: Set<LogFile>): void {
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
      this.#unreadable.delete(path);
    } catch (error) {
      if (!this.#unreadable.has(path)) this.#logger.error({ path }, `cannot read a log file: ${errorMessage(error)}`);
      this.#unreadable.add(path);
      return;
    }
    const isCompressed = this.#config.compression !== '' && isGzip(descriptor);
    const fingerprint = this.#fingerprintOf(descriptor, isCompressed);
    const isCopy = [...seen].some((file) => file.fingerprint.equals(fingerprint));
    if (fingerprint.length === 0 || isCopy) {
      closeSync(descriptor);
      return;
    }
    const file = this.#matching(path, keyOf(stats), descriptor, fingerprint, seen, isCompressed);
    file.fingerprint = fingerprint;
    file.isCompressed = isCompressed;
    file.sizeBytes = Number(stats.size);
    file.changedMillis = Number(stats.mtimeNs) / 1e6;
    file.isReadable = true;
    this.#describe(file);
    this.#files.set(file.key, file);
    seen.add(file);
  }

  /** Returns the file with this beginning: one that has disappeared, one that was known, or a new one. */
  #matching(
    path: string,
    key: string,
    descriptor: number,
    fingerprint: Buffer,
    seen: ReadonlySet<LogFile>,
    isCompressed: boolean,
  ): LogFile {
    for (const file of this.#files.values()) {
      if (seen.has(file) || !beginsWith(fingerprint, file.fingerprint)) continue;
      this.#files.delete(file.key);
      if (isCompressed && !file.isCompressed) readCompressed(file);
      file.moveTo(key, path, descriptor);
      return file;
    }
    const file = new LogFile(key, path, descriptor, fingerprint);
    const known = this.#takeKnown(fingerprint);
    if (known !== undefined) {
      file.resume(
        known.file === undefined
          ? (known.stored as FilePosition)
          : { ...known.file.position(), ...known.file.progress() },
      );
      if (isCompressed && known.file?.isCompressed === false) readCompressed(file);
      const sizeBytes = fstatSync(descriptor).size;
      if (!isCompressed && sizeBytes < file.offset) this.#truncated(file, sizeBytes);
    } else if (!this.#readsFromBeginning) {
      file.offset = fstatSync(descriptor).size;
      file.hasReadHeader = true;
      file.commit(file.progress());
    }
    return file;
  }

  #takeKnown(fingerprint: Buffer): KnownPosition | undefined {
    const lengthOf = ({ file, stored }: KnownPosition) => file?.fingerprint.length ?? stored?.fingerprint.length ?? 0;
    const found = this.#known
      .filter(({ file, stored }) =>
        file !== undefined
          ? beginsWith(fingerprint, file.fingerprint)
          : stored !== undefined && beginsWithStored(fingerprint, stored.fingerprint),
      )
      .sort((a, b) => lengthOf(b) - lengthOf(a))[0];
    if (found !== undefined) this.#known.splice(this.#known.indexOf(found), 1);
    return found;
  }

  /** Notices that no path leads to a file any more. What is written to it is still read for some polls. */
  #lose(file: LogFile): void {
    if (file.isOpen) {
      const { size, mtimeMs } = fstatSync(file.descriptor);
      if (size !== file.sizeBytes || Math.floor(mtimeMs) !== Math.floor(file.changedMillis)) {
        file.sizeBytes = size;
        file.changedMillis = mtimeMs;
        file.isReadable = true;
        file.lostPolls = 0;
      }
    }
    file.lostPolls++;
    if (!file.isOpen || (file.lostPolls > LOST_POLLS && !file.isReadable)) this.#retire(file);
  }

  #retire(file: LogFile): void {
    file.close();
    this.#files.delete(file.key);
    this.#known.push({ file, stored: undefined, untilPoll: this.#keptUntil() });
  }

  #keptUntil(): number {
    return this.#poll + KEPT_POLLS + this.#config.pollsToArchive;
  }

  #fingerprintOf(descriptor: number, isCompressed: boolean): Buffer {
    const { fingerprintSize } = this.#config;
    return isCompressed
      ? readCompressedFingerprint(descriptor, fingerprintSize)
      : readFingerprint(descriptor, fingerprintSize);
  }

  #describe(file: LogFile): void {
    file.attributes = new Map([
      ...Object.entries(file.header).map(([key, value]) => [key, value as string] as const),
      ...fileAttributes(file, this.#config),
    ]);
  }
}

/** Continues in a compressed copy of a file after what was read of the file. */
function readCompressed(file: LogFile): void {
  file.decompressedBytes = file.offset;
  file.offset = 0;
  file.commit(file.progress());
}

function keyOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

function statOf(path: string): BigIntStats | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats?.isFile() ? stats : undefined;
  } catch {
    // The directory cannot be read now.
    return undefined;
  }
}
