import { optionError } from '../client/option-error.ts';
import type { Item } from '../items/item.ts';

/** A source of items: an async generator, a Node `Readable` in object mode, a `ReadableStream`, or an array. */
export type ItemSource = AsyncIterable<Item> | Iterable<Item> | ReadableStream<Item>;

/** A reader of items from a source. */
export interface SourceReader {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  /** Closes the source, even if a read is pending. */
  return?(): unknown;
}

/** Returns a reader for any kind of source. Throws an `OptionError` for other values. */
export function readerOf(source: AnySource): SourceReader {
  if (typeof source?.getReader === 'function') return readerOfStream(source.getReader());
  const iterator = source?.[Symbol.asyncIterator]?.() ?? source?.[Symbol.iterator]?.();
  if (iterator === undefined) throw optionError('source', 'an iterable or a ReadableStream', source);
  return {
    next: () => iterator.next(),
    return() {
      // Otherwise, a `Readable` that is waiting for data would only notice when data arrives.
      source.destroy?.();
      return iterator.return?.();
    },
  };
}

/**
 * Returns a reader for a stream. A pending read can be canceled with a reader but not with an iterator, and not all
 * browsers can iterate over streams.
 */
function readerOfStream(reader: ReadableStreamDefaultReader<unknown>): SourceReader {
  return {
    async next() {
      const { done, value } = await reader.read();
      return { done, value };
    },
    return: () => reader.cancel(),
  };
}

/** The methods that distinguish the kinds of sources. */
interface AnySource {
  getReader?(): ReadableStreamDefaultReader<unknown>;
  [Symbol.asyncIterator]?(): AsyncIterator<unknown>;
  [Symbol.iterator]?(): Iterator<unknown>;
  destroy?(): void;
}
