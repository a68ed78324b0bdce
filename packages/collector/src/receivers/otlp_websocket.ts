import type { Signal } from '@otelier/otlp';
import { createWebSocketServer, type WebSocketServerOptions } from '@otelier/transport';
import { defineReceiver } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import { includeMetadata, serverAuth, serverOptions } from '../component/fields/server.ts';
import { serverTls } from '../component/fields/tls.ts';
import { byteSize, duration, z } from '../component/schema.ts';
import { createServerReceiver, type ServerPlan } from '../component/server-receiver.ts';
import { openLiveData } from './otlp_websocket/live-data.ts';

const websocketConfig = z.object({
  endpoint: z.string().min(1).prefault('127.0.0.1:4320').describe('Where to listen: `host:port` or `unix:/path`.'),
  path: z.string().startsWith('/').prefault('/v1/otlp').describe('Path of the upgrade.'),
  tls: serverTls().describe('TLS; without it the connection is in plain text.'),
  auth: serverAuth(),
  allowedOrigins: z
    .array(z.string())
    .prefault([])
    .describe('Origins of pages that may connect, such as `https://*.example.com`. Other programs always may.'),
  includeMetadata: includeMetadata(),
  maxMessageSize: byteSize()
    .refine((bytes) => bytes > 0 && bytes <= 2 ** 30, { error: 'expected a size up to 1GiB' })
    .prefault('20MiB')
    .describe('Largest request, before and after decompression.'),
  maxInFlightSize: byteSize()
    .refine((bytes) => bytes > 0, { error: 'expected a size' })
    .prefault('32MiB')
    .describe('Requests of one client that are handled at once. Beyond, its connection is not read.'),
  heartbeatInterval: duration()
    .prefault('10s')
    .describe('How often clients are probed. One that does not answer until the next probe is cut. 0 means never.'),
  idleTimeout: duration()
    .prefault('0s')
    .describe('How long a connection may live without requests and subscriptions. 0 means any length.'),
  sessionTimeout: duration()
    .prefault('5m')
    .describe('How long it is remembered what came from a client whose connection has ended.'),
  subscriptions: z
    .object({
      enabled: z
        .boolean()
        .prefault(false)
        .describe('Whether clients may see the telemetry that passes. Whoever may send may then read, too.'),
    })
    .prefault({})
    .describe('Live telemetry for clients that ask for it, by a condition of the `filter` processor.'),
});

export const otlpWebsocket = defineReceiver({
  summary: 'Receives OTLP over WebSocket, also from browsers, and takes nothing twice when connections break.',
  stability: 'alpha',
  aliases: ['websocket'],
  // A client that comes again must find what it sent remembered, so all clients meet in one thread.
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: websocketConfig,
  examples: [
    { title: 'From other machines', config: { endpoint: '0.0.0.0:4320' } },
    {
      title: 'From the pages of a shop, which may watch the telemetry as well',
      config: { allowed_origins: ['https://*.shop.example'], subscriptions: { enabled: true } },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  create: (config, next, context) =>
    createServerReceiver(next, context, () => {
      const options: Omit<WebSocketServerOptions, 'endpoint'> = {
        ...serverOptions(config, context),
        ...defined({ openSubscription: config.subscriptions.enabled ? openLiveData(context.host) : undefined }),
        path: config.path,
        signals: Object.keys(next) as Signal[],
        allowedOrigins: config.allowedOrigins,
        // Clients learn the limit, and so do not begin to send what would never fit.
        maxBodyBytes: Math.min(config.maxMessageSize, context.admission.limitBytes),
        maxDecompressedBytes: config.maxMessageSize,
        maxInFlightBytes: config.maxInFlightSize,
        heartbeatMillis: config.heartbeatInterval,
        idleTimeoutMillis: config.idleTimeout,
        sessionRestMillis: config.sessionTimeout,
      };
      const { endpoint, includeMetadata } = config;
      const create: ServerPlan['create'] = (listener, handler) =>
        createWebSocketServer({ ...options, endpoint: listener }, handler);
      return [{ protocol: 'websocket', endpoint, includeMetadata, create }];
    }),
});
