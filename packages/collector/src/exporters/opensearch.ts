import type { Signal } from '@otelier/otlp';
import { createClientTls } from '@otelier/transport/tls';
import type { SignalContext } from '../component/contract.ts';
import { type ConfigIssue, defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { clientTlsOptions } from '../component/fields/client.ts';
import { authorizeRequests, checkClientAuth, fixedHeaders } from '../component/fields/client-auth.ts';
import { z } from '../component/schema.ts';
import { BulkSender } from './elasticsearch/sender.ts';
import { openSearchFields } from './opensearch/config.ts';
import { createEncoder } from './opensearch/encode.ts';
import { createIndexNames } from './opensearch/index-names.ts';

const config = z.object(openSearchFields());

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

const FILTER_PATH = 'items.*._index,items.*.status,items.*.error.type,items.*.error.reason';
const MAX_REQUEST_BYTES = 5_000_000;
const DEFAULT_NAMESPACE = 'namespace';
const DEFAULT_DATASET = 'default';
const DATA_PREPPER_INDICES: Partial<Record<Signal, string>> = {
  logs: 'otel-v1-logs',
  traces: 'otel-v1-apm-span',
  metrics: 'otel-v1-metrics',
};

export const opensearch = defineSendingExporter({
  summary:
    'Indexes logs, metrics and traces in OpenSearch, in the schemas of its observability plugin and Data Prepper.',
  stability: 'alpha',
  signals: ['logs', 'metrics', 'traces'],
  config,
  examples: [
    { title: 'A server on the same host', config: { http: { endpoint: 'http://127.0.0.1:9200' } } },
    {
      title: 'An index for each service and day, in the schema of Data Prepper',
      config: {
        http: { endpoint: 'https://opensearch.example.com:9200', headers: { authorization: 'Basic YWRhOnB3' } },
        logs_index: 'logs-%{service.name}',
        logs_index_time_format: 'yyyy.MM.dd',
        mapping: { mode: 'otel-v1' },
      },
    },
  ],
  describe: ({ http }) => http.endpoint,
  check(options, use): readonly ConfigIssue[] {
    const { mapping, dataset, namespace } = options;
    const isUnused = mapping.mode === 'otel-v1' && (dataset !== DEFAULT_DATASET || namespace !== DEFAULT_NAMESPACE);
    return [
      ...(isUnused
        ? [{ path: ['dataset'], message: 'expected no dataset and namespace with the mapping mode otel-v1' }]
        : []),
      ...checkClientAuth(options.http, use).map((issue) => ({ ...issue, path: ['http', ...issue.path] })),
    ];
  },
  create: (options, context) => createSender(options, context),
});

/** Creates the sender of a signal. */
function createSender(options: Config, context: SignalContext): BulkSender {
  const { clock, random } = context;
  const { http, mapping, dataset, namespace, pipeline, bulkAction } = options;
  return new BulkSender({
    urls: [new URL(http.endpoint)],
    query: { ...(pipeline !== '' && { pipeline }), filter_path: FILTER_PATH },
    encode: createEncoder({
      mode: mapping.mode,
      action: bulkAction,
      dataset,
      namespace,
      timestampField: mapping.timestampField || '@timestamp',
      unixTimestamp: mapping.unixTimestamp,
      dedot: mapping.dedot,
      indexOf: createIndexNames({ ...indexOf(options, context.signal), now: () => clock.now() }),
    }),
    compressionLevel: http.compression === 'gzip' ? http.compressionParams.level : undefined,
    maxRequestBytes: MAX_REQUEST_BYTES,
    // Documents are sent again by `retry_on_failure`.
    retry: { isEnabled: false, maxRetries: 0, initialMillis: 0, maxMillis: 0, statuses: [] },
    ignoresConflicts: false,
    headers: fixedHeaders(http),
    idleMillis: http.idleConnTimeout,
    clock,
    random,
    createTls: () => createClientTls(clientTlsOptions(http.tls), clock),
    createAuthorize: () => authorizeRequests(http, context),
  });
}

/** Returns how the index of a signal is named. */
function indexOf(options: Config, signal: Signal) {
  const fields = {
    logs: [options.logsIndex, options.logsIndexFallback, options.logsIndexTimeFormat],
    traces: [options.tracesIndex, options.tracesIndexFallback, options.tracesIndexTimeFormat],
    metrics: [options.metricsIndex, options.metricsIndexFallback, options.metricsIndexTimeFormat],
  };
  const [pattern, fallback = '', timeFormat = ''] = signal in fields ? fields[signal as keyof typeof fields] : [];
  return { pattern: pattern || defaultIndex(options, signal), fallback, timeFormat };
}

function defaultIndex({ mapping, dataset, namespace }: Config, signal: Signal): string {
  return mapping.mode === 'otel-v1' ? (DATA_PREPPER_INDICES[signal] ?? '') : `ss4o_${signal}-${dataset}-${namespace}`;
}
