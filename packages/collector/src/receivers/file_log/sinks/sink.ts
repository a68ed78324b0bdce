import { isUtf8 } from 'node:buffer';
import type { Signal } from '@otelier/otlp';
import type { Delivery } from '../../../operators/deliver.ts';
import { encodeEntries } from '../../../operators/encode-entries.ts';
import type { Entry } from '../../../operators/entry/entry.ts';
import type { EntryProcessor } from '../../../operators/entry-processor.ts';
import type { LogFile } from '../log-file.ts';
import { EncodedAttributes } from './encoded-attributes.ts';
import { EntryReader } from './entry-reader.ts';
import { RecordWriter } from './record-writer.ts';
import type { SinkOptions } from './sink-options.ts';

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

/** Writes records without operators directly in the encoding of requests. */
export class DirectSink implements Sink {
  readonly #options: SinkOptions;
  readonly #attributes: EncodedAttributes;
  readonly #writer: RecordWriter;
  #bytes: Buffer = Buffer.alloc(0);
  #isValid = true;

  constructor(
    options: SinkOptions,
    attributes: ReadonlyMap<string, string>,
    resource: ReadonlyMap<string, string>,
    capacity: number,
  ) {
    this.#options = options;
    this.#attributes = new EncodedAttributes(options, attributes);
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
    const attributes = this.#attributes.of(file, position);
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
}

/** Number of entries that operators process at a time. */
const CHUNK_ENTRIES = 100;

/** Runs the operators on records. */
export class EntrySink implements Sink {
  readonly #processor: EntryProcessor;
  readonly #reader: EntryReader;
  #chunk: Entry[] = [];
  #entries: Entry[] = [];
  sizeBytes = 0;
  count = 0;

  constructor(options: SinkOptions, processor: EntryProcessor) {
    this.#processor = processor;
    this.#reader = new EntryReader(options, processor);
  }

  observe(millis: number): void {
    this.#reader.observe(millis);
  }

  begin(bytes: Buffer): void {
    this.#reader.begin(bytes);
  }

  add(file: LogFile, start: number, end: number, position: number): void {
    this.#chunk.push(this.#reader.read(file, start, end, position));
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
