import { Writer } from '../wire/writer.ts';
import type { Batch } from './batch.ts';
import type { Envelope } from './envelope.ts';

/** Decides over what is put into lanes, and is told of it. */
export interface LaneOwner {
  /** Whether there is room for further items; counts them as lost if not. */
  admit(batch: Batch, items: number): boolean;
  /** Items of so many bytes lie in one of the batch's lanes; `false` takes them out again. */
  added(batch: Batch, items: number, bytes: number): boolean;
}

/**
 * Where items of one signal, resource and scope are encoded, each once, straight into what will be sent. Nothing waits:
 * `begin`, write the item as a field `ITEM`, `commit`, all in one go.
 */
export class Lane {
  /** Items that lie in the lane. */
  itemCount = 0;
  readonly #batch: Batch;
  readonly #envelope: Envelope;
  readonly #owner: LaneOwner;
  readonly #writer = new Writer(FIRST_BYTES);
  #begun = 0;

  constructor(batch: Batch, envelope: Envelope, owner: LaneOwner) {
    this.#batch = batch;
    this.#envelope = envelope;
    this.#owner = owner;
  }

  /** The writer for one item, or a metric of so many points; `undefined` when it is dropped, and then there is nothing to write or commit. */
  begin(items = 1): Writer | undefined {
    if (!this.#owner.admit(this.#batch, items)) return undefined;
    this.#begun = this.#writer.length;
    return this.#writer;
  }

  /** Ends the item, or the metric of so many points. */
  commit(items = 1): void {
    this.itemCount += items;
    if (this.#owner.added(this.#batch, items, this.#writer.length - this.#begun)) return;
    this.itemCount -= items;
    this.#writer.length = this.#begun;
  }

  /** Takes out what lies in the lane. */
  take(): Fragment {
    const { itemCount } = this;
    this.itemCount = 0;
    return { envelope: this.#envelope, itemCount, bytes: this.#writer.finish() };
  }
}

/** Items of one lane on their way. */
export interface Fragment {
  readonly envelope: Envelope;
  readonly itemCount: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const FIRST_BYTES = 1024;
