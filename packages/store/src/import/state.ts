import { hash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { hasOnly, isRecord, readCheckedJson, writeCheckedJson } from '../write/files/checked-json.ts';

/** Number of leading bytes that identify a file. */
const HEAD_BYTES = 64 << 10;
const FORMAT = 1;

/** The progress of the import of a file. */
export interface ImportedFile {
  /** Checksum of the first bytes. An import continues only with a file that begins with the same bytes. */
  readonly head: string;
  readonly headBytes: number;
  /** Number of records (lines, messages or rows) that need not be read again. */
  readonly records: number;
  readonly items: number;
  readonly isDone: boolean;
  /** The batch that was being sent, and the number of stored rows of its signal before. */
  readonly pending?: PendingBatch | undefined;
}

/** A batch whose outcome is unknown after an interruption. */
export interface PendingBatch {
  readonly signal: string;
  /** The number of records of the file once the batch is stored. */
  readonly records: number;
  readonly items: number;
  /** Number of rows of the signal before the batch; `undefined` if the destination does not count them. */
  readonly rowsBefore: number | undefined;
}

/** The progress of imports, by absolute path, in a file that is replaced durably at every step. */
export class ImportState {
  readonly #path: string;
  readonly #files: Record<string, ImportedFile>;

  /** Reads the progress. Throws an `ImportStateError` if the file is damaged. */
  static read(path: string): ImportState {
    const read = readCheckedJson(path);
    if (read.kind === 'missing') return new ImportState(path, {});
    const { format, files } = read.kind === 'whole' ? read.value : {};
    const isValid = read.kind === 'whole' && read.isChecked && format === FORMAT && isRecord(files);
    if (!isValid || !Object.values(files).every(isImportedFile)) {
      const reason = read.kind === 'damaged' ? read.reason : 'got other contents or no checksum';
      throw new ImportStateError(
        `${path}: expected the progress of imports: ${reason}. Delete the file to import from the beginning.`,
      );
    }
    return new ImportState(path, { ...files } as Record<string, ImportedFile>);
  }

  private constructor(path: string, files: Record<string, ImportedFile>) {
    this.#path = path;
    this.#files = files;
  }

  of(file: string): ImportedFile | undefined {
    return this.#files[file];
  }

  /** Durably records the progress of a file. */
  set(file: string, progress: ImportedFile): void {
    this.#files[file] = progress;
    writeCheckedJson(this.#path, { format: FORMAT, files: this.#files });
  }
}

/** Progress of imports that cannot be read. */
export class ImportStateError extends Error {
  override readonly name = 'ImportStateError';
}

/** Returns the checksum that identifies a file, of its first `bytes` bytes if these are known. */
export async function headOf(path: string, bytes?: number): Promise<Pick<ImportedFile, 'head' | 'headBytes'>> {
  const { size } = await stat(path);
  const headBytes = Math.min(size, bytes ?? HEAD_BYTES);
  const file = await open(path, 'r');
  try {
    const buffer = Buffer.alloc(headBytes);
    const { bytesRead } = await file.read(buffer, 0, headBytes, 0);
    return { head: hash('sha256', buffer.subarray(0, bytesRead)), headBytes: bytesRead };
  } finally {
    await file.close();
  }
}

function isImportedFile(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { head, headBytes, records, items, isDone, pending } = value;
  return (
    typeof head === 'string' &&
    [headBytes, records, items].every(isCount) &&
    typeof isDone === 'boolean' &&
    (pending === undefined || isPending(pending)) &&
    hasOnly(value, ['head', 'headBytes', 'records', 'items', 'isDone', 'pending'])
  );
}

function isPending(value: unknown): boolean {
  if (!isRecord(value)) return false;
  const { signal, records, items, rowsBefore } = value;
  return typeof signal === 'string' && [records, items, rowsBefore ?? 0].every(isCount);
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
