import { optionError } from '../client/option-error.ts';
import type { Item } from '../items/item.ts';

/** Where items come from one by one: an async generator, a `Readable` of Node in object mode, a `ReadableStream`, an array. */
export type ItemSource = AsyncIterable<Item> | Iterable<Item> | ReadableStream<Item>;

/** A source as it is asked. */
export interface Pull {
  next(): Promise<IteratorResult<unknown>> | IteratorResult<unknown>;
  /** Tells the source that nothing more will be asked for; it may be amid an answer. */
  return?(): unknown;
}

/** The one way to ask all kinds of sources; throws an `OptionError` for what is none. */
export function pullFrom(source: AnySource): Pull {
  if (typeof source?.getReader === 'function') return pullFromReader(source.getReader());
  const iterator = source?.[Symbol.asyncIterator]?.() ?? source?.[Symbol.iterator]?.();
  if (iterator === undefined) throw optionError('source', 'what can be iterated, or a ReadableStream', source);
  return {
    next: () => iterator.next(),
    return() {
      // A `Readable` that waits for data would hear of it with the next data only.
      source.destroy?.();
      return iterator.return?.();
    },
  };
}

/** Reading by hand can be cancelled amid an answer, iterating cannot; and not all browsers let streams be iterated. */
function pullFromReader(reader: ReadableStreamDefaultReader<unknown>): Pull {
  return {
    async next() {
      const { done, value } = await reader.read();
      return { done, value };
    },
    return: () => reader.cancel(),
  };
}

/** What sources may have. */
interface AnySource {
  getReader?(): ReadableStreamDefaultReader<unknown>;
  [Symbol.asyncIterator]?(): AsyncIterator<unknown>;
  [Symbol.iterator]?(): Iterator<unknown>;
  destroy?(): void;
}
