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
  endpoint: z.string().min(1).prefault('127.0.0.1:4320').describe('Address to listen on: `host:port` or `unix:/path`.'),
  path: z.string().startsWith('/').prefault('/v1/otlp').describe('URL path of the WebSocket endpoint.'),
  tls: serverTls().describe('TLS settings. Without them, connections are not encrypted.'),
  auth: serverAuth(),
  allowedOrigins: z
    .array(z.string())
    .prefault([])
    .describe(
      'Allowed values of the `Origin` header, such as `https://*.example.com`. Clients without the header are always allowed.',
    ),
  includeMetadata: includeMetadata(),
  maxMessageSize: byteSize()
    .refine((bytes) => bytes > 0 && bytes <= 2 ** 30, { error: 'expected a size up to 1GiB' })
    .prefault('20MiB')
    .describe('Maximum size of a request before and after decompression.'),
  maxInFlightSize: byteSize()
    .refine((bytes) => bytes > 0, { error: 'expected a size' })
    .prefault('32MiB')
    .describe('Maximum size of the requests in flight of a client. Above it, its connection is not read.'),
  heartbeatInterval: duration()
    .prefault('10s')
    .describe(
      'Time between two pings of a client. A client that has not responded by the next one is disconnected. 0 disables pings.',
    ),
  idleTimeout: duration()
    .prefault('0s')
    .describe('Time after which a connection without requests and subscriptions is closed. 0 means no limit.'),
  sessionTimeout: duration()
    .prefault('5m')
    .describe('Time for which the session of a disconnected client is kept, so that it can resume without duplicates.'),
  subscriptions: z
    .object({
      enabled: z
        .boolean()
        .prefault(false)
        .describe(
          'Whether clients may subscribe to received telemetry. Every client that may send can then also read.',
        ),
    })
    .prefault({})
    .describe('Subscriptions to live telemetry, filtered by a condition as in the `filter` processor.'),
});

export const otlpWebsocket = defineReceiver({
  summary: 'Receives OTLP over WebSocket, also from browsers, without duplicates after a reconnect.',
  stability: 'alpha',
  aliases: ['websocket'],
  // A client must find its session after a reconnect, so one thread serves all clients.
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: websocketConfig,
  examples: [
    { title: 'From other hosts', config: { endpoint: '0.0.0.0:4320' } },
    {
      title: 'From browsers, with subscriptions',
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
        // Clients receive this limit and do not send larger requests.
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
