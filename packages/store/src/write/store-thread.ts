import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Signal } from '@otelier/otlp';
import type { StoreEvent } from '../contract.ts';
import type { StoreEncryption } from '../encryption/store-encryption.ts';
import { errorMessage } from '../error-message.ts';
import { trimScratch } from '../parquet/bytes-chunk.ts';
import type { PurposeRetention } from '../purposes/purpose-retention.ts';
import type { FileEdits } from './edits/file-edits.ts';
import { FileWriter } from './file-writer.ts';
import { DescribedFiles } from './files/described-files.ts';
import { FileChecks } from './files/file-checks.ts';
import { type DataFile, keyOf } from './files/files.ts';
import { JournalState } from './journals/journal-state.ts';
import { Journals } from './journals/journals.ts';
import { type BatchRecord, decodeRecord, type ReadRecord } from './journals/record.ts';
import { RecordFeed } from './journals/record-feed.ts';
import { placeOfPending, replyOf } from './pending-replies.ts';
import type {
  FromThread,
  Positions,
  RequestName,
  Requests,
  SnapshotMessage,
  ThreadOptions,
  ToThread,
} from './protocol.ts';
import { statsOf, tenantsOf } from './stats.ts';
import { machineClock, monotonicOf, type StoreClock } from './store-clock.ts';

/**
 * The single writer of a store. It reads journals, builds columns, and writes, retains and removes files. Requests run
 * sequentially, and it continues reading between them.
 */
export class StoreThread {
  readonly #options: ThreadOptions;
  readonly #post: (message: FromThread) => void;
  readonly #clock: StoreClock;
  readonly #encryption: StoreEncryption | undefined;
  readonly #writer: FileWriter;
  readonly #checks: FileChecks;
  #edits: FileEdits | undefined;
  #purposes: PurposeRetention | undefined;
  /** The last work that edits files. */
  #editing: Promise<unknown> = Promise.resolve();
  readonly #journals: Journals;
  readonly #described = new DescribedFiles();
  readonly #timer: NodeJS.Timeout;
  #sequence = 0;
  /** The current record, part of which is pending until a file can be written. */
  #feed: RecordFeed | undefined;
  #recovered: { records: number } | undefined = { records: 0 };
  readonly #journalState: JournalState;
  #readScheduled = false;
  #closed = false;
  #work: Promise<unknown> = Promise.resolve();

