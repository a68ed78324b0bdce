import type { ConfigIssue, ConfigUse } from '../../component/define.ts';
import { ignored, secret, z } from '../../component/schema.ts';
import { checkStorage } from '../../component/storage/storage-of.ts';
import { scrapingFields } from '../scraping/fields.ts';
import { parseDatasource } from './datasource.ts';

const column = z.string().min(1);

const metric = z.object({
  metricName: z.string().min(1).describe('Name of the metric.'),
  valueColumn: column.describe('Column with the value.'),
  attributeColumns: z.array(column).prefault([]).describe('Columns that become attributes of the point.'),
  staticAttributes: z.record(z.string(), z.string()).prefault({}).describe('Attributes of all points.'),
  dataType: z.enum(['gauge', 'sum']).prefault('gauge').describe('Type of the metric.'),
  valueType: z.enum(['int', 'double']).prefault('int').describe('Type of the value.'),
  monotonic: z.boolean().prefault(false).describe('Whether a sum never decreases.'),
  aggregation: z.enum(['cumulative', 'delta']).optional().describe('Temporality of a sum. Default: `cumulative`.'),
  unit: z.string().prefault('').describe('Unit of the metric.'),
  description: z.string().prefault('').describe('Description of the metric.'),
  tsColumn: z.string().prefault('').describe('Column with the time of the point, in nanoseconds since 1970.'),
  startTsColumn: z.string().prefault('').describe('Column with the start time of a sum, in nanoseconds since 1970.'),
});

const logs = z.object({
  bodyColumn: column.describe('Column that becomes the body of the log record.'),
  attributeColumns: z.array(column).prefault([]).describe('Columns that become attributes of the log record.'),
});

const query = z.object({
  sql: z.string().min(1).describe('Statement to run. With `tracking_column`, `$1` is the last value of that column.'),
  metrics: z.array(metric).prefault([]).describe('Metrics of each row.'),
  logs: z.array(logs).prefault([]).describe('Log records of each row.'),
  trackingColumn: z
    .string()
    .prefault('')
    .describe('Column whose value in the last row is `$1` of the next reading of logs.'),
  trackingStartValue: z.string().prefault('').describe('Value of `$1` in the first reading.'),
  ignoreNullValues: z.boolean().prefault(false).describe('Whether values that are NULL are no failure.'),
});

export const sqlQueryConfig = z.object({
  ...scrapingFields('10s'),
  driver: z
    .enum(['postgres'], { error: 'expected postgres; otelier does not support other databases yet' })
    .describe('Kind of the database.'),
  datasource: secret()
    .prefault('')
    .describe('Connection as a URL or as `host=… port=… user=… password=… dbname=… sslmode=…`.'),
  host: z.string().prefault('').describe('Name or address of the server, instead of `datasource`.'),
  port: z.int().min(0).max(65_535).prefault(0).describe('Port of the server.'),
  database: z.string().prefault('').describe('Name of the database.'),
  username: z.string().prefault('').describe('Name of the user.'),
  password: secret().prefault('').describe('Password of the user.'),
  additionalParams: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
    .prefault({})
    .describe('Further parameters of the connection, such as `sslmode`.'),
  queries: z.array(query).describe('Queries.'),
  storage: z
    .string()
    .optional()
    .describe('ID of a storage extension for the values of `tracking_column`. Default: in memory.'),
  maxOpenConn: ignored('each query has a connection of its own', { schema: z.int() }),
  telemetry: ignored('statements are not logged'),
});

/** The configuration of the receiver. */
export type SqlQueryConfig = z.output<typeof sqlQueryConfig>;

/** A configured query. */
export type ConfiguredQuery = SqlQueryConfig['queries'][number];

/** Reports configurations that cannot work. */
export function checkSqlQuery(config: SqlQueryConfig, use: ConfigUse): readonly ConfigIssue[] {
  const issues: ConfigIssue[] = [...checkStorage(config.storage, ['storage'], use), ...checkConnection(config)];
  if (config.queries.length === 0) issues.push({ path: ['queries'], message: 'expected at least one query, got none' });
  for (const [index, { metrics, logs: records }] of config.queries.entries()) {
    const path = ['queries', index];
    if (metrics.length === 0 && records.length === 0)
      issues.push({ path: [...path, 'metrics'], message: 'expected metrics or logs, got neither' });
    for (const [at, { dataType, aggregation }] of metrics.entries())
      if (dataType === 'gauge' && aggregation !== undefined)
        issues.push({
          path: [...path, 'metrics', at, 'aggregation'],
          message: `expected data_type "sum", got an aggregation of a gauge`,
        });
  }
  return issues;
}

function checkConnection(config: SqlQueryConfig): readonly ConfigIssue[] {
  const { datasource, host, port, database, username, password } = config;
  if (datasource === '') {
    const required = Object.entries({ host, port, database }).filter(([, value]) => value === '' || value === 0);
    return required.map(([name]) => ({ path: [name], message: 'expected a value, or a datasource' }));
  }
  const besides = Object.entries({ host, port, database, username, password }).filter(([, value]) => value);
  if (besides.length > 0)
    return besides.map(([name]) => ({ path: [name], message: 'expected nothing here, because datasource is set' }));
  const target = parseDatasource(config);
  return typeof target === 'string' ? [{ path: ['datasource'], message: target }] : [];
}
