import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { type Clock, systemClock } from '../clock.ts';
import type { ExportHandler, ExportServer } from '../contract.ts';
import type { SharedKey } from './integrity.ts';
import { createReception, type Reception } from './reception.ts';
import { bindUdp, type UdpSocket } from './socket.ts';
import type { UdpServerStats } from './stats.ts';

/** Options for `createUdpServer`. Only the endpoint is required. */
export interface UdpServerOptions {
  /** Address to listen on: `127.0.0.1:4316`, `[::1]:0`. */
  readonly endpoint: string;
  /**
   * Whether several threads or processes share the port, with senders distributed by the kernel. Defaults to `false`.
   */
  readonly reusePort?: boolean;
  /** Size of the kernel's receive buffer. The kernel may grant less. Defaults to 8 MiB. */
  readonly receiveBufferBytes?: number;
  /** Accepted signals. Defaults to all. */
  readonly signals?: readonly Signal[];
  /** Maximum size of a message, before and after decompression. Defaults to 4 MiB. */
  readonly maxMessageBytes?: number;
  /** How long a message waits for missing fragments. Defaults to 2,000. */
  readonly reassemblyTimeoutMillis?: number;
  /** Maximum number of incomplete messages per sender. Defaults to 64. */
  readonly maxWaitingMessagesPerSender?: number;
  /** Maximum total size of incomplete messages per sender. Defaults to 8 MiB. */
  readonly maxWaitingBytesPerSender?: number;
  /** Maximum total size of all incomplete messages. Defaults to 64 MiB. */
  readonly maxWaitingBytes?: number;
  /**
   * Maximum bytes per second and address (for IPv6, per /64 network). Excess datagrams are dropped. 0 means no limit.
   * Defaults to 64 MiB.
   */
  readonly maxBytesPerSecond?: number;
  /** Maximum datagrams per second and address. Defaults to 100,000. */
  readonly maxDatagramsPerSecond?: number;
  /** Maximum number of known senders. Defaults to 4,096. */
  readonly maxSenders?: number;
  /** How long a sender may be silent before it is dropped. Defaults to 300,000. */
  readonly idleTimeoutMillis?: number;
  /** Interval between reports to senders. Defaults to 1,000. */
  readonly reportIntervalMillis?: number;
  /** Shared key. Datagrams that are not tagged with it are rejected. */
  readonly sharedKey?: SharedKey;
  /** Called when a handler rejects, which is a bug. */
  readonly onInternalError?: (error: unknown) => void;
  readonly clock?: Clock;
}

/** A UDP server. Its `connectionCount` is the number of known senders. */
export interface UdpServer extends ExportServer {
  stats(): UdpServerStats;
}

const MIB = 2 ** 20;

/**
 * Starts a server for the datagrams specified in docs/protocol/udp.md. Senders do not receive message outcomes, only
 * reports of what has arrived. Throws `ListenError` or `EndpointError` if it cannot listen.
 */
export async function createUdpServer(options: UdpServerOptions, handler: ExportHandler): Promise<UdpServer> {
  const socket = await bindUdp(options.endpoint, {
    reusePort: options.reusePort ?? false,
    receiveBufferBytes: options.receiveBufferBytes ?? 8 * MIB,
  });
  const maxMessageBytes = options.maxMessageBytes ?? 4 * MIB;
  const reception = createReception(
    {
      signals: options.signals ?? SIGNAL_NAMES,
      maxMessageBytes,
      reassembly: {
        timeoutMillis: options.reassemblyTimeoutMillis ?? 2000,
        maxMessagesPerSender: options.maxWaitingMessagesPerSender ?? 64,
        maxBytesPerSender: options.maxWaitingBytesPerSender ?? 8 * MIB,
        maxBytes: options.maxWaitingBytes ?? 64 * MIB,
      },
      senders: {
        bytesPerSecond: options.maxBytesPerSecond ?? 64 * MIB,
        datagramsPerSecond: options.maxDatagramsPerSecond ?? 100_000,
        maxSenders: options.maxSenders ?? 4096,
      },
      idleTimeoutMillis: options.idleTimeoutMillis ?? 300_000,
      reportIntervalMillis: options.reportIntervalMillis ?? 1000,
      key: options.sharedKey,
      onInternalError: options.onInternalError ?? (() => {}),
      clock: options.clock ?? systemClock,
      send: (bytes, port, address) => socket.send(bytes, port, address),
    },
    handler,
  );
  socket.onDatagram((bytes, from) => reception.receive(bytes, from));
  return new RunningUdpServer(socket, reception);
}

class RunningUdpServer implements UdpServer {
  readonly address: string;
  readonly #socket: UdpSocket;
  readonly #reception: Reception;
  #shutdown: Promise<void> | undefined;

  constructor(socket: UdpSocket, reception: Reception) {
    this.address = socket.address;
    this.#socket = socket;
    this.#reception = reception;
  }

  get connectionCount(): number {
    return this.#reception.senderCount;
  }

  /** Returns `false`, because the kernel assigns datagrams by the hash of their addresses. */
  moveConnection(): boolean {
    return false;
  }

  stats(): UdpServerStats {
    return this.#reception.stats();
  }

  shutdown(graceMillis = 10_000): Promise<void> {
    this.#shutdown ??= this.#drain(graceMillis);
    return this.#shutdown;
  }

  async #drain(graceMillis: number): Promise<void> {
    this.#reception.stop();
    await this.#reception.idle(graceMillis);
    await this.#socket.close();
  }
}
