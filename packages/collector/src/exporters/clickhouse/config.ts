import { clientTlsField } from '../../component/fields/client.ts';
import { duration, ignored, notYet, secret, z } from '../../component/schema.ts';
import { parseEndpoint } from './endpoint.ts';
import type { TableName } from './tables.ts';

/** Compressions of requests, as the Collector writes them. An empty text and `true` mean LZ4. */
export const COMPRESSIONS = ['', 'true', 'none', 'lz4', 'zstd', 'gzip', 'deflate', 'br'] as const;

function tableField(points: string, name: string) {
  return z
    .object({ name: z.string().prefault('').describe(`Name of the table. Default: \`${name}\`.`) })
    .prefault({})
    .describe(`Table of ${points}.`);
}

/** Returns the fields of the exporter. */
export function clickhouseFields() {
  return {
    endpoint: z
      .string()
      .superRefine((endpoint, issues) => {
        const parsed = parseEndpoint(endpoint);
        if (typeof parsed === 'string') issues.addIssue({ code: 'custom', message: parsed, input: endpoint });
      })
      .describe(
        'URL of the HTTP interface, such as `http://127.0.0.1:8123` or, with TLS, `https://127.0.0.1:8443`. Several hosts are separated by commas. A path names the database, and parameters are those of `connection_params`.',
      ),
    username: z.string().prefault('').describe('User name.'),
    password: secret().prefault('').describe('Password of the user.'),
    database: z
      .string()
      .prefault('default')
      .describe('Database. Unless it is `default`, it wins over the path of `endpoint`.'),
    tls: clientTlsField(),
    connectionParams: z
      .record(z.string(), z.string())
      .prefault({})
      .describe(
        'Settings of ClickHouse that are sent with every request, such as `max_execution_time`, and `connection_open_strategy`: `in_order`, `round_robin` or `random`.',
      ),
    createSchema: z
      .boolean()
      .prefault(true)
      .describe('Whether to create the database and the tables that do not exist, before the first insert.'),
    clusterName: z.string().prefault('').describe('Cluster on which to create the tables (`ON CLUSTER`).'),
    tableEngine: z
      .object({
        name: z.string().prefault('').describe('Name of the engine. Default: `MergeTree`.'),
        params: z.string().prefault('').describe('Parameters of the engine.'),
      })
      .prefault({})
      .describe('Engine of created tables.'),
    ttl: duration().prefault(0).describe('Time after which rows of created tables expire. 0 means never.'),
    logsTableName: z.string().min(1).prefault('otel_logs').describe('Table of log records.'),
    tracesTableName: z
      .string()
      .min(1)
      .prefault('otel_traces')
      .describe('Table of spans. With the suffix `_trace_id_ts`, it is the table of the times of traces.'),
    profilesTableName: ignored('profiles are not sent', { schema: z.string() }),
    metricsTableName: z
      .string()
      .prefault('')
      .describe('Beginning of the names of metric tables. Use `metrics_tables`.'),
    metricsTables: z
      .object({
        gauge: tableField('gauges', 'otel_metrics_gauge'),
        sum: tableField('sums', 'otel_metrics_sum'),
        summary: tableField('summaries', 'otel_metrics_summary'),
        histogram: tableField('histograms', 'otel_metrics_histogram'),
        exponentialHistogram: tableField('exponential histograms', 'otel_metrics_exponential_histogram'),
      })
      .prefault({})
      .describe('Tables of data points, by the kind of the metric.'),
    asyncInsert: z
      .boolean()
      .prefault(true)
      .describe(
        'Whether the server merges inserts of several clients (`async_insert`). Inserts are acknowledged once they are in the table. A value in `endpoint` or `connection_params` wins.',
      ),
    compress: z
      .enum(COMPRESSIONS)
      .prefault('lz4')
      .describe('Compression of inserts. A value in `endpoint` or `connection_params` wins.'),
    json: notYet('attributes are columns of type Map').describe(
      'Whether attributes are columns of type JSON. Not supported yet.',
    ),
  };
}

/** The fields that name metric tables. */
interface MetricTables {
  readonly metricsTableName: string;
  readonly metricsTables: Readonly<Record<Exclude<TableName, 'logs' | 'traces'>, { readonly name: string }>>;
}

/** The fields that name tables. */
interface TableFields extends MetricTables {
  readonly logsTableName: string;
  readonly tracesTableName: string;
}

/** Returns the names of the tables. */
export function tableNames(options: TableFields): Readonly<Record<TableName, string>> {
  const { metricsTables, metricsTableName } = options;
  const isNamed = Object.values(metricsTables).some(({ name }) => name !== '');
  const prefix = metricsTableName === '' || isNamed ? 'otel_metrics' : metricsTableName;
  return {
    logs: options.logsTableName,
    traces: options.tracesTableName,
    gauge: metricsTables.gauge.name || `${prefix}_gauge`,
    sum: metricsTables.sum.name || `${prefix}_sum`,
    summary: metricsTables.summary.name || `${prefix}_summary`,
    histogram: metricsTables.histogram.name || `${prefix}_histogram`,
    exponentialHistogram: metricsTables.exponentialHistogram.name || `${prefix}_exponential_histogram`,
  };
}
