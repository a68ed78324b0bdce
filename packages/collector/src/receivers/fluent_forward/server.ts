import type { Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import {
  createServerTls,
  type ExportServer,
  type Listener,
  openConnections,
  parseEndpoint,
  type ServerTlsOptions,
} from '@otelier/transport';
import type { ComponentContext, Consumer } from '../../component/contract.ts';
import { MessagePackError } from '../../fluent/message-pack-reader.ts';
import { deliver } from '../../operators/deliver.ts';
import { encodeEntries } from '../../operators/encode-entries.ts';
import type { Entry } from '../../operators/entry/entry.ts';
import type { RetryConfig } from '../../operators/receiver-fields.ts';
import { FluentConnection, type FluentConnectionOptions } from './connection.ts';
import { openHeartbeat } from './heartbeat.ts';

/** Options for `openFluentServer`. */
export interface FluentServerOptions extends Omit<FluentConnectionOptions, 'deliver'> {
  /** Maximum number of connections. 0 means no limit. */
  readonly maxConnections: number;
  readonly retry: RetryConfig;
  readonly tls: ServerTlsOptions | undefined;
}

const SIGNAL = 'logs';
const TLS_HANDSHAKE_MILLIS = 10_000;
const REPORT_MILLIS = 10_000;

/** Serves the forward protocol on a listener. */
export async function openFluentServer(
  options: FluentServerOptions,
  listener: Listener,
  next: Consumer,
  context: ComponentContext,
): Promise<ExportServer> {
  const server = new FluentServer(options, listener, next, context);
  await server.start();
  return server;
}

class FluentServer implements ExportServer {
  readonly address: string;
  readonly #options: FluentServerOptions;
  readonly #listener: Listener;
  readonly #next: Consumer;
  readonly #context: ComponentContext;
  readonly #connections = new Map<FluentConnection, Promise<void>>();
  readonly #sockets = new Set<Socket>();
  readonly #abort = new AbortController();
  #stopAccepting: () => void = () => {};
  #heartbeat: { close(): Promise<void> } | undefined;
  #nextReportMillis = Number.NEGATIVE_INFINITY;
  #rejected = 0;

  constructor(options: FluentServerOptions, listener: Listener, next: Consumer, context: ComponentContext) {
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
    const { tls } = this.#options;
    const target = parseEndpoint(this.address);
    if (target.kind === 'tcp') this.#heartbeat = await openHeartbeat(target.host, target.port);
    const material = tls && createServerTls(tls, this.#context.clock);
    const tlsServer = material && createTlsServer({ ...material.options, handshakeTimeout: TLS_HANDSHAKE_MILLIS });
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
    const heartbeat = this.#heartbeat;
    this.#heartbeat = undefined;
    await heartbeat?.close();
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
    const connection = new FluentConnection(
      socket,
      { ...this.#options, deliver: (entries) => this.#deliver(entries) },
      this.#context,
    );
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
    if (!(error instanceof MessagePackError)) {
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
