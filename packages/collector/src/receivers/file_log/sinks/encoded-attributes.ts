import type { Value, ValueMap } from '../../../ottl/values/value.ts';
import type { LogFile } from '../log-file.ts';
import { encodeAttributes, withInteger } from './record-writer.ts';
import type { SinkOptions } from './sink-options.ts';

/** Encodes the attributes that all records of a file have. */
export class EncodedAttributes {
  readonly #options: SinkOptions;
  readonly #configured: ReadonlyMap<string, string>;
  readonly #encoded = new WeakMap<ValueMap, Uint8Array>();

  /** `configured` are attributes of the records of all files. */
  constructor(options: SinkOptions, configured: ReadonlyMap<string, string>) {
    this.#options = options;
    this.#configured = configured;
  }

  /** Returns the attributes of the record at a position of a file. */
  of(file: LogFile, position: number): Uint8Array {
    let encoded = this.#encoded.get(file.attributes);
    if (encoded === undefined) {
      encoded = encodeAttributes(new Map<string, Value>([...this.#configured, ...file.attributes]));
      this.#encoded.set(file.attributes, encoded);
    }
    const { includeFileRecordNumber, includeFileRecordOffset } = this.#options;
    if (includeFileRecordNumber) encoded = withInteger(encoded, 'log.file.record_number', file.recordCount);
    if (includeFileRecordOffset) encoded = withInteger(encoded, 'log.file.record_offset', position);
    return encoded;
  }
}
