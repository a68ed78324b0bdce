import type { Admission } from '../contract.ts';
import type { UdpCounters } from './datagram.ts';
import type { PendingMessage } from './pending-message.ts';
import { SequenceWindow } from './sequence-window.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Number of datagrams by which one may be late before it counts as lost. */
const REORDER_WINDOW = 64;
/** Number of datagrams and messages whose arrival is remembered. */
const REMEMBERED = 2048;
/** Silence after which no datagram is expected anymore. */
const SETTLED_MILLIS = 250;

/** State shared by the senders of one address (for IPv6, of one /64). */
export interface Peer {
  readonly key: string;
  readonly bytes: TokenBucket | undefined;
  readonly datagrams: TokenBucket | undefined;
  /** Senders, longest silent first. */
  readonly senders: Set<Sender>;
  /** Datagrams dropped because of the rate. */
  rateLimited: number;
}

/** An incomplete message with its reserved memory. */
export interface Waiting {
  readonly message: PendingMessage;
  readonly admission: Admission;
  readonly sender: Sender;
  readonly sequence: number;
  readonly sinceMillis: number;
  /** The queue of `Reassembly` that contains it. */
  readonly queue: Set<Waiting>;
  sizeBytes: number;
}

/** Identity of a session. */
export interface SenderIdentity {
  readonly peer: Peer;
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly session: string;
}

/** Sequences of the first received datagram of a session. */
export interface FirstSequences {
  readonly sequence: number;
  readonly messageSequence: number;
}

/** A session at one address and port, with its state. */
export class Sender implements SenderIdentity {
  readonly peer: Peer;
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly session: string;
  readonly datagrams: SequenceWindow;
  /** Finished messages, delivered or not. */
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
  /** Time of the last datagram with a new sequence. */
  lastArrivalMillis: number;
  /** Time at which the sender last moved to the end of its queues. */
  touchedMillis: number;
  lastChallengeMillis = Number.NEGATIVE_INFINITY;
  lastReportMillis: number;
  reports = 0;
  /** Whether anything was received since the last report. */
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

  /** Counts received bytes, which limit what may be sent to the address. */
  credit(bytes: number): void {
    this.#receivedBytes += bytes;
    this.#receivedDatagrams++;
  }

  /** Whether `bytes` may be sent to the address; counts them if so. Headers below UDP are equal in both directions. */
  spend(bytes: number): boolean {
    const fits = this.#sentBytes + bytes <= this.#receivedBytes && this.#sentDatagrams < this.#receivedDatagrams;
    if (!this.isProved && !fits) return false;
    this.#sentBytes += bytes;
    this.#sentDatagrams++;
    return true;
  }
}

/** Returns the start of a session: 0 for a new one, or the current sequence for one that began before this receiver. */
function startOf(sequence: number): number {
  return sequence < REORDER_WINDOW ? 0 : sequence;
}
