import { isAscii } from 'node:buffer';
import type { Entry } from '../../../operators/entry/entry.ts';
import type { EntryProcessor } from '../../../operators/entry-processor.ts';
import type { Value, ValueMap } from '../../../ottl/values/value.ts';
import type { LogFile } from '../log-file.ts';
import type { SinkOptions } from './sink-options.ts';

/** Makes entries of records. */
export class EntryReader {
  readonly #options: SinkOptions;
  readonly #processor: EntryProcessor;
  readonly #decode: (bytes: Buffer, start: number, end: number) => Value;
  #bytes: Buffer = Buffer.alloc(0);
  #isAscii = false;
  #observedNanos = 0n;

  constructor(options: SinkOptions, processor: EntryProcessor) {
    this.#options = options;
    this.#processor = processor;
    const { encoding } = options;
    this.#decode = encoding.isBinary
      ? (bytes, start, end) => Uint8Array.from(bytes.subarray(start, end))
      : (bytes, start, end) => encoding.decode(bytes.subarray(start, end));
  }

  /** Sets the observed time of the entries that follow. */
  observe(millis: number): void {
    this.#observedNanos = BigInt(Math.floor(millis)) * 1_000_000n;
  }

  /** Tells that the next entries are in these bytes. */
  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#isAscii = this.#options.encoding.isUtf8 && isAscii(bytes);
  }

  /** Returns the entry of the record in `[start, end)`. */
  read(file: LogFile, start: number, end: number, position: number): Entry {
    const { includeFileRecordNumber, includeFileRecordOffset } = this.#options;
    const bytes = this.#bytes;
    const body = this.#isAscii ? bytes.toString('latin1', start, end) : this.#decode(bytes, start, end);
    const entry = this.#processor.create(body, this.#observedNanos, file, position);
    const attributes: ValueMap = entry.attributes ?? new Map();
    for (const [key, value] of file.attributes) attributes.set(key, value);
    if (includeFileRecordNumber) attributes.set('log.file.record_number', BigInt(file.recordCount));
    if (includeFileRecordOffset) attributes.set('log.file.record_offset', BigInt(position));
    entry.attributes = attributes;
    return entry;
  }
}
