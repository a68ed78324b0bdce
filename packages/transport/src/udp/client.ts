import { ACCEPTED, type OtlpEncoding, type Outcome, REQUEST_MESSAGES, type Signal } from '@otelier/otlp';
import { connectionOutcome, encodingOutcome, unreachableOutcome } from '../client/connection-outcome.ts';
import { type Clock, systemClock } from '../clock.ts';
import { requireCompression } from '../compression/compression.ts';
import type { Compression, ExportClient, ExportOptions } from '../contract.ts';
import { errorMessage } from '../error-message.ts';
import type { Message } from './cut-message.ts';
import { COUNTERS, FRAGMENT_HEADER_BYTES, MAX_DATAGRAM_BYTES, type UdpCounters } from './datagram.ts';
import { type SharedKey, trailerBytes } from './integrity.ts';
import type { PaceOptions } from './pacer.ts';
import { type Envelope, type PackedRequest, packRequest } from './pack-request.ts';
import { parseUdpEndpoint } from './socket.ts';
import { openUdpSession, type UdpSession, type UdpSessionStats } from './udp-session.ts';

/** Options for `createUdpClient`. Only the endpoint is required. */
export interface UdpClientOptions {
  /** Address of the receiver: `127.0.0.1:4316`, `[::1]:4316`, `host:port`. */
  readonly endpoint: string;
  /** Defaults to `protobuf`. */
  readonly encoding?: OtlpEncoding;
  /** Defaults to `none`. */
  readonly compression?: Compression;
  readonly compressionLevel?: number;
  /**
   * Maximum datagram size without UDP and IP headers. Defaults to 1,400, which fits through tunnels. On loopback, up to
   * 65,507.
   */
  readonly maxDatagramBytes?: number;
  /**
   * Maximum number of fragments per message. A larger request is split between its items. Each lost fragment loses its
   * whole message, so fewer are better on a lossy network: with 1, a lost datagram loses only the items it contains.
   * Defaults to 8.
   */
  readonly maxFragments?: number;
  /**
   * Forward error correction: one additional datagram per `groupSize` datagrams, which can replace any one of them.
   * Disabled by default.
   */
  readonly fec?: { readonly groupSize: number };
  /** Number of times that each datagram is sent. Defaults to 1. */
  readonly repeat?: number;
  /**
   * Rate limit. Defaults to 32 MiB per second in bursts of 64 KiB, which fit into the default receive buffer on Linux.
   */
  readonly pace?: Partial<PaceOptions>;
  /** Key used to tag each datagram. */
  readonly sharedKey?: SharedKey;
  /** Interval at which the receiver is asked for a report while data is being sent. Defaults to 1,000. */
  readonly reportIntervalMillis?: number;
  /** Called for every report. */
  readonly onReport?: (stats: UdpClientStats) => void;
  readonly clock?: Clock;
}

/** Client counters since its creation, and those reported by the receiver. */
export interface UdpClientStats {
  readonly messages: number;
  /** Datagrams with fragments or parity, excluding those for cookies and reports. */
  readonly datagrams: number;
  readonly bytes: number;
  /** Counters reported by receivers; all zero before the first report. */
  readonly reported: UdpCounters;
}

/** A UDP client with loss counters. */
export interface UdpClient extends ExportClient {
  stats(): UdpClientStats;
}

/** Thrown at creation for invalid UDP client options. */
export class UdpOptionsError extends Error {
  override readonly name = 'UdpOptionsError';
}

/**
 * Creates a fire-and-forget client: `accepted` means that the kernel has accepted all datagrams, not that they have
 * arrived. A send error is `retry`, although some datagrams may have been sent. Oversized requests are split between
 * items (they must be canonical; see `normalizeRequest`). Items that do not fit into any message are rejected. Throws
 * `EndpointError`, `UdpOptionsError` or `UnsupportedCompressionError` for invalid options.
 */
export function createUdpClient(options: UdpClientOptions): UdpClient {
  return new RunningUdpClient(options);
}

class RunningUdpClient implements UdpClient {
  readonly #options: UdpClientOptions;
  readonly #clock: Clock;
  readonly #envelope: Envelope;
  /** Totals of the previous sessions. */
  #past: UdpClientStats = NO_STATS;
  #opening: Promise<UdpSession> | undefined;
  #session: UdpSession | undefined;
  readonly #inFlight = new Set<Promise<Outcome>>();
  #closed = false;

  constructor(options: UdpClientOptions) {
    const { endpoint, encoding = 'protobuf', compression = 'none', compressionLevel, maxFragments = 8 } = options;
    parseUdpEndpoint(endpoint);
    requireCompression(compression);
    checkOptions(options);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const fragmentBytes = (options.maxDatagramBytes ?? 1400) - FRAGMENT_HEADER_BYTES - trailerBytes(options.sharedKey);
    const groupSize = options.fec?.groupSize ?? 0;
    this.#envelope = { encoding, compression, compressionLevel, fragmentBytes, maxFragments, groupSize };
  }

