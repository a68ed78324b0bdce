import type { Signal } from '@otelier/otlp';
import { headOf, type ImportedFile, type ImportState } from '@otelier/store';
import { CommandFailure } from '../failure.ts';
import type { Destination } from './destination.ts';
import type { ImportRecord } from './records.ts';

/** The counts of the import of a file. */
export interface ImportedCounts {
  /** Number of records that were read. */
  readonly records: number;
  /** Number of items that the destination accepted. */
  readonly items: number;
  /** Number of records that are not valid. */
  readonly refused: number;
  /** Number of items that the destination rejected. */
  readonly rejectedItems: number;
  /** Number of records that an earlier run imported. */
  readonly skippedRecords: number;
  /** Accepted items of each signal. */
  readonly signals: Readonly<Record<string, number>>;
  /** Whether the file was read to its end. */
  readonly isDone: boolean;
}

/** The dependencies of a `FileImport`. */
export interface FileImportParts {
  /** Absolute path. */
  readonly path: string;
  readonly read: (skip: number) => AsyncIterable<ImportRecord>;
  /** Without one, records are only checked and counted. */
  readonly destination: Destination | undefined;
  readonly state: ImportState | undefined;
  /** Whether to import a file again that has been imported before. */
  readonly isAgain: boolean;
  readonly isStopped: () => boolean;
  readonly onRefused: (place: string, reason: string) => void;
  readonly onNote: (note: string) => void;
  readonly onProgress: (counts: { readonly records: number; readonly items: number }) => void;
}

/** Size at which a batch is sent, in bytes and in requests. */
const BATCH_BYTES = 4 << 20;
const BATCH_REQUESTS = 1000;
/** Number of attempts while the destination cannot store a batch, and the pause between them. */
const ATTEMPTS = 60;
const PAUSE_MILLIS = 500;

type Request = Extract<ImportRecord, { kind: 'request' }>;

/** Imports one file, in batches. Records the progress before and after each batch. */
export class FileImport {
  readonly #parts: FileImportParts;
  #batch: Request[] = [];
  #batchBytes = 0;
  #records = 0;
  #items = 0;
  #refused = 0;
  #rejectedItems = 0;
  #skipped = 0;
  /** Items that earlier runs imported. */
  #earlierItems = 0;
  readonly #signals: Record<string, number> = {};
  #head: Pick<ImportedFile, 'head' | 'headBytes'> = { head: '', headBytes: 0 };

  constructor(parts: FileImportParts) {
    this.#parts = parts;
  }

  async run(): Promise<ImportedCounts> {
    const { path, read, state, isStopped, onRefused, onProgress } = this.#parts;
    if (state !== undefined) await this.#resume(state.of(path));
    let isDone = true;
    for await (const record of read(this.#skipped)) {
      if (isStopped()) {
        isDone = false;
        break;
      }
      if (record.kind === 'refused') {
        this.#refused += 1;
        onRefused(record.place, record.reason);
      } else {
        await this.#add(record);
      }
      this.#records = record.count;
      onProgress({ records: this.#records, items: this.#items });
    }
    await this.#send();
    this.#save({ isDone });
    return {
      records: Math.max(0, this.#records - this.#skipped),
      items: this.#items,
      refused: this.#refused,
      rejectedItems: this.#rejectedItems,
      skippedRecords: this.#skipped,
      signals: this.#signals,
      isDone,
    };
  }

  /** Continues after the records of an earlier run. */
  async #resume(earlier: ImportedFile | undefined): Promise<void> {
    const { path, destination, isAgain, onNote } = this.#parts;
    this.#head = await headOf(path);
    if (earlier === undefined || isAgain) return;
    const { head } = await headOf(path, earlier.headBytes);
    if (head !== earlier.head) {
      throw new CommandFailure(
        `${path}: expected the file whose import began earlier, got other contents; import it from the beginning with --again`,
      );
    }
    let { records, items } = earlier;
    const { pending } = earlier;
    if (pending !== undefined) {
      const rows = await destination?.rows(pending.signal as Signal);
      if (rows === undefined || pending.rowsBefore === undefined) {
        onNote(
          `records ${records + 1} to ${pending.records} may have been accepted before the interruption, and are sent again`,
        );
      } else if (rows >= pending.rowsBefore + pending.items) {
        ({ records } = pending);
        items += pending.items;
      }
    }
    this.#skipped = records;
    this.#records = records;
    this.#earlierItems = items;
    if (earlier.isDone) onNote(`${records} records were imported before; use --again to import them again`);
  }

  async #add(record: Request): Promise<void> {
    const isOther = this.#batch[0] !== undefined && this.#batch[0].signal !== record.signal;
    if (isOther || this.#batchBytes >= BATCH_BYTES || this.#batch.length >= BATCH_REQUESTS) await this.#send();
    if (record.itemCount === 0) return;
    this.#batch.push(record);
    this.#batchBytes += record.bytes.length;
  }

  async #send(): Promise<void> {
    const [first] = this.#batch;
    const last = this.#batch.at(-1);
    if (first === undefined || last === undefined) return;
    const parts = this.#batch.map(({ bytes }) => bytes);
    const itemCount = this.#batch.reduce((sum, request) => sum + request.itemCount, 0);
    const { signal } = first;
    const batch = { signal, parts, itemCount, sizeBytes: this.#batchBytes };
    this.#batch = [];
    this.#batchBytes = 0;
    const { destination } = this.#parts;
    let rejected = 0;
    if (destination !== undefined) {
      const rowsBefore = await destination.rows(signal);
      this.#save({ isDone: false, pending: { signal, records: last.count, items: itemCount, rowsBefore } });
      rejected = await this.#sendTo(destination, batch);
    }
    this.#rejectedItems += rejected;
    this.#items += itemCount - rejected;
    this.#signals[signal] = (this.#signals[signal] ?? 0) + itemCount - rejected;
    this.#records = last.count;
    this.#sent = last.count;
    this.#save({ isDone: false });
  }

  /** Number of records in batches that were sent. */
  #sent = 0;

  /** Sends a batch. Returns the number of rejected items. */
  async #sendTo(destination: Destination, batch: Parameters<Destination['send']>[0]): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await destination.send(batch);
      if (outcome.kind === 'accepted') return 0;
      if (outcome.kind === 'retry') {
        if (attempt >= ATTEMPTS) throw new CommandFailure(`${destination.name}: ${outcome.reason}`);
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLIS));
        continue;
      }
      const rejected = outcome.kind === 'partial' ? outcome.rejectedItems : batch.itemCount;
      this.#parts.onRefused(`records up to ${this.#records}`, `${rejected} items rejected: ${outcome.reason}`);
      return rejected;
    }
  }

  #save({ isDone, pending }: Pick<ImportedFile, 'isDone' | 'pending'>): void {
    const records = pending === undefined && isDone ? this.#records : Math.max(this.#sent, this.#skipped);
    this.#parts.state?.set(this.#parts.path, {
      ...this.#head,
      records,
      items: this.#earlierItems + this.#items,
      isDone,
      ...(pending === undefined ? {} : { pending }),
    });
  }
}
