import { Writer } from '../wire/writer.ts';
import type { Batch } from './batch.ts';
import type { Envelope } from './envelope.ts';

/** Decides over what is put into lanes, and is told of it. */
export interface ScopeBufferOwner {
  /** Whether there is room for further items; counts them as lost if not. */
  admit(batch: Batch, items: number): boolean;
  /** Items of so many bytes lie in one of the batch's lanes; `false` takes them out again. */
  added(batch: Batch, items: number, bytes: number): boolean;
  /** Items could not be encoded; counts them as lost. */
  failed(batch: Batch, items: number, error: unknown): void;
}

/**
 * Where items of one signal, resource and scope are encoded, each once, straight into what will be sent. Nothing waits,
 * and nothing throws: what programs give may have getters and be of other types than was said.
 */
export class ScopeBuffer {
  /** Items that lie in the lane. */
  itemCount = 0;
  readonly #batch: Batch;
  readonly #envelope: Envelope;
  readonly #owner: ScopeBufferOwner;
  #writer = new Writer(FIRST_BYTES);

  constructor(batch: Batch, envelope: Envelope, owner: ScopeBufferOwner) {
    this.#batch = batch;
    this.#envelope = envelope;
    this.#owner = owner;
  }

  /**
   * Encodes an item, or a metric of so many points, which `write` writes as a field `ITEM`. `false`, and counted, when there is no room
   * for it, or it cannot be encoded; then nothing of it is left.
   */
  put<T>(write: (writer: Writer, item: T) => void, item: T, items = 1): boolean {
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

  /** Takes out what lies in the lane. */
  take(): Fragment {
    const { itemCount } = this;
    this.itemCount = 0;
    const bytes = this.#writer.finish();
    // The room that one very large item has taken is not kept for others.
    if (this.#writer.bytes.length > KEPT_BYTES) this.#writer = new Writer(FIRST_BYTES);
    return { envelope: this.#envelope, itemCount, bytes };
  }
}

/** Items of one lane on their way. */
export interface Fragment {
  readonly envelope: Envelope;
  readonly itemCount: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const FIRST_BYTES = 1024;
const KEPT_BYTES = 4 * 1024 * 1024;
