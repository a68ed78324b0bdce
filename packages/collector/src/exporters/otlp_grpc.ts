import { type Compression, createGrpcClient } from '@otelier/transport';
import { defineSendingExporter } from '../component/define.ts';
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

/** Sends telemetry over OTLP/gRPC. */
export const otlpGrpc = defineSendingExporter({
  summary: 'Sends telemetry over OTLP/gRPC.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  aliases: ['otlp'],
  config: z.object({
    endpoint: clientEndpoint().describe(
      'Where to send: `host:port`, `https://host:port`, `http://host:port` (without TLS) or `unix:/path`.',
    ),
    tls: clientTlsField(),
    compression: compressionField(['none', 'gzip', 'deflate', 'zstd']),
    headers: headersField(),
    authority: z.string().optional().describe('Value of `:authority`, when it is not the host of the endpoint.'),
    auth: authField(),
    keepalive: z
      .object({
        time: duration()
          .prefault('10s')
          .describe('A connection that has been silent for so long is tried with a ping.'),
        timeout: duration()
          .prefault('10s')
          .describe('Without an answer to the ping for so long the connection is closed.'),
        permitWithoutStream: z.boolean().prefault(false).describe('Whether to ping while nothing is being sent.'),
      })
      .optional()
      .describe('Pings that find a dead connection.'),
    balancerName: z
      .string()
      .optional()
      .describe('Accepted for the sake of existing files: there is one connection to one endpoint.'),
    readBufferSize: z.int().optional().describe('Accepted for the sake of existing files: buffers size themselves.'),
    writeBufferSize: z.int().optional().describe('Accepted for the sake of existing files: buffers size themselves.'),
    waitForReady: z.boolean().optional().describe('Accepted for the sake of existing files: `retry_on_failure` waits.'),
  }),
  examples: [
    { title: 'To a Collector on this machine', config: { endpoint: '127.0.0.1:4317', tls: { insecure: true } } },
    {
      title: 'To a backend with TLS and a key',
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
        // Of batches, which several exporters may be sending.
        immutableParts: true,
        headers,
        timeoutMillis: clientTimeout(timeout),
        clock,
        ...(authority === undefined ? {} : { authority }),
        ...(keepalive === undefined
          ? {}
          : {
              keepalive: {
                timeMillis: keepalive.time,
                timeoutMillis: keepalive.timeout,
                permitWithoutStream: keepalive.permitWithoutStream,
              },
            }),
      }),
    );
  },
});
