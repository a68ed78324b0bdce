import { compilePattern, type Pattern } from '@otelier/query/pattern';
import type { ComponentContext } from '../../component/contract.ts';
import { LineSplitter } from '../../component/text/splitter.ts';
import { encodingOf } from '../../component/text/splitter-config.ts';
import { createEntryProcessor, type EntryProcessor } from '../../operators/entry-processor.ts';
import type { Value } from '../../ottl/values/value.ts';
import type { FileLogConfig } from './config.ts';
import type { LogFile } from './log-file.ts';

/** Reads the lines at the beginning of files that describe the rest. */
export class HeaderReader {
  readonly #pattern: Pattern;
  readonly #processor: EntryProcessor;
  readonly #splitter: LineSplitter;
  readonly #decode: (bytes: Uint8Array) => string;

  constructor(header: NonNullable<FileLogConfig['header']>, encodingName: string, context: ComponentContext) {
    const encoding = encodingOf(encodingName);
    this.#pattern = compilePattern(header.pattern);
    this.#processor = createEntryProcessor(
      { attributes: {}, resource: {}, operators: header.metadataOperators },
      context,
    );
    this.#splitter = new LineSplitter(encoding.newline, encoding.carriageReturn, false);
    this.#decode = (bytes) => encoding.decode(bytes);
  }

  /** Reads the complete lines of a header, and returns the number of bytes that belong to it. */
  read(file: LogFile, bytes: Buffer): number {
    const splitter = this.#splitter;
    let at = 0;
    for (let next = splitter.next(bytes, 0, bytes.length, false); next >= 0; ) {
      const line = this.#decode(bytes.subarray(splitter.start, splitter.end)).replace(/^[\r\n]+|[\r\n]+$/g, '');
      if (!this.#pattern.test(line)) {
        file.hasReadHeader = true;
        break;
      }
      this.#describe(file, line);
      at = next;
      next = splitter.next(bytes, at, bytes.length, false);
    }
    return at;
  }

  #describe(file: LogFile, line: string): void {
    const entries = this.#processor.pipeline?.process([this.#processor.create(line, 0n)]) ?? [];
    const attributes = new Map<string, Value>(file.attributes);
    for (const entry of entries)
      for (const [key, value] of entry.attributes ?? []) {
        attributes.set(key, value);
        file.header[key] = value;
      }
    file.attributes = attributes;
  }
}
