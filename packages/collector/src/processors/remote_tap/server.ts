import { createServer, type IncomingMessage, type Server, type ServerOptions } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { createOriginCheck } from '@otelier/transport';
import { type Authenticator, rejectedSenderStatus } from '@otelier/transport/auth';
import { createServerTls, type ServerTls } from '@otelier/transport/tls';
import { refuseUpgrade } from '@otelier/transport/upgrade';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ComponentContext } from '../../component/contract.ts';
import { serverOptions } from '../../component/fields/server.ts';
import type { RemoteTapConfig } from './config.ts';

/** A server that sends messages to its clients. */
export interface TapServer {
  /** Reports whether there are clients, and uses up one of this second's messages. */
  isWanted(): boolean;
  /** Sends a message to all clients except those that are too slow. */
  send(message: string): void;
  close(): Promise<void>;
}

/** Opens the configured server. */
export async function openTapServer(config: RemoteTapConfig, context: ComponentContext): Promise<TapServer> {
  const { host, clock, logger, id } = context;
  const { tls, auth } = serverOptions(config, context);
  const options = { headersTimeout: config.readHeaderTimeout };
  const server = tls === undefined ? createServer(options) : createSecureServer(options, createServerTls(tls, clock));
  // Clients only receive: anything they send is limited and ignored.
  const upgrader = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: MAX_RECEIVED_BYTES });
  const clients = new Set<WebSocket>();
  const limiter = createLimiter(config.limit, clock);
  const isAllowedOrigin = createOriginCheck(config.cors.allowedOrigins);

  server.on('request', (_request, response) => {
    response.writeHead(426, { upgrade: 'websocket', connection: 'upgrade, close', 'content-type': 'text/plain' });
    response.end('This is a tap of telemetry: connect by WebSocket.\n');
  });
  server.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    const rejection = rejectionOf(request, { isAllowedOrigin, auth, isFull: clients.size >= config.maxClients });
    if (rejection !== undefined) return refuseUpgrade(socket, rejection.status, rejection.reason);
    upgrader.handleUpgrade(request, socket, head, (client) => {
      clients.add(client);
      client.on('close', () => clients.delete(client));
      client.on('error', () => client.terminate());
    });
  });
  const leased = await host.listen(config.endpoint, { component: id, protocol: 'websocket' });
  // Starts the timeouts for slow clients. `listen` would do so, but the listening socket does not belong to this server.
  server.emit('listening');
  const stopAccepting = leased.listener.accept((socket) => server.emit('connection', socket));
  logger.info({ address: leased.listener.address }, 'remote tap listening');
  return {
    isWanted: () => clients.size > 0 && limiter(),
    send(message) {
      for (const client of clients)
        if (client.bufferedAmount + message.length <= config.maxBufferedBytes) client.send(message);
    },
    async close() {
      stopAccepting();
      await leased.release();
      for (const client of clients) client.close(GOING_AWAY);
      for (const client of clients) client.terminate();
      server.closeAllConnections();
      // Stops the timeouts. The server itself never listened, which the callback would report as an error.
      server.close(() => {});
    },
  };
}

const MAX_RECEIVED_BYTES = 1024;
const GOING_AWAY = 1001;

function createSecureServer(options: ServerOptions, tls: ServerTls): Server {
  const server = createTlsServer({ ...options, ...tls.options, ALPNProtocols: ['http/1.1'] });
  return server.prependListener('connection', () => tls.refresh(server));
}

interface TapRules {
  readonly isAllowedOrigin: ReturnType<typeof createOriginCheck>;
  readonly auth: Authenticator | undefined;
  readonly isFull: boolean;
}

interface TapRejection {
  readonly status: number;
  readonly reason: string;
}

/**
 * Returns the rejection of a request, if any. Browsers send the origin of the page: without a check, any page could
 * read telemetry from a local port.
 */
function rejectionOf(
  { headers, socket }: IncomingMessage,
  { isAllowedOrigin, auth, isFull }: TapRules,
): TapRejection | undefined {
  const { origin } = headers;
  if (origin !== undefined && !isAllowedOrigin(origin))
    return { status: 403, reason: 'pages of this origin are not allowed here' };
  const checked = auth?.authenticate(headers, socket.remoteAddress);
  if (checked !== undefined && checked.kind !== 'authenticated')
    return { status: rejectedSenderStatus(checked.kind), reason: checked.reason };
  return isFull ? { status: 503, reason: 'too many clients' } : undefined;
}

/**
 * Returns a function that returns true at most `perSecond` times per second: a token bucket that holds one second's
 * tokens.
 */
function createLimiter(perSecond: number, { monotonic }: Pick<ComponentContext['clock'], 'monotonic'>): () => boolean {
  const size = Math.max(1, Math.floor(perSecond));
  let tokens = perSecond > 0 ? size : 0;
  let filledAt = monotonic();
  return () => {
    const now = monotonic();
    tokens = Math.min(size, tokens + ((now - filledAt) / 1000) * perSecond);
    filledAt = now;
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
