import type { Signal } from '@otelier/otlp';
import { Consignment } from './consignment.ts';
import type { Envelope } from './envelope.ts';
import { Lane, type LaneOwner } from './lane.ts';
import type { Room } from './room.ts';

/** When a request is closed. */
export interface BatchLimits {
  readonly maxItems: number;
  readonly maxBytes: number;
}

/** Whom a batcher tells. */
export interface BatcherOwner {
  /** The first item since the last request was closed has come: it must not wait too long. */
  begun(): void;
  /** A request is complete. */
  closed(consignment: Consignment): void;
}

/** Gathers the items of one signal, from whatever scopes, into requests. */
export class Batcher implements LaneOwner {
  readonly #signal: Signal;
  readonly #maxItems: number;
  readonly #maxBytes: number;
  readonly #room: Room;
  readonly #owner: BatcherOwner;
  readonly #lanes: Lane[] = [];
  #items = 0;
  #bytes = 0;

  constructor(signal: Signal, { maxItems, maxBytes }: BatchLimits, room: Room, owner: BatcherOwner) {
    this.#signal = signal;
    this.#maxItems = maxItems;
    this.#maxBytes = maxBytes;
    this.#room = room;
    this.#owner = owner;
  }

  /** A lane for items of one resource and scope. */
  lane(envelope: Envelope): Lane {
    const lane = new Lane(this.#signal, envelope, this);
    this.#lanes.push(lane);
    return lane;
  }

  admit(): boolean {
    return this.#room.admit(this.#signal);
  }

  added(_lane: Lane, items: number, bytes: number): boolean {
    if (!this.#room.take(this.#signal, items, bytes)) return false;
    if (this.#items === 0) this.#owner.begun();
    this.#items += items;
    this.#bytes += bytes;
    if (this.#items >= this.#maxItems || this.#bytes >= this.#maxBytes) this.close();
    return true;
  }

  /** Makes a request of what has gathered, if anything has. */
  close(): void {
    if (this.#items === 0) return;
    const fragments = this.#lanes.filter((lane) => lane.itemCount > 0).map((lane) => lane.take());
    const consignment = new Consignment(this.#signal, this.#items, this.#bytes, fragments);
    this.#items = 0;
    this.#bytes = 0;
    this.#owner.closed(consignment);
  }
}
