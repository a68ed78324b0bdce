import { ACCEPTED, type OtlpEncoding, type Outcome, REQUEST_MESSAGES, type Signal } from '@otelier/otlp';
import { connectionOutcome } from '../client/connection-outcome.ts';
import { type Clock, systemClock } from '../clock.ts';
import { requireCompression } from '../compression/compression.ts';
import type { Compression, ExportClient, ExportOptions } from '../contract.ts';
import type { Message } from './cut-message.ts';
import { COUNTERS, FRAGMENT_HEADER_BYTES, MAX_DATAGRAM_BYTES, type UdpCounters } from './datagram.ts';
import { type SharedKey, trailerBytes } from './integrity.ts';
import type { PaceOptions } from './pacer.ts';
import { type Envelope, packRequest } from './pack-request.ts';
import { parseUdpEndpoint } from './socket.ts';
import { openUdpSession, type UdpSession, type UdpSessionStats } from './udp-session.ts';

/** How a UDP client is set up. Only the endpoint is needed. */
export interface UdpClientOptions {
  /** `127.0.0.1:4316`, `[::1]:4316`, `host:port`. */
  readonly endpoint: string;
  /** Default `protobuf`. */
  readonly encoding?: OtlpEncoding;
  /** Default `none`. */
  readonly compression?: Compression;
  readonly compressionLevel?: number;
  /** Largest datagram, headers of UDP and IP apart. Default 1,400, which passes tunnels; up to 65,507 on loopback. */
  readonly maxDatagramBytes?: number;
  /**
   * Most fragments of one message. A larger request is split between its items into several. Every lost fragment costs
   * its whole message, so fewer are better on a network that loses: with 1, a lost datagram costs the items in it
   * alone. Default 8.
   */
  readonly maxFragments?: number;
  /** Forward error correction: one datagram more for every `groupSize`, which replaces any one of them. Default none. */
  readonly fec?: { readonly groupSize: number };
  /** How often each datagram is sent. Default 1. */
  readonly repeat?: number;
  /** Default 32 MiB a second in bursts of 64 KiB, which fit the receive buffer that Linux gives by default. */
  readonly pace?: Partial<PaceOptions>;
  /** Puts a tag under this key on each datagram. */
  readonly sharedKey?: SharedKey;
  /** How often the receiver is asked what has arrived, while something is being sent. Default 1,000. */
  readonly reportIntervalMillis?: number;
  /** Told of every report. */
  readonly onReport?: (stats: UdpClientStats) => void;
  readonly clock?: Clock;
}

/** What a client has sent since its creation, and what the receiver reports of it. */
export interface UdpClientStats {
  readonly messages: number;
  /** Datagrams with fragments or parity; not those about cookies and reports. */
  readonly datagrams: number;
  readonly bytes: number;
  /** What receivers have reported; all zero until the first report. */
  readonly reported: UdpCounters;
}

/** A UDP client, which knows what was lost. */
export interface UdpClient extends ExportClient {
  stats(): UdpClientStats;
}

/** Thrown for options of a UDP client that cannot be; raised at creation. */
export class UdpOptionsError extends Error {
  override readonly name = 'UdpOptionsError';
}

/**
 * Makes a client that fires and forgets: `accepted` says that the kernel has taken all datagrams, not that anybody got
 * them. An error on the way is `retry`, although a part may have been sent by then. Requests that are too large are
 * split between items (they must be canonical, see `normalizeRequest`); an item that fits no message by itself is
 * rejected. Throws `EndpointError`, `UdpOptionsError` or `UnsupportedCompressionError` for its options.
 */
export function createUdpClient(options: UdpClientOptions): UdpClient {
  return new RunningUdpClient(options);
}

class RunningUdpClient implements UdpClient {
  readonly #options: UdpClientOptions;
  readonly #clock: Clock;
  readonly #envelope: Envelope;
  /** Sums of the links before the present one. */
  #past: UdpClientStats = NOTHING_SENT;
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
    const { messages, rejectedItems } = await packRequest(signal, parts, this.#envelope);
    if (messages.length > 0) {
      const failure = await this.#send(messages, abort);
      if (failure !== undefined) return connectionOutcome(failure);
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
      return `${this.#options.endpoint}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** The present link. One that has failed says so once, and is replaced by the next request. */
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
const NOTHING_SENT: UdpClientStats = { messages: 0, datagrams: 0, bytes: 0, reported: NOTHING_REPORTED };

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
