import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { ComponentContext } from '../../component/contract.ts';
import { type Splitter, trimmedEnd, trimmedStart } from '../../component/text/splitter.ts';
import { createSplitter, encodingOf } from '../../component/text/splitter-config.ts';
import { addressAttributes, parseAddress } from './address.ts';
import type { UdpConfig } from './fields.ts';
import type { LogStream } from './log-stream.ts';

/** Largest part of a datagram that is used, as in the Collector. */
const MAX_DATAGRAM_BYTES = 8192;
/** Memory of the kernel for datagrams while the thread is busy. Linux limits it (`net.core.rmem_max`). */
const RECEIVE_BUFFER_BYTES = 4 << 20;

/** Receives log records in UDP datagrams. Datagrams are dropped while the pipelines are busy. */
export class UdpInput {
  readonly #config: UdpConfig;
  readonly #splitter: Splitter;
  readonly #stream: LogStream;
  readonly #context: ComponentContext;
  #socket: Socket | undefined;
  #endAnnouncement: () => void = () => {};
  #receiving: Promise<void> = Promise.resolve();

  constructor(config: UdpConfig, stream: LogStream, context: ComponentContext) {
    this.#config = config;
    this.#splitter = createSplitter(config, true);
    this.#stream = stream;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { host, port } = parseAddress(this.#config.listenAddress) ?? { host: undefined, port: 0 };
    const type = host === undefined || isIPv6(host) ? 'udp6' : 'udp4';
    const socket = createSocket({ type, recvBufferSize: RECEIVE_BUFFER_BYTES });
    this.#socket = socket;
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind({ port, ...(host !== undefined && { address: host }) }, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    socket.on('error', (error) => this.#context.logger.error({ err: error }, 'cannot receive datagrams'));
    socket.on('message', (message, sender) => this.#receive(message, sender));
    const { address, family, port: bound } = socket.address();
    this.#endAnnouncement = this.#context.host.announce({
      component: this.#context.id,
      protocol: 'udp',
      address: family === 'IPv6' ? `[${address}]:${bound}` : `${address}:${bound}`,
    });
  }

  async stop(): Promise<void> {
    this.#endAnnouncement();
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket !== undefined) await new Promise<void>((resolve) => socket.close(() => resolve()));
    await this.#receiving;
  }

  #receive(message: Buffer, sender: RemoteInfo): void {
    if (this.#stream.isFull) {
      this.#context.dropped(1, 'queue_full');
      return;
    }
    const local = this.#socket?.address();
    if (!this.#config.addAttributes || local === undefined) {
      this.#split(message, undefined);
      return;
    }
    this.#receiving = this.#receiving.then(async () => {
      const { resolveNames } = this.#config;
      const attributes = new Map([
        ['net.transport', 'IP.UDP'],
        ...(await addressAttributes('host', local.address, local.port, resolveNames)),
        ...(await addressAttributes('peer', sender.address, sender.port, resolveNames)),
      ]);
      this.#split(message, attributes);
    });
  }

  #split(message: Buffer, attributes: ReadonlyMap<string, string> | undefined): void {
    const { encoding, oneLogPerPacket, preserveLeadingWhitespaces, preserveTrailingWhitespaces } = this.#config;
    const bytes = withoutTrailingControl(message.subarray(0, MAX_DATAGRAM_BYTES));
    const add = (from: number, to: number) =>
      this.#stream.add(encodingOf(encoding).decode(bytes.subarray(from, to)), attributes);
    if (oneLogPerPacket) {
      add(0, bytes.length);
      return;
    }
    const splitter = this.#splitter;
    for (let at = 0; at < bytes.length; ) {
      const next = splitter.next(bytes, at, bytes.length, true);
      if (next < 0) break;
      const to = preserveTrailingWhitespaces ? splitter.end : trimmedEnd(bytes, splitter.start, splitter.end);
      add(preserveLeadingWhitespaces ? splitter.start : trimmedStart(bytes, splitter.start, to), to);
      at = next;
    }
  }
}

function withoutTrailingControl(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1] as number) < 32) end--;
  return bytes.subarray(0, end);
}
