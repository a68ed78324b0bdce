import type { UdpCounters } from './datagram.ts';

/** Statistics of one sender. */
export interface UdpSenderStats extends UdpCounters {
  /** Address of the sender: `127.0.0.1:50312`. */
  readonly address: string;
  /** Whether the sender has proved its address. */
  readonly proved: boolean;
}

/** Server counters since its start. */
export interface UdpServerStats {
  /** Totals over all senders, including dropped ones. */
  readonly total: UdpCounters;
  /** Number of datagrams with another format or an unknown version. */
  readonly foreign: number;
  /** Number of datagrams without the tag that `sharedKey` requires, or with an unexpected one. */
  readonly unauthenticated: number;
  /** Number of intact datagrams with invalid contents. */
  readonly malformed: number;
  /** Total size of incomplete messages. */
  readonly waitingBytes: number;
  /** Known senders. */
  readonly senders: readonly UdpSenderStats[];
}
