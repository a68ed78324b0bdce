import type { Signal } from '@otelier/otlp';
import type { Delivery } from '../../../operators/deliver.ts';
import type { DirectParser } from '../../../operators/direct/compile.ts';
import { FlatRecord } from '../../../operators/direct/flat-record.ts';
import { encodeEntry } from '../../../operators/encode-entries.ts';
import type { EntryProcessor } from '../../../operators/entry-processor.ts';
import type { LogFile } from '../log-file.ts';
import { EncodedAttributes } from './encoded-attributes.ts';
import { EntryReader } from './entry-reader.ts';
import { RecordWriter } from './record-writer.ts';
import type { Sink } from './sink.ts';
import type { SinkOptions } from './sink-options.ts';

const SIGNAL: Signal = 'logs';

/** What the records of a receiver have in common. */
export interface ConstantFields {
  readonly attributes: ReadonlyMap<string, string>;
  readonly resource: ReadonlyMap<string, string>;
}

/** Writes records that are parsed from their bytes, and runs the operators on those that cannot be. */
export class ParsedSink implements Sink {
  readonly #parser: DirectParser;
  readonly #processor: EntryProcessor;
  readonly #reader: EntryReader;
  readonly #attributes: EncodedAttributes;
  readonly #writer: RecordWriter;
  readonly #record = new FlatRecord();
  #bytes: Buffer = Buffer.alloc(0);
  #canRead = false;

  constructor(
    options: SinkOptions,
    { attributes, resource }: ConstantFields,
    capacity: number,
    parser: DirectParser,
    processor: EntryProcessor,
  ) {
    this.#parser = parser;
    this.#processor = processor;
    this.#reader = new EntryReader(options, processor);
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
    this.#reader.observe(millis);
    this.#writer.observe(millis);
  }

  begin(bytes: Buffer): void {
    this.#reader.begin(bytes);
    this.#bytes = bytes;
    this.#canRead = this.#parser.canRead(bytes);
  }

  add(file: LogFile, start: number, end: number, position: number): void {
    const bytes = this.#bytes;
    if (this.#canRead || this.#parser.canRead(bytes.subarray(start, end))) {
      const record = this.#record;
      record.begin(bytes, start, end);
      if (this.#parser.read(record, start, end)) {
        this.#writer.addFlat(record, this.#attributes.of(file, position));
        return;
      }
    }
    const entry = this.#reader.read(file, start, end, position);
    for (const result of this.#processor.pipeline?.process([entry]) ?? []) this.#writer.addEncoded(encodeEntry(result));
  }

  finish(): readonly Delivery[] {
    const itemCount = this.#writer.count;
    return itemCount === 0 ? [] : [{ signal: SIGNAL, bytes: this.#writer.finish(), itemCount }];
  }

  progressOf(file: LogFile): LogFile['committed'] {
    return file.progress();
  }
}
