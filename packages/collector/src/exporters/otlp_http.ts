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

/** Sends telemetry over OTLP/HTTP. */
export const otlpHttp = defineSendingExporter({
  summary: 'Sends telemetry over OTLP/HTTP, as protobuf or JSON.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  aliases: ['otlphttp'],
  config: z.object({
    endpoint: clientEndpoint()
      .optional()
      .describe("Base URL, to which each signal's path is appended: `https://host:4318`."),
    tracesEndpoint: clientEndpoint().optional().describe('Whole URL for traces, taken as it is.'),
    metricsEndpoint: clientEndpoint().optional().describe('Whole URL for metrics, taken as it is.'),
    logsEndpoint: clientEndpoint().optional().describe('Whole URL for logs, taken as it is.'),
    profilesEndpoint: clientEndpoint().optional().describe('Whole URL for profiles, taken as it is.'),
    encoding: z.enum(['proto', 'json']).prefault('proto').describe('How requests are encoded.'),
    tls: clientTlsField(),
    compression: compressionField(['none', 'gzip', 'deflate', 'zstd', 'brotli']),
    compressionParams: z
      .object({ level: z.int().optional().describe("Level on the compression's own scale.") })
      .optional()
      .describe('How hard to compress.'),
    headers: headersField(),
    auth: authField(),
    maxIdleConns: z.int().min(1).optional().describe('Accepted for the sake of existing files.'),
    maxConnsPerHost: z.int().min(1).optional().describe('Most connections at once.'),
    idleConnTimeout: duration().prefault('90s').describe('A connection without a request for so long is closed.'),
  }),
  examples: [
    { title: 'To a Collector on this machine', config: { endpoint: 'http://127.0.0.1:4318' } },
    {
      title: 'To a backend, one URL for traces',
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
        // Of batches, which several exporters may be sending.
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
