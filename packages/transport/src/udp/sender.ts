import type { Admission } from '../contract.ts';
import type { UdpCounters } from './datagram.ts';
import type { PendingMessage } from './pending-message.ts';
import { SequenceWindow } from './sequence-window.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Number of later datagrams after which a missing one counts as lost. */
const REORDER_WINDOW = 64;
/** Number of datagrams and messages whose arrival is tracked. */
const REMEMBERED = 2048;
/** Silence after which no more datagrams are expected. */
const SETTLED_MILLIS = 250;

/** State shared by the senders of one address (for IPv6, of one /64 network). */
export interface Peer {
  readonly key: string;
  readonly bytes: TokenBucket | undefined;
  readonly datagrams: TokenBucket | undefined;
  /** Senders, longest silent first. */
  readonly senders: Set<Sender>;
  /** Number of datagrams dropped by the rate limit. */
  rateLimited: number;
}

/** An incomplete message and its memory reservation. */
export interface Waiting {
  readonly message: PendingMessage;
  readonly admission: Admission;
  readonly sender: Sender;
  readonly sequence: number;
  readonly sinceMillis: number;
  /** The `Reassembly` queue that contains it. */
  readonly queue: Set<Waiting>;
  sizeBytes: number;
}

/** Identifies a session. */
export interface SenderIdentity {
  readonly peer: Peer;
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly session: string;
}

/** Sequence numbers in the first datagram received from a session. */
export interface FirstSequences {
  readonly sequence: number;
  readonly messageSequence: number;
}

/** A session at one address and port, and its state. */
export class Sender implements SenderIdentity {
  readonly peer: Peer;
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly session: string;
  readonly datagrams: SequenceWindow;
  /** Finished messages, whether delivered or not. */
  readonly messages: SequenceWindow;
  readonly waiting = new Map<number, Waiting>();
  waitingBytes = 0;

  corrupt = 0;
  messagesTaken = 0;
  messagesRefused = 0;
  messagesIncomplete = 0;
  fragmentsRecovered = 0;

  /** Whether the sender has returned a cookie, which proves its address. */
  isProved = false;
  lastSeenMillis: number;
  /** Time of the last datagram with a new sequence number. */
  lastArrivalMillis: number;
  /** Time at which the sender was last moved to the end of its queues. */
  touchedMillis: number;
  lastChallengeMillis = Number.NEGATIVE_INFINITY;
  lastReportMillis: number;
  reports = 0;
  /** Whether anything has been received since the last report. */
  hasUnreportedInput = false;
  #receivedBytes = 0;
  #receivedDatagrams = 0;
  #sentBytes = 0;
  #sentDatagrams = 0;
  readonly #rateLimitedBefore: number;

  constructor(identity: SenderIdentity, first: FirstSequences, nowMillis: number) {
    const { peer, key, address, port, session } = identity;
    this.peer = peer;
    this.key = key;
    this.address = address;
    this.port = port;
    this.session = session;
    this.datagrams = new SequenceWindow(REMEMBERED, startOf(first.sequence));
    this.messages = new SequenceWindow(REMEMBERED, startOf(first.messageSequence));
    this.lastSeenMillis = nowMillis;
    this.lastArrivalMillis = nowMillis;
    this.touchedMillis = nowMillis;
    this.lastReportMillis = nowMillis;
    this.#rateLimitedBefore = peer.rateLimited;
  }

  counters(nowMillis: number): UdpCounters {
    const { received, duplicated, reordered } = this.datagrams;
    return {
      received,
      lost: this.datagrams.lost(nowMillis - this.lastArrivalMillis < SETTLED_MILLIS ? REORDER_WINDOW : 0),
      duplicated,
      reordered,
      corrupt: this.corrupt,
      rateLimited: this.peer.rateLimited - this.#rateLimitedBefore,
      messagesTaken: this.messagesTaken,
      messagesRefused: this.messagesRefused,
      messagesIncomplete: this.messagesIncomplete,
      fragmentsRecovered: this.fragmentsRecovered,
    };
  }

  /** Counts received bytes, which limit how much may be sent to the address. */
  credit(bytes: number): void {
    this.#receivedBytes += bytes;
    this.#receivedDatagrams++;
  }

  /**
   * Reports whether `bytes` may be sent to the address, and counts them if so. Headers below UDP are the same size in
   * both directions.
   */
  spend(bytes: number): boolean {
    const fits = this.#sentBytes + bytes <= this.#receivedBytes && this.#sentDatagrams < this.#receivedDatagrams;
    if (!this.isProved && !fits) return false;
    this.#sentBytes += bytes;
    this.#sentDatagrams++;
    return true;
  }
}

/**
 * Returns the start of a session: 0 for a new one, or the current sequence number for one that started before this
 * receiver.
 */
function startOf(sequence: number): number {
  return sequence < REORDER_WINDOW ? 0 : sequence;
}
