import type { FirstSequences, Peer } from './sender.ts';
import { Sender } from './sender.ts';
import { TokenBucket } from './token-bucket.ts';

/** Limits of the table, and the rate limits per address. */
export interface SenderLimits {
  readonly maxSenders: number;
  /** Limit per second and address; 0 for no limit. */
  readonly bytesPerSecond: number;
  readonly datagramsPerSecond: number;
}

/** Moving a sender to the end of its queue has a cost, and doing so once per second is precise enough. */
const TOUCH_MILLIS = 1000;

/**
 * The known senders. When the table is full, the sender that has been silent longest is dropped, starting with those
 * whose addresses are unproved, so that forged addresses displace one another. One address may occupy at most a quarter
 * of the table.
 */
export class SenderTable {
  /** Number of datagrams dropped by the rate limit. */
  rateLimited = 0;
  readonly #limits: SenderLimits;
  readonly #onForgotten: (sender: Sender) => void;
  readonly #peers = new Map<string, Peer>();
  readonly #byKey = new Map<string, Sender>();
  /** Senders, longest silent first. */
  readonly #unproved = new Set<Sender>();
  readonly #proved = new Set<Sender>();

  constructor(limits: SenderLimits, onForgotten: (sender: Sender) => void) {
    this.#limits = limits;
    this.#onForgotten = onForgotten;
  }

  get size(): number {
    return this.#byKey.size;
  }

  values(): Iterable<Sender> {
    return this.#byKey.values();
  }

  /**
   * Takes a datagram from the rate limit of its address. Returns `false` if it exceeds the limit. Addresses without
   * senders have no rate limit.
   */
  admits(address: string, bytes: number, nowMillis: number): boolean {
    const peer = this.#peers.get(peerKey(address));
    if (peer === undefined) return true;
    if ((peer.datagrams?.take(1, nowMillis) ?? true) && (peer.bytes?.take(bytes, nowMillis) ?? true)) return true;
    peer.rateLimited++;
    this.rateLimited++;
    return false;
  }

  find(address: string, port: number, session: string): Sender | undefined {
    return this.#byKey.get(senderKey(address, port, session));
  }

  add(address: string, port: number, session: string, first: FirstSequences, nowMillis: number): Sender {
    const peer = this.#peerOf(address, nowMillis);
    const oldestOfPeer = peer.senders.values().next().value;
    if (oldestOfPeer !== undefined && peer.senders.size >= Math.ceil(this.#limits.maxSenders / 4)) {
      this.forget(oldestOfPeer);
    }
    if (this.size >= this.#limits.maxSenders) this.#forgetOldest();
    const identity = { peer, key: senderKey(address, port, session), address, port, session };
    const sender = new Sender(identity, first, nowMillis);
    this.#byKey.set(sender.key, sender);
    this.#peers.set(peer.key, peer);
    peer.senders.add(sender);
    this.#unproved.add(sender);
    return sender;
  }

  touch(sender: Sender, nowMillis: number): void {
    if (nowMillis - sender.touchedMillis < TOUCH_MILLIS) return;
    sender.touchedMillis = nowMillis;
    for (const queue of [sender.peer.senders, sender.isProved ? this.#proved : this.#unproved]) {
      queue.delete(sender);
      queue.add(sender);
    }
  }

  /** Marks the address of a sender as proved. */
  prove(sender: Sender): void {
    sender.isProved = true;
    this.#unproved.delete(sender);
    this.#proved.add(sender);
  }

  forget(sender: Sender): void {
    this.#byKey.delete(sender.key);
    this.#unproved.delete(sender);
    this.#proved.delete(sender);
    sender.peer.senders.delete(sender);
    if (sender.peer.senders.size === 0) this.#peers.delete(sender.peer.key);
    this.#onForgotten(sender);
  }

  #forgetOldest(): void {
    const oldest = this.#unproved.values().next().value ?? this.#proved.values().next().value;
    if (oldest !== undefined) this.forget(oldest);
  }

  #peerOf(address: string, nowMillis: number): Peer {
    const key = peerKey(address);
    const known = this.#peers.get(key);
    if (known !== undefined) return known;
    const bucket = (perSecond: number) =>
      perSecond === 0 ? undefined : new TokenBucket(perSecond, perSecond, nowMillis);
    const { bytesPerSecond, datagramsPerSecond } = this.#limits;
    return {
      key,
      bytes: bucket(bytesPerSecond),
      datagrams: bucket(datagramsPerSecond),
      senders: new Set(),
      rateLimited: 0,
    };
  }
}

function senderKey(address: string, port: number, session: string): string {
  return `${session}${port} ${address}`;
}

/** Returns the rate-limiting key of an address: the /64 network for IPv6, the address for IPv4. */
function peerKey(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  if (tail === undefined) return groups.slice(0, 4).join(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = new Array<string>(Math.max(0, 8 - groups.length - after.length)).fill('0');
  return [...groups, ...zeros, ...after].slice(0, 4).join(':');
}
