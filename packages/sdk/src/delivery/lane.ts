import type { Signal } from '@otelier/otlp';
import { Writer } from '../wire/writer.ts';
import { type Envelope, requestHeader } from './envelope.ts';

/** Decides over what is put into lanes, and is told of it. */
export interface LaneOwner {
  /** Whether there is room for another item; counts it as lost if not. */
  admit(lane: Lane): boolean;
  /** An item of so many bytes lies in the lane; `false` takes it out again. */
  added(lane: Lane, items: number, bytes: number): boolean;
}

/**
 * Where items of one signal, resource and scope are encoded, each once, straight into what will be sent. Nothing waits:
 * `begin`, write the item as a field `ITEM`, `commit`, all in one go.
 */
export class Lane {
  readonly signal: Signal;
  readonly #envelope: Envelope;
  readonly #owner: LaneOwner;
  readonly #writer = new Writer(FIRST_BYTES);
  #begun = 0;
  #items = 0;

  constructor(signal: Signal, envelope: Envelope, owner: LaneOwner) {
    this.signal = signal;
    this.#envelope = envelope;
    this.#owner = owner;
  }

  /** The writer for one item; `undefined` when it is dropped, and then there is nothing to write or commit. */
  begin(): Writer | undefined {
    if (!this.#owner.admit(this)) return undefined;
    this.#begun = this.#writer.length;
    return this.#writer;
  }

  /** Ends the item; `items` is more than one for a metric with several points. */
  commit(items = 1): void {
    this.#items += items;
    if (this.#owner.added(this, items, this.#writer.length - this.#begun)) return;
    this.#items -= items;
    this.#writer.length = this.#begun;
  }

  /** Items that lie in the lane. */
  get itemCount(): number {
    return this.#items;
  }

  /** Takes out what lies in the lane. */
  take(): Fragment {
    const items = this.#items;
    this.#items = 0;
    return new Fragment(this.#envelope, this.#writer.finish(), items);
  }
}

/** Items of one lane on their way. */
export class Fragment {
  readonly envelope: Envelope;
  readonly bytes: Uint8Array;
  readonly itemCount: number;

  constructor(envelope: Envelope, bytes: Uint8Array, itemCount: number) {
    this.envelope = envelope;
    this.bytes = bytes;
    this.itemCount = itemCount;
  }

  /** A valid export request in two pieces, once the resource is known. */
  async parts(): Promise<readonly Uint8Array[]> {
    const { resource, scope } = this.envelope;
    if (resource.bytes === undefined) await resource.whenKnown;
    return [requestHeader(resource.bytes ?? new Uint8Array(0), scope, this.bytes.length), this.bytes];
  }
}

const FIRST_BYTES = 1024;
