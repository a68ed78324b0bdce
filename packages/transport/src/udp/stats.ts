import type { UdpCounters } from './datagram.ts';

/** State of one sender. */
export interface UdpSenderStats extends UdpCounters {
  /** Address of the sender: `127.0.0.1:50312`. */
  readonly address: string;
  /** Whether the sender has proved its address. */
  readonly proved: boolean;
}

/** Counters of a server since its start. */
export interface UdpServerStats {
  /** Sums over all senders, including dropped ones. */
  readonly total: UdpCounters;
  /** Datagrams of another format or of an unknown version. */
  readonly foreign: number;
  /** Datagrams without the tag that `sharedKey` requires, or with an unexpected one. */
  readonly unauthenticated: number;
  /** Intact datagrams with invalid contents. */
  readonly malformed: number;
  /** Bytes of incomplete messages. */
  readonly waitingBytes: number;
  /** Known senders. */
  readonly senders: readonly UdpSenderStats[];
}
