import { createClientTls } from '@otelier/transport/tls';
import type { ComponentContext, Sender } from '../component/contract.ts';
import { type ConfigIssue, defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { clientTlsField, clientTlsOptions, headersField } from '../component/fields/client.ts';
import { authorizeRequests, checkClientAuth, clientAuth, fixedHeaders } from '../component/fields/client-auth.ts';
import { connectionFields } from '../component/fields/http-client.ts';
import { duration, ignored, z } from '../component/schema.ts';
import { createNaming, namingFields } from '../prometheus/naming.ts';
import { createRemoteWriteSender } from './prometheus_remote_write/sender.ts';

function httpFields() {
  return {
    endpoint: z
      .string()
      .refine((url) => URL.canParse(url) && /^https?:/.test(url), { error: 'expected an http or https URL' })
      .optional()
      .describe('URL of the receiver, such as `http://127.0.0.1:9090/api/v1/write`.'),
    tls: clientTlsField(),
    headers: headersField(),
    auth: clientAuth(),
    idleConnTimeout: duration().prefault('90s').describe('Time after which an idle connection is closed.'),
    ...connectionFields(),
    compression: ignored('remote write demands snappy', { schema: z.string(), effective: 'snappy' }),
    compressionParams: ignored('remote write demands snappy'),
    cookies: ignored('remote write has no cookies'),
  } as const;
}

const config = z.object({
  ...httpFields(),
  http: z.object(httpFields()).optional().describe('The HTTP client. If set, it replaces the options beside it.'),
  ...namingFields(),
  externalLabels: z.record(z.string(), z.string()).prefault({}).describe('Labels that every series gets.'),
  protobufMessage: z
    .enum(['prometheus.WriteRequest', 'io.prometheus.write.v2.Request'])
    .prefault('prometheus.WriteRequest')
    .describe('Version of remote write: `prometheus.WriteRequest` is 1.0, `io.prometheus.write.v2.Request` 2.0.'),
  maxBatchSizeBytes: z.int().min(1).prefault(3_000_000).describe('Maximum size of a request before compression.'),
  maxBatchRequestParallelism: ignored('the requests of a batch are sent in order', { schema: z.int() }),
  targetInfo: z
    .object({ enabled: z.boolean().prefault(true).describe('Whether to send it.') })
    .prefault({})
    .describe('The series `target_info` with the attributes of the resource.'),
  exportCreatedMetric: ignored('start times are part of samples in version 2.0'),
  disableScopeInfo: z.boolean().prefault(false).describe('Whether to leave out the labels `otel_scope_…`.'),
  sendMetadata: z
    .boolean()
    .prefault(false)
    .describe('Whether to send types and descriptions, which version 2.0 always does.'),
  includeMetadataKeys: z.array(z.string()).prefault([]).describe('Request metadata that is sent as headers.'),
  convertExplicitHistogramsToNhcb: z
    .boolean()
    .prefault(false)
    .describe('Whether to send classic histograms as native ones with custom buckets.'),
  keepClassicHistograms: z.boolean().prefault(false).describe('Whether to send their classic series as well.'),
  remoteWriteQueue: ignored('set `sending_queue`, which has the same options and can be on disk', {
    schema: z.record(z.string(), z.unknown()),
  }),
  wal: ignored('set `sending_queue.storage` for a queue on disk', { schema: z.record(z.string(), z.unknown()) }),
});

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const prometheusRemoteWrite = defineSendingExporter({
  summary: 'Sends metrics by Prometheus remote write 1.0 and 2.0, with native histograms and exemplars.',
  stability: 'alpha',
  aliases: ['prometheusremotewrite'],
  signals: ['metrics'],
  config,
  examples: [
    { title: 'A Prometheus on the same host', config: { endpoint: 'http://127.0.0.1:9090/api/v1/write' } },
    {
      title: 'Version 2.0, with labels and all resource attributes',
      config: {
        endpoint: 'https://prometheus.example.com/api/v1/write',
        protobuf_message: 'io.prometheus.write.v2.Request',
        external_labels: { cluster: 'eu-1' },
        resource_to_telemetry_conversion: { enabled: true },
      },
    },
  ],
  describe: (options) => clientOf(options).endpoint ?? '',
  check(options, use): readonly ConfigIssue[] {
    const { endpoint } = clientOf(options);
    const missing = endpoint === undefined ? [{ path: ['endpoint'], message: 'expected a URL, got nothing' }] : [];
    return [...missing, ...checkClientAuth(clientOf(options), use)];
  },
  create: (options, context) => createSender(options, context),
});

function clientOf(options: Config) {
  return options.http ?? options;
}

function createSender(options: Config, context: ComponentContext): Sender {
  const client = clientOf(options);
  return createRemoteWriteSender({
    url: client.endpoint ?? '',
    version: options.protobufMessage === 'prometheus.WriteRequest' ? 1 : 2,
    series: {
      naming: createNaming(options),
      externalLabels: options.externalLabels,
      withoutScope: options.disableScopeInfo,
      hasTargetInfo: options.targetInfo.enabled,
      customBuckets: options.convertExplicitHistogramsToNhcb,
      keepsClassic: options.keepClassicHistograms,
    },
    maxBatchBytes: options.maxBatchSizeBytes,
    sendMetadata: options.sendMetadata,
    headers: fixedHeaders(client),
    metadataKeys: options.includeMetadataKeys,
    idleMillis: client.idleConnTimeout,
    createTls: () => createClientTls(clientTlsOptions(client.tls), context.clock),
    createAuthorize: () => authorizeRequests(client, context),
    now: () => context.clock.now(),
  });
}
