import type { OtlpEncoding, Outcome, Signal } from '@otelier/otlp';
import type { Clock } from '../clock.ts';
import { decompress } from '../compression/compression.ts';
import type { Admission, ExportHandler, ExportRequest } from '../contract.ts';
import { formatEndpoint } from '../endpoint.ts';
import { InFlight } from '../server/drain.ts';
import { Cookies } from './cookies.ts';
import { COUNTERS, type Datagram, type Fragment, readDatagram, sessionOf, type UdpCounters } from './datagram.ts';
import { messageCheck, type SharedKey } from './integrity.ts';
import type { PendingMessage } from './pending-message.ts';
import { Reassembly, type ReassemblyLimits } from './reassembly.ts';
import type { Sender } from './sender.ts';
import { type SenderLimits, SenderTable } from './sender-table.ts';
import type { UdpServerStats } from './stats.ts';
import { writeCookie, writeReport } from './write-datagram.ts';

/** Dependencies of `createReception`. */
export interface ReceptionOptions {
  readonly signals: readonly Signal[];
  readonly maxMessageBytes: number;
  readonly reassembly: ReassemblyLimits;
  readonly senders: SenderLimits;
  readonly idleTimeoutMillis: number;
  readonly reportIntervalMillis: number;
  readonly key: SharedKey | undefined;
  readonly onInternalError: (error: unknown) => void;
  readonly clock: Clock;
  readonly send: (bytes: Uint8Array, port: number, address: string) => void;
}

/** Handles the datagrams of all senders. */
export interface Reception {
  readonly senderCount: number;
  receive(bytes: Buffer, from: Origin): void;
  stats(): UdpServerStats;
  /** Stops accepting datagrams and drops incomplete messages. */
  stop(): void;
  /** Resolves when no message is in flight, or after `graceMillis`. */
  idle(graceMillis: number): Promise<void>;
}

interface Origin {
  readonly address: string;
  readonly port: number;
}

/** Creates the socket-independent part of a server. */
export function createReception(options: ReceptionOptions, handler: ExportHandler): Reception {
  return new RunningReception(options, handler);
}

const NO_HEADERS: ExportRequest['headers'] = Object.freeze({});

class RunningReception implements Reception {
  readonly #options: ReceptionOptions;
  readonly #handler: ExportHandler;
  readonly #senders: SenderTable;
  readonly #reassembly: Reassembly;
  readonly #cookies = new Cookies();
  readonly #inFlight = new InFlight();
  /** Totals of dropped senders, and corruption that cannot be attributed to a sender. */
  readonly #past = zeros();
  readonly #rejected = { foreign: 0, unauthenticated: 0, malformed: 0 };
  #stopped = false;
  #cancelTick: (() => void) | undefined;

