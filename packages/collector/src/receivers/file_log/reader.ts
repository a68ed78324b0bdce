import { fstatSync, read as readFile } from 'node:fs';
import { promisify } from 'node:util';
import type { Clock } from '@otelier/transport';
import { type Splitter, trimmedEnd, trimmedStart } from '../../component/text/splitter.ts';
import { createSplitter, encodingOf } from '../../component/text/splitter-config.ts';
import type { FileLogConfig } from './config.ts';
import { beginsWith, readFingerprint } from './fingerprint.ts';
import type { HeaderReader } from './header.ts';
import type { LogFile } from './log-file.ts';
import type { Sink } from './sinks/sink.ts';

const read = promisify(readFile);

const CHUNK_BYTES = 256 * 1024;

/** When a batch is full. */
export interface BatchLimits {
  readonly maxBytes: number;
  readonly maxCount: number;
}

/** Reads files in pieces and adds their log records to a sink. */
export class LogFileReader {
  readonly #config: FileLogConfig;
  readonly #clock: Clock;
  readonly #limits: BatchLimits;
  readonly #splitter: Splitter;
  readonly #header: HeaderReader | undefined;
  readonly #isWide: boolean;
  #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES);

  constructor(config: FileLogConfig, clock: Clock, limits: BatchLimits, header: HeaderReader | undefined) {
    this.#config = config;
    this.#clock = clock;
    this.#limits = limits;
    this.#header = header;
    this.#splitter = createSplitter(config, false);
    this.#isWide = encodingOf(config.encoding).newline.length > 1;
  }

  /** Reads the next piece of a file. Returns whether there may be more. */
  async readPlain(file: LogFile, sink: Sink): Promise<boolean> {
    let count: number;
    for (;;) {
      ({ bytesRead: count } = await read(file.descriptor, this.#buffer, 0, this.#buffer.length, file.offset));
      const isEnd = count < this.#buffer.length;
      if (count === 0 || this.#isReplaced(file)) break;
      const bytes = this.#buffer.subarray(0, count);
      const used = this.consume(file, bytes, file.offset, isEnd, sink);
      file.offset += used;
      if (used > 0 || isEnd) {
        if (!isEnd || this.isFull(sink)) return true;
        return this.#atEnd(file, bytes.subarray(used), sink);
      }
      // A log record that is larger than the buffer.
      this.#buffer = Buffer.allocUnsafeSlow(this.#buffer.length * 2);
    }
    file.isReadable = false;
    file.incompleteBytes = 0;
    return false;
  }

  /**
   * Returns whether a file has been truncated and written anew since its position was determined, as rotation by copying
   * does. What was read may then be of the new contents, and is read again when the file has been compared.
   */
  #isReplaced({ descriptor, fingerprint, sizeBytes, changedMillis }: LogFile): boolean {
    const { size, mtimeMs } = fstatSync(descriptor);
    if (size === sizeBytes && Math.floor(mtimeMs) === Math.floor(changedMillis)) return false;
    return !beginsWith(readFingerprint(descriptor, this.#config.fingerprintSize), fingerprint);
  }

  /** Adds the log records of bytes, and returns the number of bytes that were used. */
  consume(file: LogFile, bytes: Buffer, position: number, isEnd: boolean, sink: Sink): number {
    let at = this.#header === undefined || file.hasReadHeader ? 0 : this.#header.read(file, bytes);
    if (this.#header !== undefined && !file.hasReadHeader) return at;
    const splitter = this.#splitter;
    const { maxLogSize, maxLogSizeBehavior } = this.#config;
    const truncates = maxLogSizeBehavior === 'truncate';
    sink.observe(this.#clock.now());
    sink.begin(bytes);
    while (at < bytes.length && !this.isFull(sink)) {
      const next = splitter.next(bytes, at, bytes.length, isEnd);
      if (file.isSkipping) {
        file.isSkipping = next < 0;
        at = next < 0 ? bytes.length : next;
      } else if (next < 0) {
        if (bytes.length - at < maxLogSize) break;
        this.#add(file, bytes, at, at + maxLogSize, position + at, sink);
        at += maxLogSize;
        file.isSkipping = truncates;
      } else {
        at = this.#addToken(file, bytes, at, next, position, sink);
      }
    }
    return at;
  }

  /** Adds the token that the splitter has found, or its beginning, and returns the position after it. */
  #addToken(file: LogFile, bytes: Buffer, at: number, next: number, position: number, sink: Sink): number {
    const { start, end } = this.#splitter;
    const { maxLogSize, maxLogSizeBehavior } = this.#config;
    const isLarge = end - start > maxLogSize;
    this.#add(file, bytes, start, isLarge ? start + maxLogSize : end, position + at, sink);
    return isLarge && maxLogSizeBehavior === 'split' ? start + maxLogSize : next;
  }

  /** Adds the rest of a file as a log record. */
  addRest(file: LogFile, bytes: Buffer, position: number, sink: Sink): void {
    if (bytes.length === 0 || file.isSkipping) return;
    sink.begin(bytes);
    this.#add(file, bytes, 0, bytes.length, position, sink);
  }

  isFull(sink: Sink): boolean {
    return sink.sizeBytes >= this.#limits.maxBytes || sink.count >= this.#limits.maxCount;
  }

  /** Adds what is left at the end of a file if it has waited too long for its rest. */
  #atEnd(file: LogFile, rest: Buffer, sink: Sink): boolean {
    const { forceFlushPeriod } = this.#config;
    const nowMillis = this.#clock.monotonic();
    if (rest.length > 0 && forceFlushPeriod > 0 && (this.#header === undefined || file.hasReadHeader)) {
      if (rest.length !== file.incompleteBytes) {
        file.incompleteBytes = rest.length;
        file.incompleteSinceMillis = nowMillis;
      } else if (nowMillis - file.incompleteSinceMillis >= forceFlushPeriod) {
        this.addRest(file, rest, file.offset, sink);
        file.offset += rest.length;
        file.incompleteBytes = 0;
      }
    } else {
      file.incompleteBytes = 0;
    }
    // Incomplete log records are read again, until they are complete or have waited long enough.
    file.isReadable = file.incompleteBytes > 0;
    return false;
  }

  #add(file: LogFile, bytes: Buffer, start: number, end: number, position: number, sink: Sink): void {
    const { preserveLeadingWhitespaces, preserveTrailingWhitespaces } = this.#config;
    file.recordCount++;
    let from = start;
    let to = end;
    if (!this.#isWide) {
      if (!preserveTrailingWhitespaces) to = trimmedEnd(bytes, from, to);
      if (!preserveLeadingWhitespaces) from = trimmedStart(bytes, from, to);
    }
    if (from < to) sink.add(file, from, to, position);
  }
}
