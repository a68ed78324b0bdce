import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Signal } from '@otelier/otlp';
import type { StoreEvent } from '../contract.ts';
import { errorMessage } from '../error-message.ts';
import { trimScratch } from '../parquet/bytes-chunk.ts';
import type { Partials } from '../schema.ts';
import { backup } from './files/backup.ts';
import { DescribedFiles } from './files/described-files.ts';
import { writeFileDurably } from './files/durable.ts';
import { FileChecks } from './files/file-checks.ts';
import { Files, keyOf, Pins, storedFile } from './files/files.ts';
import { furthest, highest, keepPositions, positionsFile, readPositions, statedPositions } from './files/positions.ts';
import { JournalState } from './journals/journal-state.ts';
import { Journals } from './journals/journals.ts';
import { type BatchRecord, decodeRecord, type ReadRecord } from './journals/record.ts';
import { RecordFeed } from './journals/record-feed.ts';
import { dataPath, Pending, resumeWithout } from './pending.ts';
import type {
  FromThread,
  Positions,
  RequestName,
  Requests,
  SnapshotMessage,
  ThreadOptions,
  ToThread,
} from './protocol.ts';
import { Retention } from './retention.ts';
import { statsOf, tenantsOf } from './stats.ts';
import { machineClock, monotonicOf, type StoreClock } from './store-clock.ts';

/**
 * Memory of pending rows of one tenant and signal at which they are written to a file. In total they may use twice as
 * much. A quarter million ordinary spans take 31 MB.
 */
const PENDING_BYTES = 48 << 20;
/** Wire bytes between two checks of the memory. */
const BYTES_BETWEEN_CHECKS = 1 << 20;
/** Maximum number of pending rows while files cannot be written, as a multiple of a file's. */
const BLOCKED_FACTOR = 2;

/**
 * The single writer of a store: reads journals, builds columns, and writes, retains and removes files. Requests run one
 * after the other; between them it continues reading.
 */
