import type { Admission } from '../contract.ts';
import type { UdpCounters } from './datagram.ts';
import type { PendingMessage } from './pending-message.ts';
import { SequenceWindow } from './sequence-window.ts';
import type { TokenBucket } from './token-bucket.ts';

/** Datagrams by which a straggler may come late and not be counted as lost meanwhile. */
const REORDER_WINDOW = 64;
/** Datagrams and messages of which it is remembered whether they came. */
const REMEMBERED = 2048;
/** After so much silence nothing is awaited any more. */
const SETTLED_MILLIS = 250;

/** What the senders of one address (for IPv6, of one /64) share. */
export interface Peer {
  readonly key: string;
  readonly bytes: TokenBucket | undefined;
  readonly datagrams: TokenBucket | undefined;
  /** Longest silent first. */
  readonly senders: Set<Sender>;
  /** Datagrams that were dropped because they came too fast. */
  rateLimited: number;
}

/** A message that waits for fragments, with the memory that it holds. */
export interface Waiting {
  readonly message: PendingMessage;
  readonly admission: Admission;
  readonly sender: Sender;
  readonly sequence: number;
  readonly sinceMillis: number;
  /** The queue of `Reassembly` that it stands in. */
  readonly queue: Set<Waiting>;
  sizeBytes: number;
}

/** Whose a session is. */
export interface SenderIdentity {
  readonly peer: Peer;
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly session: string;
}

/** The sequences of the first datagram that came of a session. */
export interface FirstSequences {
  readonly sequence: number;
  readonly messageSequence: number;
}

/** One session at one address and port, and all that is known of it. */
export class Sender implements SenderIdentity {
  readonly peer: Peer;
  readonly key: string;
  readonly address: string;
  readonly port: number;
  readonly session: string;
  readonly datagrams: SequenceWindow;
  /** Messages that are done with, delivered or not. */
  readonly messages: SequenceWindow;
  readonly waiting = new Map<number, Waiting>();
  waitingBytes = 0;

  corrupt = 0;
  messagesTaken = 0;
  messagesRefused = 0;
  messagesIncomplete = 0;
  fragmentsRecovered = 0;

  /** Whether it has sent a cookie back, so that the address is its own. */
  isProved = false;
  lastSeenMillis: number;
  /** When a datagram with a new sequence came last. */
  lastArrivalMillis: number;
  /** When it last moved to the end of its queues. */
  touchedMillis: number;
  lastChallengeMillis = Number.NEGATIVE_INFINITY;
  lastReportMillis: number;
  reports = 0;
  /** Whether something came since the last report. */
  isNews = false;
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
    this.datagrams = new SequenceWindow(REMEMBERED, beginningOf(first.sequence));
    this.messages = new SequenceWindow(REMEMBERED, beginningOf(first.messageSequence));
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

  /** Counts what came from the address, which is what may go back to it. */
  credit(bytes: number): void {
    this.#receivedBytes += bytes;
    this.#receivedDatagrams++;
  }

  /** Whether `bytes` may be sent to the address; if so, they are counted. Headers below UDP are alike both ways. */
  spend(bytes: number): boolean {
    const fits = this.#sentBytes + bytes <= this.#receivedBytes && this.#sentDatagrams < this.#receivedDatagrams;
    if (!this.isProved && !fits) return false;
    this.#sentBytes += bytes;
    this.#sentDatagrams++;
    return true;
  }
}

/** A session that is just beginning counts from 0; one that was under way when this receiver began, from then. */
function beginningOf(sequence: number): number {
  return sequence < REORDER_WINDOW ? 0 : sequence;
}
