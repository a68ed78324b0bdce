import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { type Clock, systemClock } from '../clock.ts';
import type { ExportHandler, ExportServer } from '../contract.ts';
import type { SharedKey } from './integrity.ts';
import { createReception, type Reception } from './reception.ts';
import { bindUdp, type UdpSocket } from './socket.ts';
import type { UdpServerStats } from './stats.ts';

/** How a UDP server is set up. Only the endpoint is needed. */
export interface UdpServerOptions {
  /** Where to listen: `127.0.0.1:4316`, `[::1]:0`. */
  readonly endpoint: string;
  /** Several threads or processes listen on one port, and the kernel spreads senders. Default `false`. */
  readonly reusePort?: boolean;
  /** What the kernel shall hold while this thread is busy; it may grant less. Default 8 MiB. */
  readonly receiveBufferBytes?: number;
  /** Signals that are taken; default all. */
  readonly signals?: readonly Signal[];
  /** Largest message, before and after decompression. Default 4 MiB. */
  readonly maxMessageBytes?: number;
  /** How long a message may wait for missing fragments. Default 2,000. */
  readonly reassemblyTimeoutMillis?: number;
  /** Messages of one sender that may wait. Default 64. */
  readonly maxWaitingMessagesPerSender?: number;
  /** Bytes of one sender that may wait. Default 8 MiB. */
  readonly maxWaitingBytesPerSender?: number;
  /** Bytes of all senders that may wait. Default 64 MiB. */
  readonly maxWaitingBytes?: number;
  /** Of one address (for IPv6, one /64); more is dropped. 0 is no limit. Default 64 MiB. */
  readonly maxBytesPerSecond?: number;
  /** The same in datagrams. Default 100,000. */
  readonly maxDatagramsPerSecond?: number;
  /** Senders that are known at once. Default 4,096. */
  readonly maxSenders?: number;
  /** A sender is forgotten after so much silence. Default 300,000. */
  readonly idleTimeoutMillis?: number;
  /** How often senders are told what has arrived. Default 1,000. */
  readonly reportIntervalMillis?: number;
  /** Only datagrams with a tag under this key are taken. */
  readonly sharedKey?: SharedKey;
  /** Told of a handler that rejects, which is a bug. */
  readonly onInternalError?: (error: unknown) => void;
  readonly clock?: Clock;
}

/** A UDP server, whose `connectionCount` is the number of senders that are known. */
export interface UdpServer extends ExportServer {
  stats(): UdpServerStats;
}

const MIB = 2 ** 20;

/**
 * Starts a server for the datagrams of docs/protocol/udp.md. Nobody is told what became of a message; senders get
 * reports of what has arrived. Throws `ListenError` or `EndpointError` when it cannot listen.
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

  /** Datagrams go where the kernel's hash of their addresses sends them. */
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
