import { unlink } from 'node:fs/promises';
import type { ComponentContext, Receiver, SignalConsumers } from '../../component/contract.ts';
import { errorMessage } from '../../component/error-message.ts';
import { every, type PeriodicTask } from '../../component/every.ts';
import { storageOf } from '../../component/storage/storage-of.ts';
import { type Delivery, deliver } from '../../operators/deliver.ts';
import { Checkpoints } from './checkpoints.ts';
import { readCompressedFile } from './compressed-reader.ts';
import type { FileLogConfig } from './config.ts';
import { createFinder, type FindFiles } from './finder.ts';
import { HeaderReader } from './header.ts';
import type { LogFile } from './log-file.ts';
import { LogFileReader } from './reader.ts';
import type { Sink } from './sinks/sink.ts';
import { FileTracker } from './tracker.ts';

const LIMITS = { maxBytes: 1024 * 1024, maxCount: 10_000 } as const;
/** Bytes of a file that are read before the next file has its turn. */
const TURN_BYTES = 8 * 1024 * 1024;

/** Maximum size of the records of a batch, in bytes. */
export const MAX_BATCH_BYTES: number = LIMITS.maxBytes;

/** Reads log files and passes on their records. A position is stored when everything before it is accepted. */
export class FileLogReceiver implements Receiver {
  readonly #config: FileLogConfig;
  readonly #next: SignalConsumers;
  readonly #context: ComponentContext;
  readonly #find: FindFiles;
  readonly #reader: LogFileReader;
  readonly #sink: Sink;
  readonly #polling: PeriodicTask;
  readonly #abort = new AbortController();
  #checkpoints: Checkpoints | undefined;
  #tracker: FileTracker | undefined;
  /** The files that the current batch has records of. */
  #touched = new Set<LogFile>();
  #sending: Promise<boolean> = Promise.resolve(true);
  #isStopped = false;

  /** `sink` makes batches of what is read. */
  constructor(config: FileLogConfig, next: SignalConsumers, context: ComponentContext, sink: Sink) {
    this.#config = config;
    this.#next = next;
    this.#context = context;
    this.#find = createFinder(config, context.clock);
    const header = config.header && new HeaderReader(config.header, config.encoding, context);
    this.#reader = new LogFileReader(config, context.clock, LIMITS, header);
    this.#sink = sink;
    this.#polling = every(context, config.pollInterval, () => this.#poll());
  }

  async start(): Promise<void> {
    const { storage, pollsToArchive } = this.#config;
    const { kind, id, host, logger } = this.#context;
    if (storage !== undefined)
      this.#checkpoints = new Checkpoints(await storageOf(storage, host).openState({ kind, id }, 'files'));
    else if (pollsToArchive > 0) logger.warn('polls_to_archive: positions are kept in memory only, without storage');
    this.#tracker = new FileTracker(this.#config, this.#checkpoints?.load() ?? [], logger);
    await this.#polling.start();
  }

  async drain(deadline: AbortSignal): Promise<void> {
    this.#isStopped = true;
    const abort = () => this.#abort.abort();
    if (deadline.aborted) abort();
    deadline.addEventListener('abort', abort);
    await this.#polling.shutdown();
    if (this.#tracker !== undefined) await this.#send('all');
    await this.#sending;
    deadline.removeEventListener('abort', abort);
  }

  async shutdown(): Promise<void> {
    this.#isStopped = true;
    this.#abort.abort();
    await this.#polling.shutdown();
    await this.#sending;
    this.#tracker?.close();
    this.#tracker = undefined;
    await this.#checkpoints?.close();
    this.#checkpoints = undefined;
  }

  /** Reads what has been written since the last poll. */
  async #poll(): Promise<void> {
    const tracker = this.#tracker;
    if (tracker === undefined) return;
    tracker.update(this.#find());
    for (let isMore = true; isMore && !this.#isStopped; ) {
      isMore = false;
      for (const file of tracker.files) {
        if (this.#isStopped) break;
        if (!file.isReadable) continue;
        isMore = (await this.#readTurn(file)) || isMore;
      }
    }
    if (!this.#isStopped) await this.#send('due');
    await this.#sending;
    tracker.limitOpenFiles();
  }

  /** Reads a part of a file. Returns whether it has more. */
  async #readTurn(file: LogFile): Promise<boolean> {
    const start = file.offset;
    try {
      for (let isMore = true; isMore; ) {
        this.#touched.add(file);
        isMore = file.isCompressed
          ? await readCompressedFile(file, this.#reader, this.#sink, () => this.#send('due'))
          : await this.#reader.readPlain(file, this.#sink);
        if (this.#reader.isFull(this.#sink)) await this.#send('due');
        if (isMore && (this.#isStopped || file.offset - start >= TURN_BYTES)) return true;
      }
    } catch (error) {
      this.#context.logger.error({ path: file.path }, `cannot read a log file: ${errorMessage(error)}`);
      file.isReadable = false;
    }
    return false;
  }

  /** Begins to send the current batch, after the previous one is delivered and its position stored. */
  async #send(which: 'due' | 'all'): Promise<void> {
    const files = this.#touched;
    this.#touched = new Set();
    const deliveries = this.#sink.finish(which);
    // Operators may have passed on records of other files that they held.
    for (const file of this.#tracker?.files ?? []) if (file.committed.offset !== file.offset) files.add(file);
    const progress = [...files].map((file) => ({
      file,
      progress: this.#sink.progressOf(file),
      isRead: !file.isReadable,
    }));
    if (deliveries.length === 0 && progress.length === 0) return;
    const isPreviousDone = await this.#sending;
    if (!isPreviousDone) return;
    this.#sending = this.#deliver(deliveries, progress);
  }

  async #deliver(
    deliveries: readonly Delivery[],
    files: readonly { file: LogFile; progress: LogFile['committed']; isRead: boolean }[],
  ): Promise<boolean> {
    const { retryOnFailure, deleteAfterRead } = this.#config;
    for (const delivery of deliveries) {
      const next = this.#next[delivery.signal];
      if (next === undefined) continue;
      if (!(await deliver(delivery, next, this.#context, retryOnFailure, this.#abort.signal))) return false;
    }
    for (const { file, progress, isRead } of files) {
      file.commit(progress);
      if (deleteAfterRead && isRead && progress.offset >= file.sizeBytes) await this.#delete(file);
    }
    await this.#store();
    return true;
  }

  async #store(): Promise<void> {
    try {
      await this.#checkpoints?.save(this.#tracker?.positions() ?? []);
    } catch (error) {
      this.#context.logger.error(
        { err: error },
        'cannot store the positions in log files, retrying with the next batch',
      );
    }
  }

  async #delete(file: LogFile): Promise<void> {
    this.#tracker?.forget(file);
    try {
      await unlink(file.path);
    } catch (error) {
      this.#context.logger.error({ path: file.path }, `cannot delete a log file: ${errorMessage(error)}`);
    }
  }
}
