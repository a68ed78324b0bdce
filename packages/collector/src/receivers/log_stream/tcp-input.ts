import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { createServerTls, HANDSHAKE_TIMEOUT_MILLIS } from '@otelier/transport/tls';
import type { ComponentContext } from '../../component/contract.ts';
import { serverTlsOptions } from '../../component/fields/tls.ts';
import { type Splitter, trimmedEnd, trimmedStart } from '../../component/text/splitter.ts';
import { encodingOf } from '../../component/text/splitter-config.ts';
import { addressAttributes, parseAddress } from './address.ts';
import type { TcpConfig } from './fields.ts';
import type { LogStream } from './log-stream.ts';

/** Receives log records over TCP connections. A sender waits while the pipelines are busy. */
export class TcpInput {
  readonly #config: TcpConfig;
  readonly #createSplitter: () => Splitter;
  readonly #stream: LogStream;
  readonly #context: ComponentContext;
  readonly #sockets = new Set<Socket>();
  readonly #reading = new Set<Promise<void>>();
  #server: Server | undefined;
  #endAnnouncement: () => void = () => {};

  constructor(config: TcpConfig, createSplitter: () => Splitter, stream: LogStream, context: ComponentContext) {
    this.#config = config;
    this.#createSplitter = createSplitter;
    this.#stream = stream;
    this.#context = context;
  }

  async start(): Promise<void> {
    const { tls } = this.#config;
    const accept = (socket: Socket) => this.#accept(socket);
    const server = tls === undefined ? createServer(accept) : this.#createTlsServer(tls, accept);
    server.on('tlsClientError', () => {});
    this.#server = server;
    const { host, port } = parseAddress(this.#config.listenAddress) ?? { host: undefined, port: 0 };
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, ...(host !== undefined && { host }) }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.on('error', (error) => this.#context.logger.error({ err: error }, 'cannot accept a connection'));
    const address = server.address();
    if (address !== null && typeof address === 'object') {
      const { id, host: component } = this.#context;
      this.#endAnnouncement = component.announce({
        component: id,
        protocol: 'tcp',
        address:
          address.family === 'IPv6' ? `[${address.address}]:${address.port}` : `${address.address}:${address.port}`,
      });
    }
  }

  #createTlsServer(tls: NonNullable<TcpConfig['tls']>, accept: (socket: Socket) => void): Server {
    const material = createServerTls(serverTlsOptions(tls, this.#context), this.#context.clock);
    const server = createTlsServer({ ...material.options, handshakeTimeout: HANDSHAKE_TIMEOUT_MILLIS }, accept);
    return server.prependListener('connection', () => material.refresh(server));
  }

  /** Stops listening, and takes what connections have sent. */
  async stop(): Promise<void> {
    this.#endAnnouncement();
    this.#server?.close();
    this.#server = undefined;
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#reading);
  }

  #accept(socket: Socket): void {
    const { maxConnections, connectionIdleTimeout } = this.#config;
    if (maxConnections > 0 && this.#sockets.size >= maxConnections) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    if (connectionIdleTimeout > 0) socket.setTimeout(connectionIdleTimeout, () => socket.destroy());
    const reading = this.#read(socket).finally(() => {
      this.#sockets.delete(socket);
      this.#reading.delete(reading);
    });
    this.#reading.add(reading);
  }

  async #read(socket: Socket): Promise<void> {
    const attributes = await this.#attributesOf(socket);
    const splitter = this.#createSplitter();
    let rest: Buffer = Buffer.alloc(0);
    try {
      for await (const chunk of socket as AsyncIterable<Buffer>) {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        const { oneLogPerPacket, maxLogSize } = this.#config;
        if (oneLogPerPacket) rest = rest.subarray(0, maxLogSize);
        else rest = rest.subarray(this.#split(rest, splitter, false, attributes));
        if (this.#stream.isFull) await this.#stream.whenWritable();
      }
    } catch {
      // The sender has reset the connection; what it has sent counts.
    }
    if (this.#config.oneLogPerPacket) this.#stream.add(encodingOf(this.#config.encoding).decode(rest), attributes);
    else this.#split(rest, splitter, true, attributes);
  }

  #split(
    bytes: Buffer,
    splitter: Splitter,
    isEnd: boolean,
    attributes: ReadonlyMap<string, string> | undefined,
  ): number {
    const { maxLogSize } = this.#config;
    let at = 0;
    while (at < bytes.length) {
      const next = splitter.next(bytes, at, bytes.length, isEnd);
      if (next >= 0) {
        this.#add(bytes, splitter.start, splitter.end, attributes);
        at = next;
      } else if (bytes.length - at >= maxLogSize) {
        this.#add(bytes, at, at + maxLogSize, attributes);
        at += maxLogSize;
      } else {
        break;
      }
    }
    return at;
  }

  #add(bytes: Buffer, start: number, end: number, attributes: ReadonlyMap<string, string> | undefined): void {
    const { encoding, preserveLeadingWhitespaces, preserveTrailingWhitespaces } = this.#config;
    const to = preserveTrailingWhitespaces ? end : trimmedEnd(bytes, start, end);
    const from = preserveLeadingWhitespaces ? start : trimmedStart(bytes, start, to);
    this.#stream.add(encodingOf(encoding).decode(bytes.subarray(from, to)), attributes);
  }

  async #attributesOf(socket: Socket): Promise<ReadonlyMap<string, string> | undefined> {
    if (!this.#config.addAttributes) return undefined;
    const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = socket;
    return new Map([
      ['net.transport', 'IP.TCP'],
      ...(await addressAttributes('peer', remoteAddress, remotePort, true)),
      ...(await addressAttributes('host', localAddress, localPort, true)),
    ]);
  }
}
