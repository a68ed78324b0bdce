import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import type { Clock } from '../clock.ts';
import { cutMessage, type Message } from './cut-message.ts';
import { readDatagram, type UdpCounters } from './datagram.ts';
import type { SharedKey } from './integrity.ts';
import { type PaceOptions, Pacer } from './pacer.ts';
import { parseUdpEndpoint, resolveHost } from './socket.ts';
import { type Writer, writeCookie, writeFragment, writeMark } from './write-datagram.ts';

/** What a link works with. */
export interface UdpSessionOptions {
  readonly endpoint: string;
  readonly key: SharedKey | undefined;
  readonly pace: PaceOptions;
  /** How often each datagram is sent. */
  readonly repeat: number;
  readonly reportIntervalMillis: number;
  readonly clock: Clock;
  /** Told of every report that is newer than those before. */
  readonly onReport: () => void;
}

/** What one link has sent, and what the receiver says of it. */
export interface UdpSessionStats {
  readonly datagrams: number;
  readonly bytes: number;
  readonly messages: number;
  /** As the last report has it; `undefined` before the first. */
  readonly reported: UdpCounters | undefined;
}

/** Marks that get no report before the link stops asking, until something is sent again. */
const MAX_UNANSWERED = 10;

/** Opens a socket towards the endpoint and begins a session. Rejects when the host is not known. */
export async function openUdpSession(options: UdpSessionOptions): Promise<UdpSession> {
  const { host, port } = parseUdpEndpoint(options.endpoint);
  const { address, type } = await resolveHost(host === '' ? 'localhost' : host);
  const socket = createSocket({ type });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    // A connected socket gets datagrams from nowhere else, and learns that nobody listens there.
    socket.connect(port, address, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  return new UdpSession(socket, options);
}

/** One socket and one session. It ends with its first error. */
export class UdpSession {
  readonly #socket: Socket;
  readonly #options: UdpSessionOptions;
  readonly #pacer: Pacer;
  readonly #writer: Writer;
  /** Messages go out one after the other. */
  #row: Promise<unknown> = Promise.resolve();
  #datagrams = 0;
  #bytes = 0;
  #messages = 0;
  #failure: string | undefined;
  #closed = false;
  #cancelMark: (() => void) | undefined;
  #unanswered = 0;
  #lastReport = { number: 0, expected: 0 };
  #reported: UdpCounters | undefined;

  constructor(socket: Socket, options: UdpSessionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#pacer = new Pacer(options.pace, options.clock);
    // Chance of the cryptographic kind: who guesses a session can meddle with it.
    this.#writer = { session: randomBytes(8).toString('latin1'), key: options.key };
    socket.on('message', (bytes) => this.#receive(bytes));
    socket.on('error', (error) => this.#fail(error));
    // Waiting for reports is no reason for a program to stay.
    socket.unref();
  }

  /** Why the link can be used no more. */
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

  /** Sends a message behind those before it; resolves with what went wrong, once the kernel has it all. */
  send(message: Message, abort: AbortSignal | undefined): Promise<string | undefined> {
    const sent = this.#row.then(() => this.#send(message, abort));
    this.#row = sent;
    return sent;
  }

  /** Says a last time how much was sent, and closes. */
  async close(): Promise<void> {
    await this.#row;
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
        while (!this.#pacer.mayGo(contents.payload.length) && !abort?.aborted) await this.#pacer.wait(abort);
        const datagram = writeFragment(this.#writer, this.#datagrams++, sequence, message.header, contents);
        transferred.push(this.#transmit(datagram));
      }
    }
    this.#unanswered = 0;
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
    this.#failure ??= `${this.#options.endpoint}: ${wordsOf(error)}`;
  }

  #mark(): Buffer {
    return writeMark(this.#writer, this.#datagrams, this.#messages);
  }

  #armMark(): () => void {
    const { clock, reportIntervalMillis } = this.#options;
    return clock.setTimeout(() => {
      this.#cancelMark = undefined;
      if (this.#failure !== undefined || this.#isSettled() || this.#unanswered >= MAX_UNANSWERED) return;
      this.#unanswered++;
      void this.#transmit(this.#mark());
      this.#cancelMark = this.#armMark();
    }, reportIntervalMillis);
  }

  /** Whether the receiver has said of every datagram what became of it. */
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
    this.#unanswered = 0;
    this.#options.onReport();
  }
}

function abortReason(abort: AbortSignal | undefined): string | undefined {
  if (!abort?.aborted) return undefined;
  return abort.reason instanceof Error ? abort.reason.message : 'the request was aborted';
}

function wordsOf(error: Error & { readonly code?: string }): string {
  return error.code === 'ECONNREFUSED' ? 'nobody listens there' : error.message;
}
