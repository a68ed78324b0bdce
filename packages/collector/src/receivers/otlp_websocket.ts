import type { Signal } from '@otelier/otlp';
import { createWebSocketServer, type WebSocketServerOptions } from '@otelier/transport/websocket-server';
import { defineReceiver } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { createServerReceiver, type ServerPlan } from '../component/server-receiver.ts';
import { websocketConfig } from './otlp_websocket/config.ts';
import { openLiveData } from './otlp_websocket/live-data.ts';

export const otlpWebsocket = defineReceiver({
  summary: 'Receives OTLP over WebSocket, also from browsers, without duplicates after a reconnect.',
  stability: 'alpha',
  aliases: ['websocket'],
  // After a reconnect, a client must find its session, so a single thread serves all clients.
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
  check: (config, use) => checkServer(config, [], use),
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
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
        sessionTimeoutMillis: config.sessionTimeout,
      };
      const { endpoint, includeMetadata } = config;
      const create: ServerPlan['create'] = (listener, handler) =>
        createWebSocketServer({ ...options, endpoint: listener }, handler);
      return [{ protocol: 'websocket', endpoint, includeMetadata, create }];
    }),
});
