import { SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import { createHttpClient } from '@otelier/transport/http-client';
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
import { formatList } from '../config/nearest.ts';

const config = z.object({
  endpoint: clientEndpoint().optional().describe('Base URL, such as `https://host:4318`. The signal path is appended.'),
  tracesEndpoint: clientEndpoint().optional().describe('URL for traces, used as is.'),
  metricsEndpoint: clientEndpoint().optional().describe('URL for metrics, used as is.'),
  logsEndpoint: clientEndpoint().optional().describe('URL for logs, used as is.'),
  profilesEndpoint: clientEndpoint().optional().describe('URL for profiles, used as is.'),
  encoding: z.enum(['proto', 'json']).prefault('proto').describe('Request encoding.'),
  tls: clientTlsField(),
  compression: compressionField([
    ...(['none', 'gzip', 'deflate', 'zlib', 'zstd', 'brotli'] as const),
    ...['snappy', 'x-snappy-framed', 'lz4'],
  ]),
  compressionParams: z
    .object({ level: z.int().optional().describe('Compression level, on the scale of the algorithm.') })
    .optional()
    .describe('Compression parameters.'),
  headers: headersField(),
  auth: clientAuth(),
  maxIdleConns: ignored('idle connections are closed after `idle_conn_timeout`', { schema: z.int().min(0) }),
  maxConnsPerHost: z.int().min(1).optional().describe('Maximum number of connections.'),
  idleConnTimeout: duration().prefault('90s').describe('Time after which an idle connection is closed.'),
});

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const otlpHttp = defineSendingExporter({
  summary: 'Sends telemetry over OTLP/HTTP, as protobuf or JSON.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  aliases: ['otlphttp'],
  config,
  examples: [
    { title: 'A Collector on the same host', config: { endpoint: 'http://127.0.0.1:4318' } },
    {
      title: 'A backend with a separate URL for traces',
      config: {
        endpoint: 'https://otlp.example.com',
        traces_endpoint: 'https://traces.example.com/otlp',
        compression: 'zstd',
      },
    },
  ],
  describe: ({ endpoint, tracesEndpoint, metricsEndpoint, logsEndpoint, profilesEndpoint }) =>
    endpoint ?? tracesEndpoint ?? metricsEndpoint ?? logsEndpoint ?? profilesEndpoint ?? '',
  check(config, use) {
    const { endpoint } = config;
    const { signals } = use;
    const missing = signals.filter((signal) => endpointOf(config, signal) === undefined);
    if (endpoint === undefined && (missing.length > 0 || signals.length === 0)) {
      const others = formatList(
        (missing.length > 0 ? missing : SIGNAL_NAMES).map((signal) => `${signal}_endpoint`),
        'and',
      );
      return [{ path: ['endpoint'], message: `expected a URL, or ${others}, got nothing` }];
    }
    const issues = signals.flatMap((signal) => issuesOf(() => createClient(config, signal))).slice(0, 1);
    return [...issues, ...checkClientAuth(config, use)];
  },
  create: (config, context) =>
    createClientSender(
      () => createClient(config, context.signal, context),
      () => authorizeRequests(config, context),
    ),
});

function createClient(config: Config, signal: Signal, context?: SignalContext) {
  const { clock, observeRequest } = context ?? {};
  const endpoint = config.endpoint ?? endpointOf(config, signal);
  if (endpoint === undefined) throw new Error(`expected \`endpoint\` or \`${signal}_endpoint\`, got neither`);
  return createHttpClient({
    endpoint,
    signalEndpoints: signalEndpoints(config),
    encoding: config.encoding === 'json' ? 'json' : 'protobuf',
    tls: clientTlsOptions(config.tls),
    compression: compressionOf(config.compression),
    // Batches are immutable, because they can be shared by several exporters.
    immutableParts: true,
    headers: fixedHeaders(config),
    timeoutMillis: clientTimeout(config.timeout),
    idleTimeoutMillis: config.idleConnTimeout,
    ...defined({
      clock,
      observeRequest,
      compressionLevel: config.compressionParams?.level,
      maxConnections: config.maxConnsPerHost,
    }),
  });
}

function endpointOf(config: Config, signal: Signal): string | undefined {
  return signalEndpoints(config)[signal] ?? config.endpoint;
}

function signalEndpoints({ tracesEndpoint, metricsEndpoint, logsEndpoint, profilesEndpoint }: Config) {
  return defined({
    traces: tracesEndpoint,
    metrics: metricsEndpoint,
    logs: logsEndpoint,
    profiles: profilesEndpoint,
  });
}