  stats(): UdpClientStats {
    return this.#session === undefined ? this.#past : sum(this.#past, this.#session.stats());
  }

  async export(signal: Signal, parts: readonly Uint8Array[], options: ExportOptions = {}): Promise<Outcome> {
    if (this.#closed) return connectionOutcome('the client has been shut down');
    if (this.#options.encoding === 'json' && REQUEST_MESSAGES[signal] === undefined) {
      return { kind: 'refused', reason: `${signal} cannot be sent as JSON` };
    }
    const sent = this.#export(signal, parts, options.signal);
    this.#inFlight.add(sent);
    try {
      return await sent;
    } finally {
      this.#inFlight.delete(sent);
    }
  }

  async shutdown(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#inFlight);
    await this.#session?.close();
  }

  async #export(signal: Signal, parts: readonly Uint8Array[], abort: AbortSignal | undefined): Promise<Outcome> {
    let packed: PackedRequest;
    try {
      packed = await packRequest(signal, parts, this.#envelope);
    } catch (error) {
      return encodingOutcome(signal, error);
    }
    const { messages, rejectedItems } = packed;
    if (messages.length > 0) {
      const failure = await this.#send(messages, abort);
      if (failure !== undefined) return abort?.aborted ? connectionOutcome(failure) : unreachableOutcome(failure);
    }
    if (rejectedItems === 0) return ACCEPTED;
    const reason = `items do not fit a message of ${this.#envelope.maxFragments} times ${this.#envelope.fragmentBytes} bytes`;
    return messages.length > 0 ? { kind: 'partial', rejectedItems, reason } : { kind: 'refused', reason };
  }

  async #send(messages: readonly Message[], abort: AbortSignal | undefined): Promise<string | undefined> {
    try {
      const session = await this.#usableSession();
      const failures = await Promise.all(messages.map((message) => session.send(message, abort)));
      return failures.find((failure) => failure !== undefined);
    } catch (error) {
      return `${this.#options.endpoint}: ${errorMessage(error)}`;
    }
  }

  /** Returns the current session. A failed session reports its error once and is replaced on the next request. */
  async #usableSession(): Promise<UdpSession> {
    if (this.#session?.failure !== undefined) {
      const broken = this.#session;
      this.#past = sum(this.#past, broken.stats());
      this.#session = undefined;
      this.#opening = undefined;
      await broken.close();
      throw new Error(broken.failure);
    }
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<UdpSession> {
    const { endpoint, sharedKey, pace, repeat = 1, reportIntervalMillis = 1000, onReport } = this.#options;
    try {
      this.#session = await openUdpSession({
        endpoint,
        key: sharedKey,
        pace: { bytesPerSecond: 32 * 2 ** 20, burstBytes: 64 * 1024, ...pace },
        repeat,
        reportIntervalMillis,
        clock: this.#clock,
        onReport: () => onReport?.(this.stats()),
      });
      return this.#session;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }
}

const NOTHING_REPORTED = Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Readonly<UdpCounters>;
const NO_STATS: UdpClientStats = { messages: 0, datagrams: 0, bytes: 0, reported: NOTHING_REPORTED };

function sum(past: UdpClientStats, { messages, datagrams, bytes, reported }: UdpSessionStats): UdpClientStats {
  const sums = COUNTERS.map((name) => [name, past.reported[name] + (reported?.[name] ?? 0)]);
  return {
    messages: past.messages + messages,
    datagrams: past.datagrams + datagrams,
    bytes: past.bytes + bytes,
    reported: Object.fromEntries(sums) as UdpCounters,
  };
}

function checkOptions({ maxDatagramBytes, maxFragments, fec, repeat, pace }: UdpClientOptions): void {
  check('maxDatagramBytes', maxDatagramBytes, 256, MAX_DATAGRAM_BYTES);
  check('maxFragments', maxFragments, 1, 65_535);
  check('fec.groupSize', fec?.groupSize, 1, 255);
  check('repeat', repeat, 1, 10);
  check('pace.bytesPerSecond', pace?.bytesPerSecond, 1, Number.MAX_SAFE_INTEGER);
  check('pace.burstBytes', pace?.burstBytes, 1, Number.MAX_SAFE_INTEGER);
}

function check(name: string, value: number | undefined, min: number, max: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= min && value <= max)) return;
  throw new UdpOptionsError(`${name}: expected a whole number from ${min} to ${max}, got ${value}`);
}
