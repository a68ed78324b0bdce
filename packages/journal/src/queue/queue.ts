import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { FRAME_HEADER_BYTES } from '../frame.ts';
import { type OpenedJournal, openJournal } from '../journal.ts';
import { openJournalReader } from '../reader.ts';
import { totalsAt } from './backlog.ts';
import type {
  InMemory,
  JournalQueue,
  JournalQueueOptions,
  QueueDamage,
  QueueSize,
  RecordCounts,
  TakenRecord,
} from './contract.ts';
import { Cursor, type CursorState } from './cursor.ts';
import { CursorFile, cursorAt } from './cursor-file.ts';
import { CursorWriter } from './cursor-writer.ts';
import { Fifo } from './fifo.ts';
import { Loader } from './loader.ts';
import { afterRecord, difference, EMPTY, PREFIX_BYTES, recordPrefix, sum } from './queue-record.ts';

/** Name of the cursor file in the directory of a queue. */
export const CURSOR_NAME = 'cursor';

const DEFAULT_MEMORY_BYTES = 16 << 20;
/** Owner of records that belong to no tenant. */
const SHARED_OWNER = 'default';
/** Below this size of loaded records, the next ones are read, so that consumers do not wait for the disk. */
const READ_AHEAD_BYTES = 4 << 20;
const READ_RETRY_MILLIS = 1000;

/** Opens or creates a queue. The caller ensures that no other code has it open. */
export async function openJournalQueue<T extends InMemory>(options: JournalQueueOptions): Promise<JournalQueue<T>> {
  const directory = resolve(options.directory);
  const damaged = join(directory, 'damaged');
  const report = (message: string, lost: QueueSize = EMPTY) => options.onDamage?.({ message, lost });
  await mkdir(directory, { recursive: true });
  const { file, read } = await CursorFile.open(join(directory, CURSOR_NAME), damaged);
  const journal = await openJournal({
    directory,
    damagedDirectory: damaged,
    maxBytes: options.maxBytes ?? Number.POSITIVE_INFINITY,
    ...(options.segmentBytes === undefined ? {} : { segmentBytes: options.segmentBytes }),
    ...(options.sync === undefined ? {} : { sync: options.sync }),
  }).catch(async (error) => {
    await file.close();
    throw error;
  });
  for (const message of journal.recoveredDamage) report(message);
  if (read.kind === 'damaged' || (read.kind === 'new' && journal.firstPosition < journal.durablePosition)) {
    const what = read.kind === 'new' ? 'missing' : 'damaged';
    report(`${join(directory, CURSOR_NAME)}: ${what}, all records of the queue are delivered again`);
  }
  const queue = new FileQueue<T>(journal, file, read.kind === 'whole' ? read.state : undefined, directory, options);
  try {
    await queue.open();
  } catch (error) {
    await queue.close();
    throw error;
  }
  return queue;
}

class FileQueue<T extends InMemory> implements JournalQueue<T> {
  readonly directory: string;
  onReadable: () => void = () => {};
  readonly #journal: OpenedJournal;
  readonly #options: JournalQueueOptions;
  readonly #cursor: Cursor;
  readonly #writer: CursorWriter;
  readonly #hasCursor: boolean;
  #loader: Loader | undefined;
  #closeReader: (() => Promise<void>) | undefined;
  /** The records in memory, oldest first. Everything before them is taken. */
  readonly #ready = new Fifo<TakenRecord<T>>();
  #readyBytes = 0;
  /** Positions of records in memory that are not decrypted yet. */
  readonly #encrypted = new Set<number>();
  /** Records that were put back, oldest first. */
  readonly #returned: TakenRecord<T>[] = [];
  /** Whether all records that are not taken are in memory, so that the next appended one stays there too. */
  #isCaughtUp = false;
  #loading: Promise<void> | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  /** Damage whose losses the next readable record tells. */
  #damage: QueueDamage | undefined;
  /** The sums over all appended records. */
  #totals = EMPTY;
  #size = EMPTY;
  /** The first record tells how many records were before it. */
  #isSizeKnown = false;
  #closing: Promise<void> | undefined;

