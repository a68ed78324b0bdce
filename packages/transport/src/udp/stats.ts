import type { UdpCounters } from './datagram.ts';

/** What is known of one sender. */
export interface UdpSenderStats extends UdpCounters {
  /** `127.0.0.1:50312`. */
  readonly address: string;
  /** Whether the address has been shown to be the sender's own. */
  readonly proved: boolean;
}

/** What a server has seen since its start. */
export interface UdpServerStats {
  /** Sums over all senders, also those that are forgotten. */
  readonly total: UdpCounters;
  /** Datagrams that were no datagram of this format, or of a version that is not understood. */
  readonly foreign: number;
  /** Datagrams without the tag that `sharedKey` asks for, or with one that nobody asked for. */
  readonly unauthenticated: number;
  /** Datagrams that came whole and say what cannot be. */
  readonly malformed: number;
  /** Bytes that wait for missing fragments now. */
  readonly waitingBytes: number;
  /** Senders that are known now. */
  readonly senders: readonly UdpSenderStats[];
}
