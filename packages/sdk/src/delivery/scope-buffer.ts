import { type Signal, TagWriter } from '@otelier/otlp';
import type { Envelope } from './envelope.ts';

/** The owner of scope buffers, which accepts or rejects their items. */
export interface ScopeBufferOwner {
  /** Reports whether there is capacity for further items. If not, counts them as lost. */
  admit(batch: Batch, items: number): boolean;
  /** Accounts for encoded items. Returns `false` if they must be removed again. */
  added(batch: Batch, items: number, bytes: number): boolean;
  /** Counts items that could not be encoded as lost. */
  failed(batch: Batch, items: number, error: unknown): void;
}

/**
 * Encodes items of one signal, resource and scope directly into the bytes to be sent. It never blocks or throws, even
 * though application values may have getters or wrong types.
 */
export class ScopeBuffer {
  /** Number of items in the buffer. */
  itemCount = 0;
  readonly #batch: Batch;
  readonly #envelope: Envelope;
  readonly #owner: ScopeBufferOwner;
  #writer = new TagWriter(INITIAL_BYTES);

  constructor(batch: Batch, envelope: Envelope, owner: ScopeBufferOwner) {
    this.#batch = batch;
    this.#envelope = envelope;
    this.#owner = owner;
  }

  /**
   * Encodes an item, or a metric with several points. `write` must write it as an `ITEM` field. If the queue is full or
   * encoding fails, counts the items as lost, leaves the buffer unchanged and returns `false`.
   */
  put<T>(write: (writer: TagWriter, item: T) => void, item: T, items = 1): boolean {
    if (!this.#owner.admit(this.#batch, items)) return false;
    const writer = this.#writer;
    const begin = writer.length;
    try {
      write(writer, item);
    } catch (error) {
      writer.length = begin;
      this.#owner.failed(this.#batch, items, error);
      return false;
    }
    this.itemCount += items;
    if (this.#owner.added(this.#batch, items, writer.length - begin)) return true;
    this.itemCount -= items;
    writer.length = begin;
    return false;
  }

  /** Returns the items and empties the buffer. */
  take(): Fragment {
    const { itemCount } = this;
    this.itemCount = 0;
    const bytes = this.#writer.finish();
    // Releases the memory of unusually large items.
    if (this.#writer.bytes.length > MAX_RETAINED_BYTES) this.#writer = new TagWriter(INITIAL_BYTES);
    return { envelope: this.#envelope, itemCount, bytes };
  }
}

/** Items of one signal, from all scopes, that will form a request. */
export interface Batch {
  readonly signal: Signal;
  readonly scopeBuffers: ScopeBuffer[];
  items: number;
  bytes: number;
}

/** Encoded items of one scope. */
export interface Fragment {
  readonly envelope: Envelope;
  readonly itemCount: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const INITIAL_BYTES = 1024;
const MAX_RETAINED_BYTES = 4 * 1024 * 1024;