  constructor(
    journal: OpenedJournal,
    file: CursorFile,
    state: CursorState | undefined,
    directory: string,
    options: JournalQueueOptions,
  ) {
    this.directory = directory;
    this.#journal = journal;
    this.#options = options;
    const { firstPosition, durablePosition } = journal;
    this.#hasCursor = state !== undefined && state.position <= durablePosition;
    if (state !== undefined && state.position < firstPosition) {
      const message = `${directory}: the records from position ${state.position} to ${firstPosition} are missing`;
      this.#damage = { message, lost: { ...EMPTY, bytes: firstPosition - state.position } };
    }
    const position = Math.min(Math.max(state?.position ?? 0, firstPosition), durablePosition);
    const ranges = (state?.ranges ?? []).filter(({ end }) => end > position && end <= durablePosition);
    this.#cursor = new Cursor({ ...cursorAt(position, this.#hasCursor ? state?.before : EMPTY), ranges });
    this.#writer = new CursorWriter(journal, file, this.#cursor);
  }

  /** Finds out what the previous process left. */
  async open(): Promise<void> {
    const { durablePosition } = this.#journal;
    const reader = await openJournalReader(this.directory);
    this.#closeReader = () => reader.close();
    this.#totals = await totalsAt(this.directory, reader, durablePosition);
    // A cursor outside of the journal belongs to files that are gone.
    if (!this.#hasCursor) await this.#writer.write();
    this.#loader = new Loader(reader, this.#cursor, this.#hasCursor ? this.#cursor.state.before : undefined);
    if (this.#hasCursor && this.#position < durablePosition) this.#size = this.#sizeFrom(this.#cursor.state.before);
    while (this.#ready.length === 0 && this.#position < durablePosition) await this.#load();
    this.#isSizeKnown = true;
    this.#checkCaughtUp();
  }

  /** Returns the size of the queue when its first record has these sums before it. */
  #sizeFrom(before: QueueSize): QueueSize {
    const acknowledged = this.#cursor.state.ranges.reduce((size, range) => sum(size, range.size), EMPTY);
    return difference(difference(this.#totals, before), acknowledged);
  }

  get size(): QueueSize {
    return this.#size;
  }

  get fileBytes(): number {
    return this.#journal.sizeBytes;
  }

  get sync(): boolean {
    return this.#journal.sync;
  }

  set sync(sync: boolean) {
    this.#journal.sync = sync;
  }

  get maxBytes(): number {
    return this.#journal.maxBytes;
  }

  set maxBytes(bytes: number) {
    this.#journal.maxBytes = bytes;
  }

  get #position(): number {
    return this.#loader?.position ?? 0;
  }

  async append(content: readonly Uint8Array[], counts: RecordCounts, value: T, owner = SHARED_OWNER): Promise<void> {
    const { cipher } = this.#options;
    let record = content;
    try {
      // Without a wait, records are in the order of the calls.
      const preparing = cipher?.prepare(owner);
      if (preparing !== undefined) await preparing;
      record = cipher?.encrypt(content, owner) ?? content;
    } catch (error) {
      value.release();
      throw error;
    }
    const before = this.#totals;
    this.#totals = afterRecord(before, counts);
    let endPosition: number;
    try {
      endPosition = await this.#journal.append([recordPrefix(counts, before, cipher !== undefined), ...record]);
    } catch (error) {
      this.#loader?.failed(before, counts);
      this.#writer.freeSpace();
      value.release();
      throw error;
    }
    this.#size = afterRecord(this.#size, counts);
    const payloadBytes = record.reduce((bytes, piece) => bytes + piece.length, PREFIX_BYTES);
    const position = endPosition - FRAME_HEADER_BYTES - payloadBytes;
    const isNext = this.#isCaughtUp && position === this.#position;
    if (isNext && this.#readyBytes + counts.bytes <= (this.#options.memoryBytes ?? DEFAULT_MEMORY_BYTES)) {
      this.#loader?.skip(endPosition, afterRecord(before, counts));
      this.#push({ position, endPosition, before, ...counts, content: { kind: 'memory', value } });
    } else {
      // It may have been read from disk before this continuation ran.
      if (position >= this.#position) this.#isCaughtUp = false;
      value.release();
    }
    this.onReadable();
  }

  take(): TakenRecord<T> | undefined {
    if (this.#closing !== undefined) return undefined;
    const returned = this.#returned.shift();
    if (returned !== undefined) return returned;
    let taken: TakenRecord<T> | undefined;
    do {
      taken = this.#ready.shift();
      if (taken === undefined) break;
      this.#readyBytes -= taken.bytes;
      taken = this.#decrypted(taken);
    } while (taken === undefined);
    if (!this.#isCaughtUp && this.#readyBytes < READ_AHEAD_BYTES) this.#readAhead();
    return taken;
  }

  /** Returns a record as it was appended. One that cannot be decrypted is reported and removed. */
  #decrypted(taken: TakenRecord<T>): TakenRecord<T> | undefined {
    const { position, content, items, bytes } = taken;
    if (content.kind === 'memory' || !this.#encrypted.delete(position)) return taken;
    try {
      const clear = this.#options.cipher?.decrypt(content.bytes) ?? content.bytes;
      return { ...taken, content: { kind: 'disk', bytes: clear } };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `${this.directory}: the record at position ${position} cannot be decrypted: ${reason}`;
      this.#options.onDamage?.({ message, lost: { records: 1, items, bytes } });
      void this.acknowledge(taken);
      return undefined;
    }
  }

  putBack(taken: TakenRecord<T>): void {
    if (this.#closing !== undefined) {
      release(taken);
      return;
    }
    const index = this.#returned.findIndex(({ position }) => position > taken.position);
    this.#returned.splice(index < 0 ? this.#returned.length : index, 0, taken);
    this.onReadable();
  }

  async acknowledge({ position, endPosition, before, items, bytes }: TakenRecord<T>): Promise<void> {
    const size = { records: 1, items, bytes };
    this.#size = difference(this.#size, size);
    this.#cursor.add({ start: position, end: endPosition, size, after: sum(before, size) });
    await this.#writer.write();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#retryTimer);
    this.#options.onClose?.();
    await this.#loading;
    for (const returned of this.#returned.splice(0)) release(returned);
    for (let left = this.#ready.shift(); left !== undefined; left = this.#ready.shift()) release(left);
    await this.#writer.close();
    await this.#closeReader?.();
  }

  #readAhead(): void {
    if (this.#loading !== undefined || this.#retryTimer !== undefined) return;
    this.#loading = this.#load()
      .then(
        () => this.#checkCaughtUp(),
        (error) => {
          this.#options.onReadError?.(error);
          this.#retryTimer = setTimeout(() => {
            this.#retryTimer = undefined;
            this.onReadable();
          }, READ_RETRY_MILLIS);
        },
      )
      .finally(() => {
        this.#loading = undefined;
        if (this.#closing === undefined && this.#retryTimer === undefined) this.onReadable();
      });
  }

  async #load(): Promise<void> {
    const limit = this.#journal.durablePosition;
    if (this.#loader === undefined || this.#loader.position >= limit) return;
    const { records, missing, damage, skipped } = await this.#loader.load(limit);
    if (skipped !== undefined) this.#cursor.add(skipped);
    if (damage !== undefined) {
      this.#journal.keepDamaged(damage.file);
      this.#damage ??= { message: damage.message, lost: damage.lost };
    }
    const first = records[0];
    if (first !== undefined) {
      // Sums of an earlier process that leave out records, such as failed appends, are no loss.
      if (!this.#isSizeKnown && this.#damage === undefined) this.#size = this.#sizeFrom(first.before);
      else this.#reportDamage(missing);
      this.#isSizeKnown = true;
    }
    for (const { position, endPosition, before, counts, isEncrypted, content } of records) {
      if (isEncrypted && this.#options.cipher === undefined) {
        throw new Error(
          `${this.directory}: its records are encrypted: expected file_storage.encryption with their keys`,
        );
      }
      if (isEncrypted) this.#encrypted.add(position);
      this.#push({ position, endPosition, before, ...counts, content: { kind: 'disk', bytes: content } });
    }
  }

  #push(record: TakenRecord<T>): void {
    this.#ready.push(record);
    this.#readyBytes += record.bytes;
  }

  #checkCaughtUp(): void {
    const { durablePosition } = this.#journal;
    if (this.#loader === undefined || this.#loader.position < durablePosition) return;
    this.#isCaughtUp = true;
    // Damage at the end: no record follows that tells what is missing.
    if (this.#damage !== undefined) this.#reportDamage(this.#loader.missingUntil(durablePosition, this.#totals));
  }

  /** Removes records from the size that will not be read, and reports them if they are lost. */
  #reportDamage(missing: QueueSize): void {
    this.#size = difference(this.#size, missing);
    if (this.#damage !== undefined) {
      const { message, lost } = this.#damage;
      this.#options.onDamage?.({ message, lost: { ...missing, bytes: Math.max(missing.bytes, lost.bytes) } });
    }
    this.#damage = undefined;
  }
}

function release(record: TakenRecord<InMemory>): void {
  if (record.content.kind === 'memory') record.content.value.release();
}
