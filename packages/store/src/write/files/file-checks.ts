import { crc32 } from 'node:zlib';
import { type FileOpener, PLAIN_FILES } from '../../parquet/file-bytes.ts';
import { verifyParquet } from '../../parquet/verify.ts';
import { type Report, setAsideDamaged } from './damaged.ts';
import type { DataFile, Files } from './files.ts';

/**
 * Maximum size of files that are checked before a snapshot, about 0.3 s of work, in bytes. The others are checked in
 * the background.
 */
const BYTES_PER_SNAPSHOT = 256 << 20;
/** Ratio of pause to work in the background check, which thus takes a tenth of the time. */
const REST_FACTOR = 9;

type Enqueue = (work: () => Promise<void>) => Promise<void>;

/**
 * Verifies the checksums of files from earlier processes, once per process, because DuckDB ignores page checksums and
 * would return wrong results for flipped bits. Readers other than the engine verify each page that they read, but not the
 * trace ID indexes, which are verified before them. Damaged files are moved to `damaged/`.
 */
export class FileChecks {
  readonly #directory: string;
  readonly #files: Files;
  readonly #report: Report;
  readonly #opener: FileOpener;
  readonly #unchecked: Set<DataFile>;
  /** Files of which not even the indexes have been verified. */
  readonly #unread: Set<DataFile>;
  #timer: NodeJS.Timeout | undefined;

  /** Starts checking files one by one. `enqueue` schedules work between the thread's requests. */
  constructor(directory: string, files: Files, report: Report, enqueue: Enqueue, opener: FileOpener = PLAIN_FILES) {
    this.#opener = opener;
    this.#directory = directory;
    this.#files = files;
    this.#report = report;
    this.#unchecked = new Set(files.all());
    this.#unread = new Set(files.all());
    this.#scheduleNext(enqueue, 0);
  }

  /** Checks the newest unchecked files among the given ones, up to the per-snapshot limit. */
  beforeSnapshot(files: readonly DataFile[]): void {
    if (this.#unchecked.size === 0) return;
    let bytes = 0;
    for (const file of [...files].reverse()) {
      if (!this.#unchecked.has(file)) continue;
      bytes += file.bytes;
      if (bytes > BYTES_PER_SNAPSHOT) return;
      this.#check(file);
    }
  }

  /** Checks the trace ID indexes and summaries of files, which takes a fraction of the time of whole files. */
  beforeDirect(files: readonly DataFile[]): void {
    if (this.#unread.size === 0) return;
    for (const file of files) {
      if (this.#unread.delete(file) && this.#unchecked.has(file) && !isAttachmentWhole(file, this.#opener))
        this.#check(file);
    }
  }

  /** Checks those of some files that have not been checked, because one of them could not be read. */
  verify(paths: readonly string[]): void {
    const wanted = new Set(paths);
    for (const file of [...this.#unchecked]) if (wanted.has(file.path)) this.#check(file);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#unchecked.clear();
    this.#unread.clear();
  }

  #scheduleNext(enqueue: Enqueue, afterMillis: number): void {
    if (this.#unchecked.size === 0) return;
    this.#timer = setTimeout(() => {
      void enqueue(async () => {
        const [file] = this.#unchecked;
        if (file === undefined) return;
        const started = performance.now();
        this.#check(file);
        this.#scheduleNext(enqueue, (performance.now() - started) * REST_FACTOR);
      });
    }, afterMillis).unref();
  }

  #check(file: DataFile): void {
    this.#unchecked.delete(file);
    let damage: readonly string[];
    try {
      ({ damage } = verifyParquet(file.path, this.#opener));
    } catch {
      // Retention removed it, or it cannot be opened, which the next query will report.
      return;
    }
    if (damage.length === 0) return;
    this.#files.remove(file);
    const lost = `${file.rows} rows are no longer part of results`;
    setAsideDamaged(this.#directory, file.path, damage.join('; '), lost, this.#report);
  }
}

/** Reports whether a file's trace ID index and summary match their checksum. */
function isAttachmentWhole({ path, footer, attachmentChecksum }: DataFile, opener: FileOpener): boolean {
  const { traceIndex, summary } = footer;
  const offset = traceIndex?.offset ?? summary?.offset;
  if (attachmentChecksum === undefined || offset === undefined) return true;
  const bytes = Buffer.allocUnsafe((traceIndex?.length ?? 0) + (summary?.length ?? 0));
  try {
    const file = opener.open(path);
    try {
      const length = file.read(bytes, offset);
      return length === bytes.length && crc32(bytes) === attachmentChecksum;
    } finally {
      file.close();
    }
  } catch {
    // Retention removed it, or it cannot be opened, which the query will report.
    return true;
  }
}
