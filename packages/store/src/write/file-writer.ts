import { statSync } from 'node:fs';
import type { Signal } from '@otelier/otlp';
import type { StoreEvent } from '../contract.ts';
import { errorMessage } from '../error-message.ts';
import type { Partials } from '../schema.ts';
import { writeFileDurably } from './files/durable.ts';
import { Files, keyOf, Pins, storedFile } from './files/files.ts';
import {
  furthest,
  highest,
  keepPositions,
  readPositions,
  statedPositions,
  type WrittenPositions,
} from './files/positions.ts';
import { dataPath, Pending, resumeWithout } from './pending.ts';
import type { FromThread, Positions, ThreadOptions } from './protocol.ts';
import { Retention, removalEvents } from './retention.ts';
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
}

/** Holds rows that are not in files yet, writes them to files, and removes expired files. */
export class FileWriter {
  readonly files: Files;
  readonly pins = new Pins();
  /** Memory used by the pending rows of a tenant and signal at which they are written to a file. */
  readonly pendingBytes: number;
  readonly #options: ThreadOptions;
  readonly #context: FileWriterContext;
  readonly #retention: Retention;
  readonly #pending = new Map<string, Pending>();
  readonly #written: Map<string, Positions>;
  readonly #partial: Map<string, Partials>;
  #resume: Positions;
  #bytesSinceCheck = 0;
  /** Why files cannot be written, and when to retry. */
  #blocked: { readonly reason: string; readonly until: number } | undefined;

  /** Reads the footers of existing files. */
  constructor(options: ThreadOptions, context: FileWriterContext) {
    this.#options = options;
    this.#context = context;
    this.pendingBytes = options.pendingBytes ?? PENDING_BYTES;
    const report = (message: string) => this.#error(message);
    this.files = Files.scan(options.directory, report);
    this.#retention = new Retention(options, this.files.all(), context.clock, (event) => this.#event(event));
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

  /**
   * Accounts for a record of `bytes` bytes whose rows were added, and writes files if the row or memory limits are
   * exceeded.
   */
  added(pending: Pending, bytes: number): void {
    this.#bytesSinceCheck += bytes;
    if (pending.rows >= this.#options.rowsPerFile) this.#bytesSinceCheck = Number.POSITIVE_INFINITY;
    if (this.#bytesSinceCheck >= BYTES_BETWEEN_CHECKS && !this.#isWaiting()) this.#writeLarge();
  }

  /** Writes rows that are old enough or fill a file, and removes expired files. */
  writeDue(): void {
    const oldest = this.#context.clock.monotonic() - this.#options.maxFileAgeMillis;
    for (const pending of this.#pending.values()) {
      const due = pending.oldestMillis <= oldest || pending.rows >= this.#options.rowsPerFile;
      if (pending.rows > 0 && due) this.write(pending);
    }
    this.#removeExpired();
  }

  /** Writes all pending rows to files. Throws if files cannot be written. */
  flush(): undefined {
    for (const pending of this.#pending.values()) {
      if (pending.rows > 0 && !this.#tryWrite(pending)) throw new Error(this.#blocked?.reason);
    }
    return undefined;
  }

  /** Writes the pending rows to a file, unless a write failed recently and the retry is not due. */
  write(pending: Pending): boolean {
    return !this.#isWaiting() && this.#tryWrite(pending);
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

  /** Saves the retention clock. */
  save(): void {
    this.#retention.save();
  }

  #isWaiting(): boolean {
    return this.#blocked !== undefined && this.#context.clock.monotonic() < this.#blocked.until;
  }

  #writeLarge(): void {
    this.#bytesSinceCheck = 0;
    let total = 0;
    let largest: { readonly pending: Pending; readonly bytes: number } | undefined;
    for (const pending of this.#pending.values()) {
      if (pending.rows === 0) continue;
      const bytes = pending.byteSize;
      if (pending.rows >= this.#options.rowsPerFile || bytes > this.pendingBytes) {
        this.#tryWrite(pending);
        continue;
      }
      total += bytes;
      if (bytes > (largest?.bytes ?? 0)) largest = { pending, bytes };
    }
    if (total > this.pendingBytes * 2 && largest !== undefined) this.#tryWrite(largest.pending);
  }

  /**
   * Writes the pending rows to a file. On failure they remain pending, and appends are rejected until a file can be
   * written.
   */
  #tryWrite(pending: Pending): boolean {
    try {
      this.#write(pending);
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

  #write(pending: Pending): void {
    const start = performance.now();
    const { tenant, signal, rows } = pending;
    const key = keyOf(tenant, signal);
    const read = this.#context.positions();
    const positions = highest(pending.written, read);
    const resume = highest(this.#resume, resumeWithout(pending, this.#pending.values(), read));
    const writtenMillis = this.files.nextWrittenMillis(this.#retention.now());
    const { pieces, footer } = pending.encode({ positions, resume, writtenMillis });
    const path = dataPath(this.#options.directory, key, writtenMillis, this.files.numbers.next);
    writeFileDurably(path, pieces);
    const { size } = statSync(path);
    this.files.add(storedFile(path, size, footer));
    for (const tail of pending.clear()) this.pins.remove(tail.path);
    pending.written = positions;
    this.#written.set(key, positions);
    this.#partial.set(key, furthest(this.#partial.get(key) ?? {}, footer.partial ?? {}));
    this.#resume = resume;
    this.postDiscards();
    this.#event({ kind: 'file-written', signal, rows, bytes: size, millis: performance.now() - start });
    this.#removeExpired();
  }

  #removeExpired(): void {
    const expired = this.#retention.expired([...this.files.all()]);
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