  constructor(options: ReceptionOptions, handler: ExportHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#reassembly = new Reassembly(options.reassembly, handler, ({ sender, sequence }) => {
      sender.messages.add(sequence);
      sender.messagesIncomplete++;
    });
    this.#senders = new SenderTable(options.senders, (sender) => this.#forgotten(sender));
  }

  get senderCount(): number {
    return this.#senders.size;
  }

  receive(bytes: Buffer, from: Origin): void {
    if (this.#stopped) return;
    const now = this.#options.clock.monotonic();
    const { address, port } = from;
    // The rate limit comes first: excess datagrams must cost almost nothing.
    if (!this.#senders.admits(address, bytes.length, now)) return;
    const datagram = readDatagram(bytes, this.#options.key);
    if (typeof datagram === 'string') {
      if (datagram === 'corrupt') this.#countCorrupt(bytes, from);
      else this.#rejected[datagram]++;
      return;
    }
    const sender = this.#senderOf(datagram, address, port, now);
    if (sender === undefined) return;
    sender.credit(bytes.length);
    sender.lastSeenMillis = now;
    sender.hasUnreportedInput = true;
    this.#senders.touch(sender, now);
    // The challenge comes first: the remaining bytes are sufficient for a later report.
    if (!sender.isProved && datagram.kind !== 'proof') this.#challenge(sender, now);
    this.#process(sender, datagram, now);
  }

  stats(): UdpServerStats {
    const now = this.#options.clock.monotonic();
    const total = { ...this.#past };
    const senders = [...this.#senders.values()].map((sender) => {
      const counters = sender.counters(now);
      add(total, counters);
      const address = formatEndpoint({ kind: 'tcp', host: sender.address, port: sender.port });
      return { address, proved: sender.isProved, ...counters };
    });
    // Not summed over senders, because each sender reports the counter of its whole address.
    total.rateLimited = this.#senders.rateLimited;
    return { total, ...this.#rejected, waitingBytes: this.#reassembly.sizeBytes, senders };
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTick?.();
    for (const sender of this.#senders.values()) this.#reassembly.forget(sender);
  }

  idle(graceMillis: number): Promise<void> {
    return this.#inFlight.idle(graceMillis);
  }

  #senderOf(datagram: Datagram, address: string, port: number, now: number): Sender | undefined {
    const known = this.#senders.find(address, port, datagram.session);
    // Only datagrams with a sequence number start a session.
    if (known !== undefined || !('messageSequence' in datagram)) return known;
    const sender = this.#senders.add(address, port, datagram.session, datagram, now);
    this.#cancelTick ??= this.#armTick();
    return sender;
  }

  #process(sender: Sender, datagram: Datagram, now: number): void {
    switch (datagram.kind) {
      case 'data':
      case 'parity':
        if (sender.datagrams.add(datagram.sequence) !== 'new') return;
        sender.lastArrivalMillis = now;
        this.#fragment(sender, datagram, now);
        return;
      case 'mark':
        sender.datagrams.advance(datagram.sequence);
        this.#report(sender, now);
        return;
      case 'proof':
        if (sender.isProved) return;
        if (!this.#cookies.proves(datagram.cookie, sender.address, sender.port, sender.session, now)) return;
        this.#senders.prove(sender);
        this.#report(sender, now);
        return;
      default:
        // Reports and challenges are only sent in the other direction.
        this.#rejected.malformed++;
    }
  }

  #fragment(sender: Sender, fragment: Fragment, now: number): void {
    const { messageSequence, header } = fragment;
    // A repeated fragment of a finished message.
    if (sender.messages.has(messageSequence)) return;
    if (header.length > this.#options.maxMessageBytes || !this.#options.signals.includes(header.signal)) {
      this.#refuse(sender, messageSequence);
      return;
    }
    const assembled = this.#reassembly.add(sender, fragment, now);
    switch (assembled.kind) {
      case 'waiting':
        return;
      case 'contradiction':
        this.#rejected.malformed++;
        return;
      case 'no_memory':
        this.#refuse(sender, messageSequence);
        return;
      case 'complete':
        sender.messages.add(messageSequence);
        sender.fragmentsRecovered += assembled.message.recovered;
        this.#complete(sender, assembled.message, assembled.admission);
    }
  }

  #refuse(sender: Sender, messageSequence: number): void {
    sender.messages.add(messageSequence);
    sender.messagesRefused++;
  }

  #complete(sender: Sender, message: PendingMessage, admission: Admission): void {
    const body = message.body();
    const { header } = message;
    if (messageCheck(body) !== header.check) {
      sender.corrupt++;
      sender.messagesRefused++;
      admission.release();
      return;
    }
    this.#inFlight.begin();
    const outcome = this.#forward(header, body, admission);
    if (outcome instanceof Promise) void outcome.then((late) => this.#settle(sender, late, admission));
    else this.#settle(sender, outcome, admission);
  }

  /** Decompresses a message and passes it to the handler. Returns synchronously if there is nothing to await. */
  #forward(header: PendingMessage['header'], body: Uint8Array, admission: Admission): Outcome | Promise<Outcome> {
    const { signal, encoding, compression } = header;
    try {
      if (compression === 'none') return this.#guard(this.#export(signal, encoding, body));
      const limits = {
        maxBytes: this.#options.maxMessageBytes,
        grow: (more: number) => admission.grow(more),
        shrink: (less: number) => admission.shrink?.(less),
      };
      const expanded = decompress(compression, body, limits);
      if (expanded instanceof Promise) {
        return this.#guard(
          expanded.then((late) => (late.kind === 'ok' ? this.#export(signal, encoding, late.body) : NOT_DECOMPRESSED)),
        );
      }
      return expanded.kind === 'ok' ? this.#guard(this.#export(signal, encoding, expanded.body)) : NOT_DECOMPRESSED;
    } catch (error) {
      return this.#failed(error);
    }
  }

  #export(signal: Signal, encoding: OtlpEncoding, body: Uint8Array): Outcome | Promise<Outcome> {
    return this.#handler.export({ signal, encoding, body, headers: NO_HEADERS, subject: undefined, transport: 'udp' });
  }

  #guard(outcome: Outcome | Promise<Outcome>): Outcome | Promise<Outcome> {
    return outcome instanceof Promise ? outcome.catch((error: unknown) => this.#failed(error)) : outcome;
  }

  #failed(error: unknown): Outcome {
    this.#options.onInternalError(error);
    return { kind: 'refused', reason: 'internal error' };
  }

  #settle(sender: Sender, outcome: Outcome, admission: Admission): void {
    if (outcome.kind === 'accepted' || outcome.kind === 'partial') sender.messagesTaken++;
    else sender.messagesRefused++;
    sender.hasUnreportedInput = true;
    admission.release();
    this.#inFlight.end();
  }

  #challenge(sender: Sender, now: number): void {
    if (now - sender.lastChallengeMillis < this.#options.reportIntervalMillis) return;
    const cookie = this.#cookies.issue(sender.address, sender.port, sender.session, now);
    const bytes = writeCookie({ session: sender.session, key: this.#options.key }, 'challenge', cookie);
    if (!sender.spend(bytes.length)) return;
    sender.lastChallengeMillis = now;
    this.#options.send(bytes, sender.port, sender.address);
  }

  #report(sender: Sender, now: number): void {
    const writer = { session: sender.session, key: this.#options.key };
    const bytes = writeReport(writer, sender.reports + 1, sender.datagrams.next, sender.counters(now));
    if (!sender.spend(bytes.length)) return;
    sender.reports++;
    sender.lastReportMillis = now;
    sender.hasUnreportedInput = false;
    this.#options.send(bytes, sender.port, sender.address);
  }

  /**
   * Counts corruption for the sender named by the datagram, if it exists. The sequence window also counts it as lost.
   */
  #countCorrupt(bytes: Buffer, { address, port }: Origin): void {
    const sender = this.#senders.find(address, port, sessionOf(bytes));
    if (sender === undefined) this.#past.corrupt++;
    else sender.corrupt++;
  }

  #forgotten(sender: Sender): void {
    this.#reassembly.forget(sender);
    // None of its datagrams are expected anymore.
    add(this.#past, sender.counters(Number.POSITIVE_INFINITY));
  }

  #armTick(): () => void {
    const { reportIntervalMillis, reassembly, clock } = this.#options;
    return clock.setTimeout(
      () => this.#tick(),
      Math.max(1, Math.min(reportIntervalMillis, reassembly.timeoutMillis / 2)),
    );
  }

  #tick(): void {
    const { clock, reportIntervalMillis, idleTimeoutMillis } = this.#options;
    const now = clock.monotonic();
    this.#reassembly.expire(now);
    for (const sender of this.#senders.values()) {
      if (now - sender.lastSeenMillis >= idleTimeoutMillis) this.#senders.forget(sender);
      else if (sender.isProved && sender.hasUnreportedInput && now - sender.lastReportMillis >= reportIntervalMillis) {
        this.#report(sender, now);
      }
    }
    this.#cancelTick = this.senderCount > 0 ? this.#armTick() : undefined;
  }
}

const NOT_DECOMPRESSED: Outcome = { kind: 'refused', reason: 'the message does not decompress within its limits' };

type Sums = { -readonly [Name in keyof UdpCounters]: UdpCounters[Name] };

function zeros(): Sums {
  return Object.fromEntries(COUNTERS.map((name) => [name, 0])) as Sums;
}

function add(sums: Sums, counters: UdpCounters): void {
  for (const name of COUNTERS) sums[name] += counters[name];
}
