import type { Compression } from '@otelier/transport';
import { createWebSocketClient, type WebSocketClientOptions } from '@otelier/transport/websocket-client';
import { issuesOf } from '../component/check.ts';
import { defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import {
  authField,
  clientEndpoint,
  clientTlsField,
  clientTlsOptions,
  compressionField,
  headersField,
} from '../component/fields/client.ts';
import { z } from '../component/schema.ts';
import { clientTimeout, createClientSender } from '../component/sending/client-sender.ts';

const config = z.object({
  endpoint: clientEndpoint(createWebSocketClient).describe(
    'Address of the server: `wss://host:4320`, `ws://host:4320` (without TLS), `host:port` or `unix:/path`.',
  ),
  encoding: z.enum(['proto', 'json']).prefault('proto').describe('Request encoding.'),
  tls: clientTlsField(),
  compression: compressionField(['none', 'gzip', 'deflate', 'zstd', 'brotli']),
  compressionParams: z
    .object({ level: z.int().optional().describe('Compression level, on the scale of the algorithm.') })
    .optional()
    .describe('Compression parameters.'),
  headers: headersField(),
  auth: authField(),
});

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const otlpWebsocket = defineSendingExporter({
  summary: 'Sends OTLP over WebSocket to another otelier, without duplicates after a reconnect.',
  stability: 'alpha',
  aliases: ['websocket'],
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config,
  examples: [
    { title: 'An otelier on the same host', config: { endpoint: 'ws://127.0.0.1:4320' } },
    {
      title: 'An otelier behind TLS, with a token',
      config: {
        endpoint: 'wss://otelier.example.com/v1/otlp',
        compression: 'zstd',
        headers: { authorization: `Bearer \${env:OTELIER_TOKEN:-change me}` },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (config) => issuesOf(() => createClient(config)),
  create: (config, { clock, random }) => createClientSender(() => createClient(config, { clock, random })),
});

function createClient(config: Config, surroundings: Pick<WebSocketClientOptions, 'clock' | 'random'> = {}) {
  return createWebSocketClient({
    endpoint: config.endpoint,
    encoding: config.encoding === 'json' ? 'json' : 'protobuf',
    tls: clientTlsOptions(config.tls),
    compression: (config.compression || 'none') as Compression,
    headers: config.headers,
    timeoutMillis: clientTimeout(config.timeout),
    ...surroundings,
    ...defined({ compressionLevel: config.compressionParams?.level }),
  });
}
