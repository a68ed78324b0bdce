import { isAscii, isUtf8 } from 'node:buffer';
import type { Signal } from '@otelier/otlp';
import type { TextEncoding } from '../../component/text/encoding.ts';
import type { Delivery } from '../../operators/deliver.ts';
import { encodeEntries } from '../../operators/encode-entries.ts';
import type { Entry } from '../../operators/entry/entry.ts';
import type { EntryProcessor } from '../../operators/entry-processor.ts';
import type { Value, ValueMap } from '../../ottl/values/value.ts';
import type { LogFile } from './log-file.ts';
import { encodeAttributes, RecordWriter, withInteger } from './record-writer.ts';

const SIGNAL: Signal = 'logs';

/** Collects the log records of a batch. */
export interface Sink {
  /** Size of what is collected, in bytes. */
  readonly sizeBytes: number;
  readonly count: number;
  /** Sets the observed time of the records that follow. */
  observe(millis: number): void;
  /** Tells that the next records are in these bytes, which are only read during `add`. */
  begin(bytes: Buffer): void;
  /** Adds the record in `[start, end)`, whose text begins at `position` of the file. */
  add(file: LogFile, start: number, end: number, position: number): void;
  /** Returns the batches and begins new ones. `which` says whether operators pass on all that they hold. */
  finish(which: 'due' | 'all'): readonly Delivery[];
  /** Returns how far a file is read without what operators hold. */
  progressOf(file: LogFile): LogFile['committed'];
}

/** What sinks need of the configuration. */
export interface SinkOptions {
  readonly encoding: TextEncoding;
  readonly includeFileRecordNumber: boolean;
  readonly includeFileRecordOffset: boolean;
}

/** Writes records without operators directly in the encoding of requests. */
export class DirectSink implements Sink {
  readonly #options: SinkOptions;
  readonly #attributes: ReadonlyMap<string, string>;
  readonly #writer: RecordWriter;
  readonly #encoded = new WeakMap<ValueMap, Uint8Array>();
  #bytes: Buffer = Buffer.alloc(0);
  #isValid = true;

  constructor(
    options: SinkOptions,
    attributes: ReadonlyMap<string, string>,
    resource: ReadonlyMap<string, string>,
    capacity: number,
  ) {
    this.#options = options;
    this.#attributes = attributes;
    this.#writer = new RecordWriter(resource, capacity);
  }

  get sizeBytes(): number {
    return this.#writer.sizeBytes;
  }

  get count(): number {
    return this.#writer.count;
  }

  observe(millis: number): void {
    this.#writer.observe(millis);
  }

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    const { isUtf8: isText, isBinary } = this.#options.encoding;
    this.#isValid = isBinary || (isText && isUtf8(bytes));
  }

  add(file: LogFile, start: number, end: number, position: number): void {
    const bytes = this.#bytes;
    const attributes = this.#attributesOf(file, position);
    const { encoding } = this.#options;
    if (this.#isValid || (encoding.isUtf8 && isUtf8(bytes.subarray(start, end)))) {
      this.#writer.add(bytes, start, end, attributes, encoding.isBinary);
      return;
    }
    const text = Buffer.from(encoding.decode(bytes.subarray(start, end)));
    this.#writer.add(text, 0, text.length, attributes, false);
  }

  finish(): readonly Delivery[] {
    const itemCount = this.#writer.count;
    return itemCount === 0 ? [] : [{ signal: SIGNAL, bytes: this.#writer.finish(), itemCount }];
  }

  progressOf(file: LogFile): LogFile['committed'] {
    return file.progress();
  }

  #attributesOf(file: LogFile, position: number): Uint8Array {
    let encoded = this.#encoded.get(file.attributes);
    if (encoded === undefined) {
      encoded = encodeAttributes(new Map<string, Value>([...this.#attributes, ...file.attributes]));
      this.#encoded.set(file.attributes, encoded);
    }
    const { includeFileRecordNumber, includeFileRecordOffset } = this.#options;
    if (includeFileRecordNumber) encoded = withInteger(encoded, 'log.file.record_number', file.recordCount);
    if (includeFileRecordOffset) encoded = withInteger(encoded, 'log.file.record_offset', position);
    return encoded;
  }
}

/** Number of entries that operators process at a time. */
const CHUNK_ENTRIES = 100;

/** Runs the operators on records. */
export class EntrySink implements Sink {
  readonly #options: SinkOptions;
  readonly #processor: EntryProcessor;
  readonly #decode: (bytes: Buffer, start: number, end: number) => Value;
  #bytes: Buffer = Buffer.alloc(0);
  #isAscii = false;
  #observedNanos = 0n;
  #chunk: Entry[] = [];
  #entries: Entry[] = [];
  sizeBytes = 0;
  count = 0;

  constructor(options: SinkOptions, processor: EntryProcessor) {
    this.#options = options;
    this.#processor = processor;
    const { encoding } = options;
    this.#decode = encoding.isBinary
      ? (bytes, start, end) => Uint8Array.from(bytes.subarray(start, end))
      : (bytes, start, end) => encoding.decode(bytes.subarray(start, end));
  }

  observe(millis: number): void {
    this.#observedNanos = BigInt(Math.floor(millis)) * 1_000_000n;
  }

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#isAscii = this.#options.encoding.isUtf8 && isAscii(bytes);
  }

  add(file: LogFile, start: number, end: number, position: number): void {
    const { includeFileRecordNumber, includeFileRecordOffset } = this.#options;
    const bytes = this.#bytes;
    const body = this.#isAscii ? bytes.toString('latin1', start, end) : this.#decode(bytes, start, end);
    const entry = this.#processor.create(body, this.#observedNanos, file, position);
    const attributes: ValueMap = entry.attributes ?? new Map();
    for (const [key, value] of file.attributes) attributes.set(key, value);
    if (includeFileRecordNumber) attributes.set('log.file.record_number', BigInt(file.recordCount));
    if (includeFileRecordOffset) attributes.set('log.file.record_offset', BigInt(position));
    entry.attributes = attributes;
    this.#chunk.push(entry);
    this.sizeBytes += end - start;
    this.count++;
    if (this.#chunk.length >= CHUNK_ENTRIES) this.#process();
  }

  finish(which: 'due' | 'all'): readonly Delivery[] {
    this.#process();
    const { pipeline } = this.#processor;
    const entries = pipeline === undefined ? this.#entries : [...this.#entries, ...pipeline.flush(which)];
    this.#entries = [];
    this.sizeBytes = 0;
    this.count = 0;
    if (entries.length === 0) return [];
    return [{ signal: SIGNAL, bytes: encodeEntries(entries), itemCount: entries.length }];
  }

  progressOf(file: LogFile): LogFile['committed'] {
    const progress = file.progress();
    // A compressed file has no position of a record in its own bytes.
    if (file.isCompressed) return progress;
    let { offset } = progress;
    this.#processor.pipeline?.forEachHeld(({ source, position }) => {
      if (source === file && position < offset) offset = position;
    });
    return { ...progress, offset };
  }

  #process(): void {
    const entries = this.#chunk;
    if (entries.length === 0) return;
    this.#chunk = [];
    for (const entry of this.#processor.pipeline?.process(entries) ?? entries) this.#entries.push(entry);
  }
}
