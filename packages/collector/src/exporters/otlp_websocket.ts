import { type Compression, createWebSocketClient } from '@otelier/transport';
import { defineSendingExporter } from '../component/define.ts';
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

/** Sends telemetry over OTLP in a WebSocket. */
export const otlpWebsocket = defineSendingExporter({
  summary: 'Sends telemetry over WebSocket to another otelier, which takes nothing twice when connections break.',
  stability: 'alpha',
  aliases: ['websocket'],
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: z.object({
    endpoint: clientEndpoint(createWebSocketClient).describe(
      'Where to send: `wss://host:4320`, `ws://host:4320` (without TLS), `host:port` or `unix:/path`.',
    ),
    encoding: z.enum(['proto', 'json']).prefault('proto').describe('How requests are encoded.'),
    tls: clientTlsField(),
    compression: compressionField(['none', 'gzip', 'deflate', 'zstd', 'brotli']),
    compressionParams: z
      .object({ level: z.int().optional().describe("Level on the compression's own scale.") })
      .optional()
      .describe('How hard to compress.'),
    headers: headersField(),
    auth: authField(),
  }),
  examples: [
    { title: 'To an otelier on this machine', config: { endpoint: 'ws://127.0.0.1:4320' } },
    {
      title: 'Across the internet',
      config: {
        endpoint: 'wss://otelier.example.com/v1/otlp',
        compression: 'zstd',
        headers: { authorization: `Bearer \${env:OTELIER_TOKEN:-change me}` },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  create: (config, { clock, random }) =>
    createClientSender(() =>
      createWebSocketClient({
        endpoint: config.endpoint,
        encoding: config.encoding === 'json' ? 'json' : 'protobuf',
        tls: clientTlsOptions(config.tls),
        compression: (config.compression || 'none') as Compression,
        headers: config.headers,
        timeoutMillis: clientTimeout(config.timeout),
        clock,
        random,
        ...defined({ compressionLevel: config.compressionParams?.level }),
      }),
    ),
});
