import { type Compression, createGrpcClient } from '@otelier/transport';
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
import { duration, z } from '../component/schema.ts';
import { clientTimeout, createClientSender } from '../component/sending/client-sender.ts';

export const otlpGrpc = defineSendingExporter({
  summary: 'Sends telemetry over OTLP/gRPC.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  aliases: ['otlp'],
  config: z.object({
    endpoint: clientEndpoint().describe(
      'Address of the server: `host:port`, `https://host:port`, `http://host:port` (without TLS) or `unix:/path`.',
    ),
    tls: clientTlsField(),
    compression: compressionField(['none', 'gzip', 'deflate', 'zstd']),
    headers: headersField(),
    authority: z.string().optional().describe('Value of the `:authority` header. Default: the host of the endpoint.'),
    auth: authField(),
    keepalive: z
      .object({
        time: duration().prefault('10s').describe('Idle time after which a ping is sent.'),
        timeout: duration()
          .prefault('10s')
          .describe('Time to wait for the response to a ping before the connection is closed.'),
        permitWithoutStream: z
          .boolean()
          .prefault(false)
          .describe('Whether to send pings while no request is in flight.'),
      })
      .optional()
      .describe('Pings that detect dead connections.'),
    balancerName: z.string().optional().describe('Ignored: the exporter has one connection to one endpoint.'),
    readBufferSize: z.int().optional().describe('Ignored: buffers are sized automatically.'),
    writeBufferSize: z.int().optional().describe('Ignored: buffers are sized automatically.'),
    waitForReady: z.boolean().optional().describe('Ignored: `retry_on_failure` waits for the server.'),
  }),
  examples: [
    { title: 'A Collector on the same host', config: { endpoint: '127.0.0.1:4317', tls: { insecure: true } } },
    {
      title: 'A backend with TLS and an API key',
      config: { endpoint: 'otlp.example.com:443', headers: { 'api-key': `\${env:API_KEY:-key}` } },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  create({ endpoint, tls, compression, headers, authority, keepalive, timeout }, { clock }) {
    return createClientSender(() =>
      createGrpcClient({
        endpoint,
        tls: clientTlsOptions(tls),
        compression: (compression || 'none') as Compression,
        // Batches are immutable, because several exporters can send them.
        immutableParts: true,
        headers,
        timeoutMillis: clientTimeout(timeout),
        clock,
        ...defined({
          authority,
          keepalive: keepalive && {
            timeMillis: keepalive.time,
            timeoutMillis: keepalive.timeout,
            permitWithoutStream: keepalive.permitWithoutStream,
          },
        }),
      }),
    );
  },
});
