import { type Compression, createHttpClient } from '@otelier/transport';
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

export const otlpHttp = defineSendingExporter({
  summary: 'Sends telemetry over OTLP/HTTP, as protobuf or JSON.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  aliases: ['otlphttp'],
  config: z.object({
    endpoint: clientEndpoint()
      .optional()
      .describe('Base URL, such as `https://host:4318`. The path of the signal is appended.'),
    tracesEndpoint: clientEndpoint().optional().describe('URL for traces, used as is.'),
    metricsEndpoint: clientEndpoint().optional().describe('URL for metrics, used as is.'),
    logsEndpoint: clientEndpoint().optional().describe('URL for logs, used as is.'),
    profilesEndpoint: clientEndpoint().optional().describe('URL for profiles, used as is.'),
    encoding: z.enum(['proto', 'json']).prefault('proto').describe('Encoding of requests.'),
    tls: clientTlsField(),
    compression: compressionField(['none', 'gzip', 'deflate', 'zstd', 'brotli']),
    compressionParams: z
      .object({ level: z.int().optional().describe('Level, on the scale of the compression algorithm.') })
      .optional()
      .describe('Compression parameters.'),
    headers: headersField(),
    auth: authField(),
    maxIdleConns: z.int().min(1).optional().describe('Ignored.'),
    maxConnsPerHost: z.int().min(1).optional().describe('Maximum number of connections.'),
    idleConnTimeout: duration().prefault('90s').describe('Time after which an idle connection is closed.'),
  }),
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
  create(config, { clock, signal }) {
    const signalEndpoints = defined({
      traces: config.tracesEndpoint,
      metrics: config.metricsEndpoint,
      logs: config.logsEndpoint,
      profiles: config.profilesEndpoint,
    });
    const endpoint = config.endpoint ?? signalEndpoints[signal];
    if (endpoint === undefined) throw new Error(`expected \`endpoint\` or \`${signal}_endpoint\`, got neither`);
    return createClientSender(() =>
      createHttpClient({
        endpoint,
        signalEndpoints,
        encoding: config.encoding === 'json' ? 'json' : 'protobuf',
        tls: clientTlsOptions(config.tls),
        compression: (config.compression || 'none') as Compression,
        // Batches are immutable, because several exporters can send them.
        immutableParts: true,
        headers: config.headers,
        timeoutMillis: clientTimeout(config.timeout),
        idleTimeoutMillis: config.idleConnTimeout,
        clock,
        ...defined({ compressionLevel: config.compressionParams?.level, maxConnections: config.maxConnsPerHost }),
      }),
    );
  },
});