  constructor(
    options: ThreadOptions,
    post: (message: FromThread) => void,
    clock: StoreClock = machineClock,
    encryption?: StoreEncryption,
  ) {
    this.#encryption = encryption;
    this.#options = options;
    this.#post = post;
    this.#journalState = new JournalState(post);
    this.#clock = clock;
    rmSync(join(options.directory, 'tail'), { recursive: true, force: true });
    mkdirSync(join(options.directory, 'tail'), { recursive: true });
    const report = (message: string) => this.#error(message);
    this.#writer = new FileWriter(options, {
      clock,
      post,
      positions: () => this.#journals.positions,
      // A record that ends the thread is recognized only if nothing else happens while its rows are written.
      mustWait: () => this.#recovered !== undefined && this.#journals.hasSuspects,
      onWritten: () => this.#written(),
      encryption,
      // Until the purposes are loaded, any of them may keep rows.
      isKept: (file) => this.#purposes?.isKept(file) ?? this.#hasPurposes,
      onExpired: (expired) => this.#purposes?.onExpired(expired),
    });
    this.#checks = new FileChecks(
      options.directory,
      this.#writer.files,
      report,
      (work) => this.#enqueue(work),
      encryption?.files,
    );
    const { directory, firstPositions, positions } = options;
    this.#journals = new Journals(directory, this.#writer.resume, firstPositions, positions, report);
    const tick = Math.max(10, Math.min(30_000, options.maxFileAgeMillis / 4, options.retryMillis));
    this.#timer = setInterval(() => this.#enqueue(() => this.#tick()), tick);
    this.#timer.unref();
    this.#post({ kind: 'ready', stated: this.#writer.stated });
    this.#writer.postDiscards();
    this.#scheduleRead();
  }

  handle(message: ToThread): void {
    if (message.kind === 'durable') {
      this.#journals.advance(message.positions);
      this.#scheduleRead();
    } else if (message.kind === 'keys') {
      this.#encryption?.keys.replace(message.keys);
    } else if (message.kind === 'release') {
      this.#writer.pins.release(message.pin);
    } else if (message.kind === 'search') {
      const { positions, edit, samples } = message;
      this.#reply(
        message.id,
        this.#fileEdits().then((edits) => edits.search(positions, edit, samples)),
      );
    } else if (message.kind === 'edit') {
      const { positions, edit } = message;
      this.#reply(
        message.id,
        this.#fileEdits().then((edits) => this.#exclusive(() => edits.edit(positions, edit))),
      );
    } else if (message.kind === 'hold') {
      // An edit that is running does not know the hold yet.
      this.#reply(
        message.id,
        this.#exclusive(() => this.#enqueue(() => this.#writer.hold(message.holds))),
      );
    } else {
      this.#reply(
        message.id,
        this.#enqueue(() => this.#request(message)),
      );
    }
  }

  /** Loads what searches and edits files. */
  async #fileEdits(): Promise<FileEdits> {
    const { FileEdits } = await import('./edits/file-edits.ts');
    this.#edits ??= new FileEdits({
      ...{ directory: this.#options.directory, writer: this.#writer, opener: this.#encryption?.files },
      enqueue: (work) => this.#enqueue(work),
      readUpTo: (positions) => this.#readUpTo(positions),
      filesOf: (tenant, signal) => this.#allFiles(tenant, signal),
    });
    return this.#edits;
  }

  get #hasPurposes(): boolean {
    return (this.#options.purposes ?? []).length > 0;
  }

  /** Loads what applies purposes, and checks all files, unless they are being checked. */
  async #applyPurposes(): Promise<void> {
    const { purposes = [], directory } = this.#options;
    const { PurposeRetention } = await import('../purposes/purpose-retention.ts');
    if (this.#closed) return;
    this.#purposes ??= new PurposeRetention(purposes, {
      ...{ directory, writer: this.#writer, opener: this.#encryption?.files },
      enqueue: (work) => this.#enqueue(work),
      exclusive: (work) => this.#exclusive(work),
      onEvent: (event) => this.#event(event),
    });
    await this.#purposes.run();
  }

  /** Does work that edits files after other such work. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#editing.then(work);
    this.#editing = done.catch(() => undefined);
    return done;
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
    message: Exclude<ToThread, { kind: 'durable' | 'release' | 'keys' | 'search' | 'edit' | 'hold' }>,
  ): Promise<Requests[RequestName]['result']> {
    if (message.kind !== 'close') await this.#readUpTo(message.positions);
    switch (message.kind) {
      case 'flush':
        return this.#writer.flush();
      case 'snapshot':
        return this.#checkedSnapshot(message);
      case 'direct':
        return this.#direct(message);
      case 'pending':
        return replyOf(this.#writer.find(message.tenant, message.signal), message.place, message.question);
      case 'verify':
        this.#checks.verify(message.paths);
        return undefined;
      case 'tenants':
        return tenantsOf(this.#writer.files, this.#writer.all());
      case 'stats':
        return {
          ...statsOf(this.#writer.files, this.#writer.all()),
          ...{ purposes: this.#purposes?.stats(), held: this.#writer.held() },
        };
      case 'limit':
        return this.#writer.limit(message.sizes);
      case 'remove':
        return this.#writer.removeTenant(message.tenant);
      case 'close':
        return this.#close();
    }
  }

  #scheduleRead(): void {
    // Reading waits for the file that is being written, so that memory holds few rows besides those of one file.
    if (this.#readScheduled || this.#closed || this.#writer.isWriting) return;
    this.#readScheduled = true;
    this.#enqueue(async () => {
      this.#readScheduled = false;
      if (this.#writer.isWriting) return;
      await this.#readSome();
      if (!this.#journals.hasMore) this.#reportRecovery();
      else if (!this.#isFull()) this.#scheduleRead();
    }).catch((error) => this.#journalState.fails(error));
  }

  async #readUpTo(positions: Positions): Promise<void> {
    this.#journals.advance(positions);
    while (!this.#journals.hasRead(positions)) {
      if (this.#isFull()) throw new Error(`the latest rows are not available: ${this.#writer.blockedReason}`);
      await this.#readSome();
    }
  }

  async #readSome(): Promise<void> {
    if (!(await this.#continueFeed())) return;
    const records = await this.#journals.next();
    // Also for the reads of requests, after which a scheduled read may find nothing left to read.
    this.#journalState.works();
    if (records.length === 0) return;
    try {
      for (const record of records) {
        this.#begin(record);
        if (!(await this.#continueFeed())) return;
        this.#journals.readTo(record.journal, record.endPosition);
      }
    } finally {
      if (!this.#writer.isWriting) this.#journals.pause();
    }
  }

  /** Continues when a file has been written or could not be. */
  #written(): void {
    if (this.#closed) return;
    this.#journals.pause();
    this.#scheduleRead();
  }

  #begin(record: ReadRecord): void {
    let batch: BatchRecord;
    try {
      batch = decodeRecord(this.#encryption?.decryptRecord(record.journal, record.bytes) ?? record.bytes);
    } catch (error) {
      this.#reject(record, error);
      return;
    }
    const pending = this.#writer.of(batch.tenant, batch.signal);
    if ((pending.written[record.journal] ?? 0) >= record.endPosition) return;
    if (this.#recovered !== undefined && record.endPosition <= (this.#options.positions[record.journal] ?? 0)) {
      this.#recovered.records += 1;
    }
    const arrivedAt = monotonicOf(this.#clock, batch.arrivalMillis);
    const reject = (error: unknown) => this.#reject(record, error);
    this.#feed = new RecordFeed(record, pending, batch, arrivedAt, this.#journals.attempts, reject);
  }

  /** Adds the rest of the current record. Returns `false` if a file must be written first but cannot be. */
  async #continueFeed(): Promise<boolean> {
    if (this.#feed === undefined) return true;
    const { record, pending } = this.#feed;
    if (!(await this.#feed.run(this.#writer.pendingBytes, () => this.#writer.write(pending)))) return false;
    this.#feed = undefined;
    this.#journals.readTo(record.journal, record.endPosition);
    await this.#writer.added(pending, record.bytes.length);
    return true;
  }

  /** Reports whether files cannot be written and no more rows can be buffered. */
  #isFull(): boolean {
    return this.#writer.blockedReason !== undefined && (this.#feed !== undefined || this.#writer.isFull);
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

  async #tick(): Promise<void> {
    await this.#writer.writeDue();
    // Not awaited, because it does its work between that of requests.
    if (this.#hasPurposes) this.#applyPurposes().catch((error) => this.#error(`purposes: ${errorMessage(error)}`));
    trimScratch();
    if (this.#journals.hasMore) this.#scheduleRead();
  }

  /** Returns the files, and a reply from the pending rows, which are not written to a snapshot. */
  #direct({ tenant, signal, question }: Requests['direct']['parameters']): Requests['direct']['result'] {
    this.#checks.beforeDirect(this.#writer.files.of(tenant, signal));
    const pending = this.#writer.find(tenant, signal);
    const place = placeOfPending(pending);
    if (place === undefined) return { ...this.#snapshot(tenant, signal), pending: undefined, reply: {} };
    const files = this.#writer.files.of(tenant, signal);
    const message = this.#described.message(keyOf(tenant, signal), this.#writer.pins.pin(files), files);
    return { ...message, pending: place, reply: replyOf(pending, place, question) ?? {} };
  }

  #checkedSnapshot({ tenant, signal, reads }: Requests['snapshot']['parameters']): SnapshotMessage {
    const files = this.#writer.files.of(tenant, signal);
    if (reads === 'summaries') this.#checks.beforeDirect(files);
    else this.#checks.beforeSnapshot(files);
    return this.#snapshot(tenant, signal);
  }

  #snapshot(tenant: string, signal: Signal): SnapshotMessage {
    const files = this.#allFiles(tenant, signal);
    return this.#described.message(keyOf(tenant, signal), this.#writer.pins.pin(files), files);
  }

  /** Returns files with all rows of a tenant and signal: those that are pending are written to a snapshot. */
  #allFiles(tenant: string, signal: Signal): readonly DataFile[] {
    const key = keyOf(tenant, signal);
    const pending = this.#writer.find(tenant, signal);
    const tails =
      pending === undefined
        ? []
        : pending.snapshot(
            () => join(this.#options.directory, 'tail', key, `${this.#sequence++}.parquet`),
            (file) => this.#writer.pins.remove(file.path),
            (pieces) => this.#encryption?.encryptFile(pieces, tenant) ?? pieces,
          );
    return [...this.#writer.files.of(tenant, signal), ...tails];
  }

  async #close(): Promise<undefined> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#checks.stop();
    this.#purposes?.stop();
    await this.#writer.settled();
    await this.#journals.close();
    this.#writer.save();
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
