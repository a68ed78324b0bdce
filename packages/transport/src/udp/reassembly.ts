import type { Admission, ExportHandler } from '../contract.ts';
import type { Fragment } from './datagram.ts';
import { PendingMessage } from './pending-message.ts';
import type { Sender, Waiting } from './sender.ts';

/** Limits for incomplete messages. */
export interface ReassemblyLimits {
  /** How long to wait before an incomplete message is dropped. */
  readonly timeoutMillis: number;
  readonly maxMessagesPerSender: number;
  readonly maxBytesPerSender: number;
  /** Limit across all senders. */
  readonly maxBytes: number;
}

/** Result of adding a fragment. */
export type Assembled =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'complete'; readonly message: PendingMessage; readonly admission: Admission }
  /** No memory is available for the message. */
  | { readonly kind: 'no_memory' }
  | { readonly kind: 'contradiction' };

/** Overhead of a fragment: the objects around it, so that a flood of tiny ones is not free. */
const FRAGMENT_OVERHEAD_BYTES = 256;

const WAITING: Assembled = { kind: 'waiting' };
const NO_MEMORY: Assembled = { kind: 'no_memory' };
const CONTRADICTION: Assembled = { kind: 'contradiction' };

/**
 * Reassembles messages. At a sender's limit, its own oldest message is dropped. At the global limit, the oldest message
 * of a sender with an unproved address is dropped; messages of senders with proved addresses are dropped only in favor
 * of others of their kind. A flood therefore displaces only itself, and forged addresses displace one another.
 */
export class Reassembly {
  readonly #limits: ReassemblyLimits;
  readonly #handler: ExportHandler;
  /** Called for every dropped message. */
  readonly #onDropped: (waiting: Waiting) => void;
  /** Incomplete messages, oldest first. */
  readonly #unproved = new Set<Waiting>();
  readonly #proved = new Set<Waiting>();
  #sizeBytes = 0;

  constructor(limits: ReassemblyLimits, handler: ExportHandler, onDropped: (waiting: Waiting) => void) {
    this.#limits = limits;
    this.#handler = handler;
    this.#onDropped = onDropped;
  }

  /** Total size of incomplete messages. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  add(sender: Sender, fragment: Fragment, nowMillis: number): Assembled {
    const sizeBytes = fragment.payload.length + FRAGMENT_OVERHEAD_BYTES;
    const known = sender.waiting.get(fragment.messageSequence);
    const waiting = known ?? this.#begin(sender, fragment, sizeBytes, nowMillis);
    if (waiting === undefined) return NO_MEMORY;
    const progress = waiting.message.add(fragment);
    if (progress === 'contradiction') return CONTRADICTION;
    if (progress === 'complete') {
      this.#remove(waiting);
      return { kind: 'complete', message: waiting.message, admission: waiting.admission };
    }
    if (progress === 'repeated' || known === undefined) return WAITING;
    if (!this.#makeSpace(waiting, sizeBytes) || !waiting.admission.grow(sizeBytes)) {
      this.#drop(waiting);
      return WAITING;
    }
    this.#grow(waiting, sizeBytes);
    return WAITING;
  }

  /** Drops messages that have been incomplete for too long. */
  expire(nowMillis: number): void {
    for (const queue of [this.#unproved, this.#proved]) {
      for (const waiting of queue) {
        if (nowMillis - waiting.sinceMillis < this.#limits.timeoutMillis) break;
        this.#drop(waiting);
      }
    }
  }

  /** Drops all messages of a sender. */
  forget(sender: Sender): void {
    for (const waiting of [...sender.waiting.values()]) this.#drop(waiting);
  }

  #begin(sender: Sender, fragment: Fragment, sizeBytes: number, nowMillis: number): Waiting | undefined {
    const { waiting: own } = sender;
    const oldest = own.size < this.#limits.maxMessagesPerSender ? undefined : own.values().next().value;
    if (oldest !== undefined) this.#drop(oldest);
    const message = new PendingMessage(fragment.header);
    const queue = sender.isProved ? this.#proved : this.#unproved;
    const fresh = { message, sender, sequence: fragment.messageSequence, sinceMillis: nowMillis, queue, sizeBytes: 0 };
    if (!this.#makeSpace(fresh, sizeBytes)) return undefined;
    const admission = this.#handler.admit(sizeBytes);
    if ('kind' in admission) return undefined;
    const waiting: Waiting = { ...fresh, admission };
    own.set(waiting.sequence, waiting);
    queue.add(waiting);
    this.#grow(waiting, sizeBytes);
    return waiting;
  }

  /** Drops older messages until `moreBytes` fit. Returns `false` if only the message itself is left. */
  #makeSpace(message: Omit<Waiting, 'admission'>, moreBytes: number): boolean {
    const { sender, queue, sequence } = message;
    const { maxBytesPerSender, maxBytes } = this.#limits;
    while (sender.waitingBytes + moreBytes > maxBytesPerSender) {
      if (!this.#displace(sender.waiting.values(), sender, sequence)) return false;
    }
    while (this.#sizeBytes + moreBytes > maxBytes) {
      // Senders with proved addresses displace the others first.
      const victims = queue === this.#proved && this.#unproved.size > 0 ? this.#unproved : queue;
      if (!this.#displace(victims.values(), sender, sequence)) return false;
    }
    return true;
  }

  #displace(candidates: Iterator<Waiting>, sender: Sender, sequence: number): boolean {
    const oldest = candidates.next().value as Waiting | undefined;
    if (oldest === undefined || (oldest.sender === sender && oldest.sequence === sequence)) return false;
    this.#drop(oldest);
    return true;
  }

  #drop(waiting: Waiting): void {
    this.#remove(waiting);
    waiting.admission.release();
    this.#onDropped(waiting);
  }

  #grow(waiting: Waiting, bytes: number): void {
    waiting.sizeBytes += bytes;
    waiting.sender.waitingBytes += bytes;
    this.#sizeBytes += bytes;
  }

  #remove(waiting: Waiting): void {
    this.#grow(waiting, -waiting.sizeBytes);
    waiting.sender.waiting.delete(waiting.sequence);
    waiting.queue.delete(waiting);
  }
}