export class StoreThread {
  readonly #options: ThreadOptions;
  readonly #post: (message: FromThread) => void;
  readonly #clock: StoreClock;
  readonly #retention: Retention;
  readonly #pendingBytes: number;
  readonly #files: Files;
  readonly #pins = new Pins();
  readonly #checks: FileChecks;
  readonly #journals: Journals;
  readonly #pending = new Map<string, Pending>();
  readonly #written: Map<string, Positions>;
  readonly #partial: Map<string, Partials>;
  readonly #described = new DescribedFiles();
  readonly #timer: NodeJS.Timeout;
  #resume: Positions;
  #sequence = 0;
  #bytesSinceCheck = 0;
  /** The current record, of which a part waits until a file can be written. */
  #feed: RecordFeed | undefined;
  /** Why files cannot be written, and when to try again. */
  #blocked: { readonly reason: string; readonly until: number } | undefined;
  #recovered: { records: number } | undefined = { records: 0 };
  readonly #journalState: JournalState;
  #readScheduled = false;
  #closed = false;
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: ThreadOptions, post: (message: FromThread) => void, clock: StoreClock = machineClock) {
    this.#options = options;
    this.#post = post;
    this.#journalState = new JournalState(post);
    this.#clock = clock;
    this.#pendingBytes = options.pendingBytes ?? PENDING_BYTES;
    rmSync(join(options.directory, 'tail'), { recursive: true, force: true });
    mkdirSync(join(options.directory, 'tail'), { recursive: true });
    const report = (message: string) => this.#error(message);
    this.#files = Files.scan(options.directory, report);
    this.#checks = new FileChecks(options.directory, this.#files, report, (work) => this.#enqueue(work));
    this.#retention = new Retention(options, this.#files.all(), clock, (event) => this.#event(event));
    const known = readPositions(options.directory, this.#files, report);
    this.#written = new Map(known.written);
    this.#partial = new Map(known.partial);
    this.#resume = known.resume;
    this.#journals = new Journals(options.directory, known.resume, options.firstPositions, options.positions, report);
    const tick = Math.max(10, Math.min(30_000, options.maxFileAgeMillis / 4, options.retryMillis));
    this.#timer = setInterval(() => this.#enqueue(async () => this.#tick()), tick);
    this.#timer.unref();
    this.#post({ kind: 'ready', stated: statedPositions(known) });
    this.#postDiscards();
    this.#scheduleRead();
  }

  handle(message: ToThread): void {
    if (message.kind === 'durable') {
      this.#journals.advance(message.positions);
      this.#scheduleRead();
    } else if (message.kind === 'release') {
      this.#pins.release(message.pin);
    } else if (message.kind === 'backup') {
      this.#reply(message.id, this.#backup(message));
    } else {
      this.#reply(
        message.id,
        this.#enqueue(() => this.#request(message)),
      );
    }
  }

  #reply(id: number, result: Promise<unknown>): void {
    result.then(
      (value) => this.#post({ kind: 'reply', id, result: value }),
      (error) => this.#post({ kind: 'failure', id, message: errorMessage(error) }),
    );
  }

  #enqueue<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #request(
    message: Exclude<ToThread, { kind: 'durable' | 'release' | 'backup' }>,
  ): Promise<Requests[RequestName]['result']> {
    if (message.kind !== 'close') await this.#readUpTo(message.positions);
    switch (message.kind) {
      case 'flush':
        return this.#flush();
      case 'snapshot':
        return this.#snapshot(message.tenant, message.signal);
      case 'tenants':
        return tenantsOf(this.#files, this.#pending.values());
      case 'stats':
        return statsOf(this.#files, this.#pending.values());
      case 'close':
        return this.#close();
    }
  }

  // Reading journals

  #scheduleRead(): void {
    if (this.#readScheduled || this.#closed) return;
    this.#readScheduled = true;
    this.#enqueue(async () => {
      this.#readScheduled = false;
      await this.#readSome();
      this.#journalState.works();
      if (!this.#journals.hasMore) this.#reportRecovery();
      else if (!this.#isFull()) this.#scheduleRead();
    }).catch((error) => this.#journalState.fails(error));
  }

  async #readUpTo(positions: Positions): Promise<void> {
    this.#journals.advance(positions);
    while (!this.#journals.hasRead(positions)) {
      if (this.#isFull()) throw new Error(`the latest rows are not available: ${this.#blocked?.reason}`);
      await this.#readSome();
    }
  }

  async #readSome(): Promise<void> {
    if (!this.#continueFeed()) return;
    for (const record of await this.#journals.next()) {
      this.#begin(record);
      if (!this.#continueFeed()) return;
      this.#journals.readTo(record.journal, record.endPosition);
    }
  }

  #begin(record: ReadRecord): void {
    let batch: BatchRecord;
    try {
      batch = decodeRecord(record.bytes);
    } catch (error) {
      this.#reject(record, error);
      return;
    }
    const pending = this.#pendingOf(batch.tenant, batch.signal);
    if ((pending.written[record.journal] ?? 0) >= record.endPosition) return;
    if (this.#recovered !== undefined && record.endPosition <= (this.#options.positions[record.journal] ?? 0)) {
      this.#recovered.records += 1;
    }
    const arrivedAt = monotonicOf(this.#clock, batch.arrivalMillis);
    const reject = (error: unknown) => this.#reject(record, error);
    this.#feed = new RecordFeed(record, pending, batch, arrivedAt, this.#journals.attempts, reject);
  }

  /** Adds the rest of the current record; returns `false` when a file must be written first and cannot be. */
  #continueFeed(): boolean {
    if (this.#feed === undefined) return true;
    const { record, pending } = this.#feed;
    if (!this.#feed.run(this.#pendingBytes, () => !this.#isWaiting() && this.#tryWrite(pending))) return false;
    this.#feed = undefined;
    this.#journals.readTo(record.journal, record.endPosition);
    this.#bytesSinceCheck += record.bytes.length;
    if (pending.rows >= this.#options.rowsPerFile) this.#bytesSinceCheck = Number.POSITIVE_INFINITY;
    this.#writeWhatIsLarge();
    return true;
  }

  #reject(record: ReadRecord, cause: unknown): void {
    this.#error(this.#journals.reject(record, cause));
  }

  #reportRecovery(): void {
    const records = this.#recovered?.records;
    if (records === undefined) return;
    this.#recovered = undefined;
    const { cutBytes } = this.#options;
    this.#post({ kind: 'caught-up' });
    if (records > 0 || cutBytes > 0) this.#event({ kind: 'recovered', records, cutBytes });
  }

  // Writing files

  #pendingOf(tenant: string, signal: Signal): Pending {
    const key = keyOf(tenant, signal);
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = new Pending(tenant, signal, this.#written.get(key) ?? {}, this.#partial.get(key));
      this.#pending.set(key, pending);
    }
    return pending;
  }

  #writeWhatIsLarge(): void {
    if (this.#bytesSinceCheck < BYTES_BETWEEN_CHECKS || this.#isWaiting()) return;
    this.#bytesSinceCheck = 0;
    let total = 0;
    let largest: { readonly pending: Pending; readonly bytes: number } | undefined;
    for (const pending of this.#pending.values()) {
      if (pending.rows === 0) continue;
      const bytes = pending.byteSize;
      if (pending.rows >= this.#options.rowsPerFile || bytes > this.#pendingBytes) {
        this.#tryWrite(pending);
        continue;
      }
      total += bytes;
      if (bytes > (largest?.bytes ?? 0)) largest = { pending, bytes };
    }
    if (total > this.#pendingBytes * 2 && largest !== undefined) this.#tryWrite(largest.pending);
  }

  #tick(): void {
    const oldest = this.#clock.monotonic() - this.#options.maxFileAgeMillis;
    for (const pending of this.#pending.values()) {
      const due = pending.oldestMillis <= oldest || pending.rows >= this.#options.rowsPerFile;
      if (pending.rows > 0 && due && !this.#isWaiting()) this.#tryWrite(pending);
    }
    this.#removeExpired();
    trimScratch();
    if (this.#journals.hasMore) this.#scheduleRead();
  }

  /** Whether files could not be written and it is too early to try again. */
  #isWaiting(): boolean {
    return this.#blocked !== undefined && this.#clock.monotonic() < this.#blocked.until;
  }

  /** Whether files cannot be written and no more rows can be held. */
  #isFull(): boolean {
    if (this.#blocked === undefined) return false;
    if (this.#feed !== undefined) return true;
    let rows = 0;
    for (const pending of this.#pending.values()) rows += pending.rows;
    return rows >= this.#options.rowsPerFile * BLOCKED_FACTOR;
  }

  /** Writes the pending rows to a file. On failure they stay, and appends are rejected until a file can be written. */
  #tryWrite(pending: Pending): boolean {
    try {
      this.#write(pending);
      if (this.#blocked !== undefined) this.#post({ kind: 'writable', what: 'files', writable: true, reason: '' });
      this.#blocked = undefined;
      return true;
    } catch (error) {
      const reason = `files cannot be written: ${error instanceof Error ? error.message : error}`;
      if (this.#blocked === undefined) {
        this.#error(`${reason}; retrying; acknowledged data is safe in the journal`);
        this.#post({ kind: 'writable', what: 'files', writable: false, reason });
      }
      this.#blocked = { reason, until: this.#clock.monotonic() + this.#options.retryMillis };
      return false;
    }
  }

  #write(pending: Pending): void {
    const start = performance.now();
    const { tenant, signal, rows } = pending;
    const key = keyOf(tenant, signal);
    const positions = highest(pending.written, this.#journals.positions);
    const resume = highest(this.#resume, resumeWithout(pending, this.#pending.values(), this.#journals.positions));
    const writtenMillis = this.#files.nextWrittenMillis(this.#retention.now());
    const { pieces, footer } = pending.encode({ positions, resume, writtenMillis });
    const path = dataPath(this.#options.directory, key, writtenMillis, this.#files.numbers.next);
    writeFileDurably(path, pieces);
    const { size } = statSync(path);
    this.#files.add(storedFile(path, size, footer));
    for (const tail of pending.clear()) this.#pins.remove(tail.path);
    pending.written = positions;
    this.#written.set(key, positions);
    this.#partial.set(key, furthest(this.#partial.get(key) ?? {}, footer.partial ?? {}));
    this.#resume = resume;
    this.#postDiscards();
    this.#event({ kind: 'file-written', signal, rows, bytes: size, millis: performance.now() - start });
    this.#removeExpired();
  }

  #postDiscards(): void {
    for (const [journal, position] of Object.entries(this.#resume)) this.#post({ kind: 'discard', journal, position });
  }

  #flush(): undefined {
    for (const pending of this.#pending.values()) {
      if (pending.rows > 0 && !this.#tryWrite(pending)) throw new Error(this.#blocked?.reason);
    }
    return undefined;
  }

  #removeExpired(): void {
    const expired = this.#retention.expired([...this.#files.all()]);
    if (expired.length === 0) return;
    for (const { file } of expired) this.#files.remove(file);
    try {
      const kept = { written: this.#written, partial: this.#partial, resume: this.#resume };
      keepPositions(this.#options.directory, kept, this.#files);
    } catch (error) {
      // Without the positions a restart could restore rows; but on a full disk only removing files helps.
      this.#error(`positions.json cannot be written: ${error instanceof Error ? error.message : error}`);
    }
    for (const { file, reason } of expired) {
      this.#pins.remove(file.path);
      this.#event({ kind: 'file-removed', path: file.path, reason });
    }
  }

  #snapshot(tenant: string, signal: Signal): SnapshotMessage {
    const key = keyOf(tenant, signal);
    const waiting = this.#pending.get(key);
    const tails =
      waiting === undefined || waiting.rows === 0
        ? []
        : waiting.snapshot(
            () => join(this.#options.directory, 'tail', key, `${this.#sequence++}.parquet`),
            (file) => this.#pins.remove(file.path),
          );
    this.#checks.beforeSnapshot(this.#files.of(tenant, signal));
    const files = [...this.#files.of(tenant, signal), ...tails];
    return this.#described.message(key, this.#pins.pin(files), files);
  }

  async #backup({ directory, positions }: { readonly directory: string; readonly positions: Positions }) {
    // Read in turn and copied concurrently: reading continues meanwhile, and pins keep the files.
    const taken = await this.#enqueue(async () => {
      await this.#readUpTo(positions);
      const files = [...this.#files.all()];
      const writtenMillis = this.#files.nextWrittenMillis(this.#clock.now());
      const moment = { positions: this.#journals.positions, resume: this.#resume, writtenMillis };
      const waiting = [...this.#pending.values()].filter(({ rows }) => rows > 0);
      const { next } = this.#files.numbers;
      const encoded = waiting.map((pending, i) => ({
        path: dataPath('', keyOf(pending.tenant, pending.signal), writtenMillis, next + i),
        pieces: pending.encode(moment).pieces,
      }));
      const kept = positionsFile({ written: new Map(), partial: new Map(), resume: {} }, this.#files);
      return { files, encoded, kept, pin: this.#pins.pin(files) };
    });
    try {
      return await backup(this.#options.directory, directory, taken);
    } finally {
      this.#pins.release(taken.pin);
    }
  }

  async #close(): Promise<undefined> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#checks.stop();
    await this.#journals.close();
    this.#retention.save();
    rmSync(join(this.#options.directory, 'tail'), { recursive: true, force: true });
    return undefined;
  }

  #event(event: StoreEvent): void {
    this.#post({ kind: 'event', event });
  }

  #error(message: string): void {
    this.#event({ kind: 'error', message });
  }
}
