import { rmSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import type { HeldStats, StoreEvent } from '../contract.ts';
import type { StoreEncryption } from '../encryption/store-encryption.ts';
import { errorMessage } from '../error-message.ts';
import type { LegalHold } from '../holds/contract.ts';
import { holdsOf } from '../holds/holds-of.ts';
import { type Partials, tenantDirectory } from '../schema.ts';
import type { RemovedFile, TenantSizes } from '../tenants/contract.ts';
import { writeFileDurably, writeFileInBackground } from './files/durable.ts';
import { type DataFile, Files, keyOf, Pins, storedFile } from './files/files.ts';
import {
  furthest,
  highest,
  keepPositions,
  readPositions,
  statedPositions,
  type WrittenPositions,
} from './files/positions.ts';
import { dataPath, Pending, resumeWithout } from './pending.ts';
import type { EncodedFile, PendingFile } from './pending-file.ts';
import type { FromThread, Positions, ThreadOptions } from './protocol.ts';
import { type Expired, Retention, removalEvents } from './retention.ts';
import type { StoreClock } from './store-clock.ts';

/**
 * Memory used by the pending rows of a tenant and signal at which they are written to a file. All pending rows together
 * may use twice as much. A quarter of a million typical spans take 31 MB.
 */
const PENDING_BYTES = 48 << 20;
/** Number of wire bytes between two memory checks. */
const BYTES_BETWEEN_CHECKS = 1 << 20;
/** Maximum number of pending rows while files cannot be written, as a multiple of the rows per file. */
const BLOCKED_FACTOR = 2;

/** The dependencies of a `FileWriter`. */
export interface FileWriterContext {
  readonly clock: StoreClock;
  /** Returns the positions up to which the journals have been read. */
  readonly positions: () => Positions;
  readonly post: (message: FromThread) => void;
  /** Reports whether nothing else may happen while a file is written. */
  readonly mustWait: () => boolean;
  /** Called when a file has been written or could not be. */
  readonly onWritten: () => void;
  /** What encrypts the files; `undefined` if they are not encrypted. */
  readonly encryption?: StoreEncryption | undefined;
  /** Reports whether a purpose may keep rows of a file that is too old. Default: none does. */
  readonly isKept?: (file: DataFile) => boolean;
  /** Called with the files that retention removed. */
  readonly onExpired?: (expired: readonly Expired[]) => void;
}

/**
 * Holds rows that are not in files yet, writes them to files, and removes expired files. It writes a file in steps, between
 * which the thread does other work: rows can be read and added meanwhile.
 */
export class FileWriter {
  readonly files: Files;
  readonly pins = new Pins();
  /** Memory used by the pending rows of a tenant and signal at which they are written to a file. */
  readonly pendingBytes: number;
  readonly #options: ThreadOptions;
  readonly #context: FileWriterContext;
  readonly retention: Retention;
  #holds: readonly LegalHold[];
  readonly #pending = new Map<string, Pending>();
  readonly #written: Map<string, Positions>;
  readonly #partial: Map<string, Partials>;
  #resume: Positions;
  #bytesSinceCheck = 0;
  /** The write in progress. */
  #writing: Promise<boolean> | undefined;
  /** Why files cannot be written, and when to retry. */
  #blocked: { readonly reason: string; readonly until: number } | undefined;

  /** Reads the footers of existing files. */
  constructor(options: ThreadOptions, context: FileWriterContext) {
    this.#options = options;
    this.#context = context;
    this.pendingBytes = options.pendingBytes ?? PENDING_BYTES;
    const report = (message: string) => this.#error(message);
    this.files = Files.scan(options.directory, report, context.encryption?.files);
    this.#holds = options.holds ?? [];
    this.retention = new Retention(options, this.files.all(), context.clock, (event) => this.#event(event));
    const { written, partial, resume } = readPositions(options.directory, this.files, report);
    this.#written = new Map(written);
    this.#partial = new Map(partial);
    this.#resume = resume;
  }

  /** The position of each journal below which all rows are in files. Reading resumes here. */
  get resume(): Positions {
    return this.#resume;
  }

  /** The highest position in files for each journal. */
  get stated(): Positions {
    return statedPositions(this.#kept);
  }

  /** Returns the pending rows of all tenants and signals. */
  all(): Iterable<Pending> {
    return this.#pending.values();
  }

  /** Returns a tenant and signal's pending rows, if there are any. */
  find(tenant: string, signal: Signal): Pending | undefined {
    const pending = this.#pending.get(keyOf(tenant, signal));
    return pending !== undefined && pending.rows > 0 ? pending : undefined;
  }

  /** Returns a tenant and signal's pending rows, creating an empty set if needed. */
  of(tenant: string, signal: Signal): Pending {
    const key = keyOf(tenant, signal);
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = new Pending(tenant, signal, this.#written.get(key) ?? {}, this.#partial.get(key));
      this.#pending.set(key, pending);
    }
    return pending;
  }

  /** Whether a file is being written. */
  get isWriting(): boolean {
    return this.#writing !== undefined;
  }

  /**
   * Accounts for a record of `bytes` bytes whose rows were added, and starts to write files if the row or memory limits are
   * exceeded. Waits for an earlier write first.
   */
  async added(pending: Pending, bytes: number): Promise<void> {
    this.#bytesSinceCheck += bytes;
    if (pending.openRows >= this.#options.rowsPerFile) this.#bytesSinceCheck = Number.POSITIVE_INFINITY;
    if (this.#bytesSinceCheck >= BYTES_BETWEEN_CHECKS && !this.#isWaiting()) await this.#writeLarge();
  }

  /** Starts to write rows that are old enough, fill a file or could not be written, and removes expired files. */
  async writeDue(): Promise<void> {
    const oldest = this.#context.clock.monotonic() - this.#options.maxFileAgeMillis;
    for (const pending of this.isWriting ? [] : this.#pending.values()) {
      const isFull = pending.openRows >= this.#options.rowsPerFile;
      const isDue = pending.isFrozen || isFull || pending.oldestMillis <= oldest;
      if (pending.rows > 0 && isDue && !this.#isWaiting()) await this.#start(pending);
    }
    this.#removeExpired();
  }

  /** Writes all pending rows to files. Throws if files cannot be written. */
  async flush(): Promise<undefined> {
    await this.settled();
    for (const pending of this.#pending.values()) {
      while (pending.rows > 0) if (!(await this.#write(pending))) throw new Error(this.#blocked?.reason);
    }
    return undefined;
  }

  /** Writes the pending rows to a file, unless a write failed recently and the retry is not due. */
  async write(pending: Pending): Promise<boolean> {
    await this.settled();
    return !this.#isWaiting() && this.#write(pending);
  }

  /** Resolves when no file is being written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Why files cannot be written, or `undefined` if they can. */
  get blockedReason(): string | undefined {
    return this.#blocked?.reason;
  }

  /** Whether files cannot be written and no more rows can be buffered. */
  get isFull(): boolean {
    if (this.#blocked === undefined) return false;
    let rows = 0;
    for (const pending of this.#pending.values()) rows += pending.rows;
    return rows >= this.#options.rowsPerFile * BLOCKED_FACTOR;
  }

  /** Posts the positions below which the journals are no longer needed. */
  postDiscards(): void {
    for (const [journal, position] of Object.entries(this.#resume)) {
      this.#context.post({ kind: 'discard', journal, position });
    }
  }

  /** Limits the size of tenants' files, and removes what is beyond it. */
  async limit(sizes: TenantSizes): Promise<undefined> {
    this.retention.limit(sizes);
    this.#removeExpired();
    return undefined;
  }

  /** Keeps files with items that legal holds match from now on. */
  async hold(holds: readonly LegalHold[]): Promise<undefined> {
    this.#holds = holds;
    return undefined;
  }

  /** Removes the rows and files of a tenant. Its journals are given up, because all rows of others are in files. */
  async removeTenant(tenant: string): Promise<readonly RemovedFile[]> {
    await this.flush();
    const { directory } = this.#options;
    const own = [...this.files.all()].filter(({ footer }) => footer.tenant === tenant);
    for (const file of own) this.files.remove(file);
    for (const signal of SIGNAL_NAMES) {
      const key = keyOf(tenant, signal);
      for (const one of [this.#pending, this.#written, this.#partial]) one.delete(key);
    }
    // Nothing is pending, so that everything read is in files.
    this.#resume = highest(this.#resume, this.#context.positions());
    keepPositions(directory, this.#kept, this.files);
    for (const { path } of own) this.pins.remove(path);
    for (const part of ['data', 'tail']) {
      rmSync(join(directory, part, tenantDirectory(tenant)), { recursive: true, force: true });
    }
    this.postDiscards();
    return own.map(({ path, bytes, rows }) => ({ name: relative(directory, path), bytes, rows }));
  }

  /** Writes all rows to files, and gives up the journals, which have nothing else. */
  async giveUpJournals(): Promise<void> {
    await this.flush();
    this.#resume = highest(this.#resume, this.#context.positions());
    keepPositions(this.#options.directory, this.#kept, this.files);
    this.postDiscards();
  }

  /**
   * Puts an edited file in the place of another one, which is removed when it has no readers; without an edited one, none of its
   * rows are left. Returns the new file; `undefined` if the other one is gone, or no rows are left.
   */
  async replace(file: DataFile, edited: EncodedFile | undefined): Promise<DataFile | undefined> {
    await this.settled();
    const { directory } = this.#options;
    const { tenant, signal, writtenMillis } = file.footer;
    if (!this.files.of(tenant, signal).includes(file)) return undefined;
    let by: DataFile | undefined;
    if (edited === undefined) {
      this.files.remove(file);
    } else {
      const path = dataPath(directory, keyOf(tenant, signal), writtenMillis, this.files.numbers.next);
      writeFileDurably(path, this.#context.encryption?.encryptFile(edited.pieces, tenant) ?? edited.pieces);
      by = storedFile(path, statSync(path).size, edited.footer);
      this.files.replace(file, by);
    }
    keepPositions(directory, this.#kept, this.files);
    this.pins.remove(file.path);
    return by;
  }

  /** Returns what legal holds keep; `undefined` if there are none. */
  held(): HeldStats | undefined {
    if (this.#holds.length === 0) return undefined;
    const files = [...this.files.all()].filter((file) => this.isHeld(file));
    const sum = (key: 'rows' | 'bytes') => files.reduce((total, file) => total + file[key], 0);
    return { holds: this.#holds.length, files: files.length, rows: sum('rows'), bytes: sum('bytes') };
  }

  /** Saves the retention clock. */
  save(): void {
    this.retention.save();
  }

  #isWaiting(): boolean {
    return this.#blocked !== undefined && this.#context.clock.monotonic() < this.#blocked.until;
  }

  async #writeLarge(): Promise<void> {
    this.#bytesSinceCheck = 0;
    const all = [...this.#pending.values()].filter(({ rows }) => rows > 0);
    const bytes = all.reduce((sum, { byteSize }) => sum + byteSize, 0);
    const isOverLimit = bytes > this.pendingBytes * 2;
    const due = all.filter((pending) => {
      const { openRows, openBytes, isFrozen } = pending;
      return openRows >= this.#options.rowsPerFile || openBytes > this.pendingBytes || (isFrozen && !this.isWriting);
    });
    for (const pending of due) {
      // A file of other rows is being written: the next record repeats the check.
      if (this.isWriting && !pending.isFrozen && !isOverLimit) this.#bytesSinceCheck = Number.POSITIVE_INFINITY;
      else await this.#start(pending);
    }
    if (due.length > 0 || !isOverLimit) return;
    const largest = all.reduce((a, b) => (b.openBytes > a.openBytes ? b : a));
    await this.#start(largest);
  }

  /** Starts to write the pending rows to a file once the write in progress has ended. */
  async #start(pending: Pending): Promise<void> {
    await this.settled();
    const written = this.#write(pending);
    if (this.#context.mustWait()) await written;
  }

  /**
   * Writes the pending rows to a file. On failure they remain pending, and appends are rejected until a file can be
   * written.
   */
  #write(pending: Pending): Promise<boolean> {
    const file = pending.freeze(this.#context.positions());
    const written = file === undefined ? Promise.resolve(true) : this.#tryWrite(pending, file);
    this.#writing = written.finally(() => {
      this.#writing = undefined;
      this.#context.onWritten();
    });
    return this.#writing;
  }

  async #tryWrite(pending: Pending, file: PendingFile): Promise<boolean> {
    try {
      await this.#writeFile(pending, file);
      if (this.#blocked !== undefined)
        this.#context.post({ kind: 'writable', what: 'files', writable: true, reason: '' });
      this.#blocked = undefined;
      return true;
    } catch (error) {
      const reason = `files cannot be written: ${errorMessage(error)}`;
      if (this.#blocked === undefined) {
        this.#error(`${reason}; retrying; acknowledged data is safe in the journal`);
        this.#context.post({ kind: 'writable', what: 'files', writable: false, reason });
      }
      this.#blocked = { reason, until: this.#context.clock.monotonic() + this.#options.retryMillis };
      return false;
    }
  }

  async #writeFile(pending: Pending, file: PendingFile): Promise<void> {
    const start = performance.now();
    const { tenant, signal, rows } = file;
    const key = keyOf(tenant, signal);
    const read = file.end?.read ?? {};
    const positions = highest(pending.written, read);
    const resume = highest(this.#resume, resumeWithout(file, this.#pending.values(), read));
    const writtenMillis = this.files.nextWrittenMillis(this.retention.now());
    const { pieces, footer } = await inTurns(file.encode({ positions, resume, writtenMillis }));
    const path = dataPath(this.#options.directory, key, writtenMillis, this.files.numbers.next);
    await writeFileInBackground(path, this.#context.encryption?.encryptFile(pieces, tenant) ?? pieces);
    const { size } = statSync(path);
    this.files.add(storedFile(path, size, footer));
    for (const tail of pending.remove()) this.pins.remove(tail.path);
    pending.written = positions;
    this.#written.set(key, positions);
    this.#partial.set(key, furthest(this.#partial.get(key) ?? {}, footer.partial ?? {}));
    this.#resume = resume;
    this.postDiscards();
    this.#event({ kind: 'file-written', signal, rows, bytes: size, millis: performance.now() - start });
    this.#removeExpired();
  }

  #removeExpired(): void {
    const { isKept, onExpired } = this.#context;
    const expired = this.retention.expired([...this.files.all()], isKept).filter(({ file }) => !this.isHeld(file));
    if (expired.length === 0) return;
    for (const { file } of expired) this.files.remove(file);
    try {
      keepPositions(this.#options.directory, this.#kept, this.files);
    } catch (error) {
      // Without the saved positions, a restart could restore removed rows; but on a full disk only removing files
      // helps.
      this.#error(`positions.json cannot be written: ${errorMessage(error)}`);
    }
    for (const { file } of expired) this.pins.remove(file.path);
    for (const event of removalEvents(expired)) this.#event(event);
    onExpired?.(expired);
  }

  /** Reports whether a legal hold may keep items of a file. */
  isHeld(file: DataFile): boolean {
    return holdsOf(this.#holds, { ...file, tenant: file.footer.tenant }).length > 0;
  }

  get #kept(): WrittenPositions {
    return { written: this.#written, partial: this.#partial, resume: this.#resume };
  }

  #event(event: StoreEvent): void {
    this.#context.post({ kind: 'event', event });
  }

  #error(message: string): void {
    this.#event({ kind: 'error', message });
  }
}

/** Takes the steps of some work, between which the thread does other work. */
async function inTurns<Result>(steps: Generator<void, Result>): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await setImmediate();
  }
}
