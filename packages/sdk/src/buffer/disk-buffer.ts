import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  JournalCorruptError,
  JournalFullError,
  type JournalReader,
  lockDirectory,
  type OpenedJournal,
  openJournal,
  openJournalReader,
} from '@otelier/journal';
import { integerOption, optionError } from '../client/option-error.ts';
import type { Request } from '../delivery/contract.ts';
import { type Drain, type DrainContext, drainInOrder, type RequestBuffer } from '../delivery/drain.ts';
import { decodeRequest, encodeRequest } from './request-record.ts';
import { SentMark } from './sent-mark.ts';

/** Options for a disk buffer. */
export interface DiskBufferOptions {
  /** Directory that only this buffer uses. It is created if missing. Only one client can open it at a time. */
  readonly directory: string;
  /** Maximum total file size, in bytes. Further requests are dropped and counted by the client. Default 256 MiB. */
  readonly maxBytes?: number;
}

/** A buffer that survives crashes. */
export interface DiskBuffer extends RequestBuffer {
  /**
   * Number of bytes in the files that could not be read, because a crash truncated them before they were durable or
   * they were damaged later.
   */
  readonly unreadableBytes: number;
}

/**
 * Opens a buffer that stores requests in a directory until the server has accepted them, so that nothing is lost if the
 * server is unreachable or the process restarts. Rejects with `DirectoryLockedError` if another client has the
 * directory open. The client that uses the buffer closes it.
 */
export async function openDiskBuffer(options: DiskBufferOptions): Promise<DiskBuffer> {
  if (typeof options.directory !== 'string' || options.directory === '') {
    throw optionError('directory', 'the path of a directory', options.directory);
  }
  const maxBytes = integerOption('maxBytes', options.maxBytes, 256 * MIB, 64 * 1024, 2 ** 40);
  const directory = resolve(options.directory);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const unlock = lockDirectory(directory);
  try {
    return await JournalBuffer.open(directory, maxBytes, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A request and the journal position after it. */
interface Held {
  readonly request: Request;
  readonly endPosition: number;
}

/** A buffer that consists of a journal and a mark up to which its requests have been sent. */
class JournalBuffer implements DiskBuffer {
  readonly #journal: OpenedJournal;
  readonly #reader: JournalReader;
  readonly #mark: SentMark;
  readonly #segmentBytes: number;
  readonly #unlock: () => void;
  readonly #held = { requests: 0, items: 0, bytes: 0 };
  /** Requests that have been read ahead, oldest first; at most a few megabytes. */
  #ahead: Held[] = [];
  #unreadableBytes: number;
  /** Position up to which damage has been counted. */
  #damagedUntil = 0;
  #closing: Promise<void> | undefined;

  static async open(directory: string, maxBytes: number, unlock: () => void): Promise<JournalBuffer> {
    // Capacity is freed in whole segments.
    const segmentBytes = Math.min(MAX_SEGMENT_BYTES, Math.ceil(maxBytes / 8));
    const journal = await openJournal({ directory, maxBytes, segmentBytes });
    const mark = await SentMark.open(join(directory, 'sent'));
    const buffer = new JournalBuffer(journal, await openJournalReader(directory), mark, segmentBytes, unlock);
    // If the end of the journal was damaged, the mark may be past it.
    const position = Math.min(Math.max(mark.position, journal.firstPosition), journal.durablePosition);
    if (position !== mark.position) await mark.set(position);
    await buffer.#count();
    return buffer;
  }

  private constructor(
    journal: OpenedJournal,
    reader: JournalReader,
    mark: SentMark,
    segmentBytes: number,
    unlock: () => void,
  ) {
    this.#journal = journal;
    this.#reader = reader;
    this.#mark = mark;
    this.#segmentBytes = segmentBytes;
    this.#unlock = unlock;
    this.#unreadableBytes = journal.recoveredCutBytes;
  }

  get held(): RequestBuffer['held'] {
    return { ...this.#held };
  }

  get unreadableBytes(): number {
    return this.#unreadableBytes;
  }

  async append(request: Request): Promise<boolean> {
    const record = encodeRequest(request);
    if (!(await this.#tryAppend(record))) {
      await this.#journal.discardBefore(this.#mark.position);
      if (!(await this.#tryAppend(record))) return false;
    }
    this.#add(request, 1);
    return true;
  }

  async first(): Promise<Request | undefined> {
    if (this.#ahead.length === 0) this.#ahead = await this.#read(this.#mark.position);
    return this.#ahead[0]?.request;
  }

  async removeFirst(): Promise<void> {
    const removed = this.#ahead.shift();
    if (removed === undefined) return;
    this.#add(removed.request, -1);
    await this.#mark.advance(removed.endPosition);
    // Not on every call, because discarding creates and deletes files.
    if (removed.endPosition - this.#journal.firstPosition >= this.#segmentBytes) {
      await this.#journal.discardBefore(removed.endPosition);
    }
  }

  drain(context: DrainContext): Drain {
    return drainInOrder(this, context);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#journal.close();
    await this.#reader.close();
    await this.#mark.close();
    this.#unlock();
  }

  async #tryAppend(record: readonly Uint8Array[]): Promise<boolean> {
    try {
      await this.#journal.append(record);
      return true;
    } catch (error) {
      if (error instanceof JournalFullError) return false;
      throw error;
    }
  }

  /** Counts the requests left by an earlier process. */
  async #count(): Promise<void> {
    let position = this.#mark.position;
    for (let chunk = await this.#read(position); chunk.length > 0; chunk = await this.#read(position)) {
      for (const { request, endPosition } of chunk) {
        this.#add(request, 1);
        position = endPosition;
      }
    }
  }

  /** Reads the next requests. Skips damaged bytes up to the next segment. */
  async #read(from: number): Promise<Held[]> {
    const limit = this.#journal.durablePosition;
    for (let position = from; position < limit; ) {
      try {
        const records = await this.#reader.read(position, limit);
        return records.map(({ bytes, endPosition }) => ({ request: decodeRequest(bytes), endPosition }));
      } catch (error) {
        if (!(error instanceof JournalCorruptError)) throw error;
        const next = error.resumePosition ?? limit;
        this.#unreadableBytes += Math.max(0, next - Math.max(position, this.#damagedUntil));
        this.#damagedUntil = Math.max(next, this.#damagedUntil);
        position = next;
      }
    }
    return [];
  }

  #add({ itemCount, sizeBytes }: Request, sign: 1 | -1): void {
    this.#held.requests += sign;
    this.#held.items += sign * itemCount;
    this.#held.bytes += sign * sizeBytes;
  }
}

const MIB = 1024 * 1024;
const MAX_SEGMENT_BYTES = 8 * MIB;
