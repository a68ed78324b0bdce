import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { ExportServer } from '@otelier/transport';
import { openConnections } from '@otelier/transport/connection-limit';
import { parseEndpoint } from '@otelier/transport/endpoint';
import type { Listener } from '@otelier/transport/listen';
import { createServerTls, type ServerTlsOptions } from '@otelier/transport/tls';
import type { ComponentContext, Consumer } from '../../component/contract.ts';
import { deliver } from '../../operators/deliver.ts';
import { encodeEntries } from '../../operators/encode-entries.ts';
import type { Entry } from '../../operators/entry/entry.ts';
import type { RetryConfig } from '../../operators/receiver-fields.ts';
import { FrameConnection, type FrameProtocol, ProtocolError } from './connection.ts';

/** Something beside the server that ends with it. */
interface Companion {
  close(): Promise<void>;
}

/** Options for `openFrameServer`. */
export interface FrameServerOptions {
  /** Creates the protocol of a connection. */
  createProtocol(): FrameProtocol;
  /** Opens what belongs to the server beside its connections. */
  openCompanion?(host: string, port: number): Promise<Companion>;
  /** Maximum number of connections. 0 means no limit. */
  readonly maxConnections: number;
  readonly retry: RetryConfig;
  readonly tls: ServerTlsOptions | undefined;
}

const SIGNAL = 'logs';
const TLS_HANDSHAKE_MILLIS = 10_000;
const REPORT_MILLIS = 10_000;

/** Serves a protocol of log records in frames on a listener. */
export async function openFrameServer(
  options: FrameServerOptions,
  listener: Listener,
  next: Consumer,
  context: ComponentContext,
): Promise<ExportServer> {
  const server = new FrameServer(options, listener, next, context);
  await server.start();
  return server;
}

class FrameServer implements ExportServer {
  readonly address: string;
  readonly #options: FrameServerOptions;
  readonly #listener: Listener;
  readonly #next: Consumer;
  readonly #context: ComponentContext;
  readonly #connections = new Map<FrameConnection, Promise<void>>();
  readonly #sockets = new Set<Socket>();
  readonly #abort = new AbortController();
  #stopAccepting: () => void = () => {};
  #companion: Companion | undefined;
  #nextReportMillis = Number.NEGATIVE_INFINITY;
  #rejected = 0;

  constructor(options: FrameServerOptions, listener: Listener, next: Consumer, context: ComponentContext) {
    this.address = listener.address;
    this.#options = options;
    this.#listener = listener;
    this.#next = next;
    this.#context = context;
  }

  get connectionCount(): number {
    return this.#sockets.size;
  }

  async start(): Promise<void> {
    const { tls, openCompanion } = this.#options;
    const material = tls && createServerTls(tls, this.#context.clock);
    const tlsServer = material && createTlsServer({ ...material.options, handshakeTimeout: TLS_HANDSHAKE_MILLIS });
    const target = parseEndpoint(this.address);
    if (target.kind === 'tcp') this.#companion = await openCompanion?.(target.host, target.port);
    tlsServer?.on('tlsClientError', () => {}).on('secureConnection', (socket) => this.#accept(socket));
    this.#stopAccepting = this.#listener.accept((socket) => {
      socket.on('error', () => socket.destroy());
      if (tlsServer === undefined) return this.#accept(socket);
      material?.refresh(tlsServer);
      tlsServer.emit('connection', socket);
    });
  }

  moveConnection(): boolean {
    return false;
  }

  async shutdown(graceMillis = 0): Promise<void> {
    this.#stopAccepting();
    const stop = () => {
      this.#abort.abort();
      for (const socket of this.#sockets) socket.destroy();
    };
    for (const connection of this.#connections.keys()) connection.end();
    const cancel = graceMillis > 0 ? this.#context.clock.setTimeout(stop, graceMillis) : stop();
    await Promise.all(this.#connections.values());
    cancel?.();
    const companion = this.#companion;
    this.#companion = undefined;
    await companion?.close();
  }

  #accept(socket: Socket): void {
    const { maxConnections } = this.#options;
    if (maxConnections > 0 && this.#sockets.size >= maxConnections) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    const deliverTo = { deliver: (entries: readonly Entry[]) => this.#deliver(entries) };
    const connection = new FrameConnection(socket, this.#options.createProtocol(), deliverTo, this.#context);
    openConnections.watch(socket, connection);
    const done = connection
      .run()
      .catch((error: unknown) => this.#report(socket, error))
      .finally(() => this.#connections.delete(connection));
    this.#connections.set(connection, done);
  }

  #deliver(entries: readonly Entry[]): Promise<boolean> {
    const delivery = { signal: SIGNAL, bytes: encodeEntries(entries), itemCount: entries.length } as const;
    return deliver(delivery, this.#next, this.#context, this.#options.retry, this.#abort.signal);
  }

  /** Logs why a connection was closed, at most every ten seconds. */
  #report({ remoteAddress = 'a local sender' }: Socket, error: unknown): void {
    const { logger, clock } = this.#context;
    if (!(error instanceof ProtocolError)) {
      logger.error({ err: error }, 'connection failed: this is a bug');
      return;
    }
    this.#rejected += 1;
    if (clock.monotonic() < this.#nextReportMillis) return;
    this.#nextReportMillis = clock.monotonic() + REPORT_MILLIS;
    const fields = { reason: error.message, sender: remoteAddress, connections: this.#rejected };
    logger.warn(fields, 'connection closed: its messages are invalid');
    this.#rejected = 0;
  }
}
