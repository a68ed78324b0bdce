import { createGrpcClient } from '@otelier/transport/grpc-client';
import { issuesOf } from '../component/check.ts';
import type { SignalContext } from '../component/contract.ts';
import { defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { defined } from '../component/defined.ts';
import {
  clientEndpoint,
  clientTlsField,
  clientTlsOptions,
  compressionField,
  compressionOf,
  headersField,
} from '../component/fields/client.ts';
import { authorizeRequests, checkClientAuth, clientAuth, fixedHeaders } from '../component/fields/client-auth.ts';
import { duration, ignored, z } from '../component/schema.ts';
import { clientTimeout, createClientSender } from '../component/sending/client-sender.ts';

const config = z.object({
  endpoint: clientEndpoint().describe(
    'Address of the server: `host:port`, `https://host:port`, `http://host:port` (without TLS) or `unix:/path`.',
  ),
  tls: clientTlsField(),
  compression: compressionField(['none', 'gzip', 'deflate', 'zlib', 'zstd', 'snappy']),
  headers: headersField(),
  authority: z.string().optional().describe('Value of the `:authority` header. Default: the host of the endpoint.'),
  auth: clientAuth(),
  keepalive: z
    .object({
      time: duration().prefault('10s').describe('Idle time after which a keepalive ping is sent.'),
      timeout: duration()
        .prefault('10s')
        .describe('How long to wait for the response to a ping before the connection is closed.'),
      permitWithoutStream: z
        .boolean()
        .prefault(false)
        .describe('Whether to send pings even while no request is in flight.'),
    })
    .optional()
    .describe('Keepalive pings, which detect dead connections.'),
  balancerName: ignored('the exporter has one connection to one endpoint', { schema: z.string() }),
  readBufferSize: ignored('buffers are sized automatically', { schema: z.int() }),
  writeBufferSize: ignored('buffers are sized automatically', { schema: z.int() }),
  waitForReady: ignored('`retry_on_failure` waits for the server', { schema: z.boolean() }),
});

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const otlpGrpc = defineSendingExporter({
  summary: 'Sends telemetry over OTLP/gRPC.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  aliases: ['otlp'],
  config,
  examples: [
    { title: 'A Collector on the same host', config: { endpoint: '127.0.0.1:4317', tls: { insecure: true } } },
    {
      title: 'A backend with TLS and an API key',
      config: { endpoint: 'otlp.example.com:443', headers: { 'api-key': `\${env:API_KEY:-key}` } },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (config, use) => [...issuesOf(() => createClient(config)), ...checkClientAuth(config, use)],
  create: (config, context) =>
    createClientSender(
      () => createClient(config, context),
      () => authorizeRequests(config, context),
    ),
});

function createClient(config: Config, context?: SignalContext) {
  const { clock, observeRequest } = context ?? {};
  const { endpoint, tls, compression, authority, keepalive, timeout } = config;
  return createGrpcClient({
    endpoint,
    tls: clientTlsOptions(tls),
    compression: compressionOf(compression),
    // Batches are immutable, because they can be shared by several exporters.
    immutableParts: true,
    headers: fixedHeaders(config),
    timeoutMillis: clientTimeout(timeout),
    ...defined({
      clock,
      observeRequest,
      authority,
      keepalive: keepalive && {
        timeMillis: keepalive.time,
        timeoutMillis: keepalive.timeout,
        permitWithoutStream: keepalive.permitWithoutStream,
      },
    }),
  });
}
