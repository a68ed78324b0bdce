import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { Clock } from '../clock.ts';
import { cutMessage, type Message } from './cut-message.ts';
import { readDatagram, type UdpCounters } from './datagram.ts';
import type { SharedKey } from './integrity.ts';
import { type PaceOptions, Pacer } from './pacer.ts';
import { parseUdpEndpoint, resolveHost } from './socket.ts';
import { type Writer, writeCookie, writeFragment, writeMark } from './write-datagram.ts';

/** Options for `openUdpSession`. */
export interface UdpSessionOptions {
  readonly endpoint: string;
  readonly key: SharedKey | undefined;
  readonly pace: PaceOptions;
  /** Number of times that each datagram is sent. */
  readonly repeat: number;
  readonly reportIntervalMillis: number;
  readonly clock: Clock;
  /** Called for every report that is newer than the previous ones. */
  readonly onReport: () => void;
}

/** Counters of one session, and those reported by the receiver. */
export interface UdpSessionStats {
  readonly datagrams: number;
  readonly bytes: number;
  readonly messages: number;
  /** Counters from the last report; `undefined` before the first. */
  readonly reported: UdpCounters | undefined;
}

/** Number of marks without a report after which the session stops sending marks until it sends data again. */
const MAX_UNREPORTED = 10;

/** Opens a socket to the endpoint and starts a session. Rejects if the host is unknown. */
export async function openUdpSession(options: UdpSessionOptions): Promise<UdpSession> {
  const { host, port } = parseUdpEndpoint(options.endpoint);
  const { address, type } = await resolveHost(host === '' ? 'localhost' : host);
  const socket = createSocket({ type });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    // A connected socket receives datagrams only from its peer, and detects that no receiver is listening.
    socket.connect(port, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  return new UdpSession(socket, options);
}

/** A socket with a single session, which ends on its first error. */
export class UdpSession {
  readonly #socket: Socket;
  readonly #options: UdpSessionOptions;
  readonly #pacer: Pacer;
  readonly #writer: Writer;
  /** Serializes message sends. */
  #queue: Promise<unknown> = Promise.resolve();
  #datagrams = 0;
  #bytes = 0;
  #messages = 0;
  #failure: string | undefined;
  #closed = false;
  #cancelMark: (() => void) | undefined;
  #unreported = 0;
  #lastReport = { number: 0, expected: 0 };
  #reported: UdpCounters | undefined;

  constructor(socket: Socket, options: UdpSessionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#pacer = new Pacer(options.pace, options.clock);
    // A cryptographically random identifier: an attacker who guesses it could interfere with the session.
    this.#writer = { session: randomBytes(8).toString('latin1'), key: options.key };
    socket.on('message', (bytes) => this.#receive(bytes));
    socket.on('error', (error) => this.#fail(error));
    // Waiting for reports does not keep the process alive.
    socket.unref();
  }

  /** Why the session can no longer be used. */
  get failure(): string | undefined {
    return this.#failure;
  }

  stats(): UdpSessionStats {
    return {
      datagrams: this.#datagrams,
      bytes: this.#bytes,
      messages: this.#messages,
      reported: this.#reported,
    };
  }

  /**
   * Sends a message after all previous ones. Resolves with an error message, or with `undefined` once the kernel has
   * accepted all datagrams.
   */
  send(message: Message, abort: AbortSignal | undefined): Promise<string | undefined> {
    const sent = this.#queue.then(() => this.#send(message, abort));
    this.#queue = sent;
    return sent;
  }

  /** Sends a final mark and closes the socket. */
  async close(): Promise<void> {
    await this.#queue;
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelMark?.();
    if (this.#failure === undefined && this.#datagrams > 0) await this.#transmit(this.#mark());
    await new Promise<void>((resolve) => this.#socket.close(resolve));
  }

  async #send(message: Message, abort: AbortSignal | undefined): Promise<string | undefined> {
    const sequence = this.#messages++;
    const transferred: Promise<void>[] = [];
    for (let copy = 0; copy < this.#options.repeat; copy++) {
      for (const contents of cutMessage(message)) {
        const stop = this.#closed ? 'the client has been shut down' : (this.#failure ?? abortReason(abort));
        if (stop !== undefined) return stop;
        while (!this.#pacer.tryTake(contents.payload.length) && !abort?.aborted) await this.#pacer.wait(abort);
        const datagram = writeFragment(this.#writer, this.#datagrams++, sequence, message.header, contents);
        transferred.push(this.#transmit(datagram));
      }
    }
    this.#unreported = 0;
    this.#cancelMark ??= this.#armMark();
    await Promise.all(transferred);
    return this.#failure;
  }

  #transmit(datagram: Buffer): Promise<void> {
    this.#bytes += datagram.length;
    return new Promise((resolve) => {
      this.#socket.send(datagram, (error) => {
        if (error) this.#fail(error);
        resolve();
      });
    });
  }

  #fail(error: Error): void {
    this.#failure ??= `${this.#options.endpoint}: ${messageOf(error)}`;
  }

  #mark(): Buffer {
    return writeMark(this.#writer, this.#datagrams, this.#messages);
  }

  #armMark(): () => void {
    const { clock, reportIntervalMillis } = this.#options;
    return clock.setTimeout(() => {
      this.#cancelMark = undefined;
      if (this.#failure !== undefined || this.#isSettled() || this.#unreported >= MAX_UNREPORTED) return;
      this.#unreported++;
      void this.#transmit(this.#mark());
      this.#cancelMark = this.#armMark();
    }, reportIntervalMillis);
  }

  /** Reports whether the receiver has reported the fate of every datagram. */
  #isSettled(): boolean {
    const { received = 0, lost = 0 } = this.#reported ?? {};
    return this.#lastReport.expected === this.#datagrams && received + lost === this.#datagrams;
  }

  #receive(bytes: Buffer): void {
    const datagram = readDatagram(bytes, this.#options.key);
    if (this.#closed || typeof datagram === 'string' || datagram.session !== this.#writer.session) return;
    if (datagram.kind === 'challenge') void this.#transmit(writeCookie(this.#writer, 'proof', datagram.cookie));
    if (datagram.kind !== 'report' || datagram.number <= this.#lastReport.number) return;
    this.#lastReport = datagram;
    this.#reported = datagram.counters;
    this.#unreported = 0;
    this.#options.onReport();
  }
}

function abortReason(abort: AbortSignal | undefined): string | undefined {
  if (!abort?.aborted) return undefined;
  return abort.reason instanceof Error ? abort.reason.message : 'the request was aborted';
}

function messageOf(error: Error & { readonly code?: string }): string {
  return error.code === 'ECONNREFUSED' ? 'no receiver is listening' : error.message;
}
