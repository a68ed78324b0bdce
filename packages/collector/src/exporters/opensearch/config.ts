import { clientTlsField, headersField } from '../../component/fields/client.ts';
import { clientAuth } from '../../component/fields/client-auth.ts';
import { connectionFields } from '../../component/fields/http-client.ts';
import { duration, ignored, notYet, z } from '../../component/schema.ts';
import { OPENSEARCH_MODES } from './encode.ts';
import { isTimeFormat } from './index-names.ts';

function indexFields(items: string) {
  return {
    index: z
      .string()
      .prefault('')
      .describe(
        `Index of ${items}. Placeholders such as \`%{service.name}\` are attributes of the item, its scope or its resource.`,
      ),
    fallback: z.string().prefault('').describe('Value of placeholders whose attribute is missing. Default: `unknown`.'),
    timeFormat: z
      .string()
      .refine(isTimeFormat, 'expected yyyy, yy, MM, dd, HH, mm, ss and the separators "-", ".", "_" and "+"')
      .prefault('')
      .describe('Format of the time in UTC to append to the index, such as `yyyy.MM.dd`. Empty for none.'),
  };
}

/** Returns the fields of the exporter. */
export function openSearchFields() {
  const logs = indexFields('log records');
  const traces = indexFields('spans');
  const metrics = indexFields('data points');
  return {
    http: z
      .object({
        ...connectionFields(),
        cookies: ignored('bulk requests have no cookies'),
        endpoint: z
          .string()
          .refine((url) => URL.canParse(url) && /^https?:/.test(url), { error: 'expected an http or https URL' })
          .describe('URL of the server, such as `http://127.0.0.1:9200`.'),
        auth: clientAuth(),
        headers: headersField(),
        tls: clientTlsField(),
        compression: z.enum(['', 'none', 'gzip']).prefault('').describe('Request compression.'),
        compressionParams: z
          .object({ level: z.int().min(1).max(9).prefault(1).describe('Level of gzip.') })
          .prefault({})
          .describe('How much to compress.'),
        idleConnTimeout: duration().prefault('90s').describe('Time after which an idle connection is closed.'),
        timeout: ignored('set `timeout` of the exporter', { schema: z.string() }),
      })
      .describe('The server and how to connect to it.'),
    dataset: z.string().min(1).prefault('default').describe('Part of the names of indices.'),
    namespace: z.string().min(1).prefault('namespace').describe('Part of the names of indices.'),
    logsIndex: logs.index,
    logsIndexFallback: logs.fallback,
    logsIndexTimeFormat: logs.timeFormat,
    tracesIndex: traces.index,
    tracesIndexFallback: traces.fallback,
    tracesIndexTimeFormat: traces.timeFormat,
    metricsIndex: metrics.index,
    metricsIndexFallback: metrics.fallback,
    metricsIndexTimeFormat: metrics.timeFormat,
    bulkAction: z
      .enum(['create', 'index'])
      .prefault('create')
      .describe('Action of documents. Data streams accept only `create`.'),
    pipeline: z.string().prefault('').describe('Ingest pipeline of all documents.'),
    mapping: z
      .object({
        mode: z
          .enum(OPENSEARCH_MODES)
          .prefault('ss4o')
          .describe(
            'Schema of documents: `ss4o` (Simple Schema for Observability), `otel-v1` (Data Prepper), `ecs` and `flatten_attributes` (log records with flat names, spans as `ss4o`) or `bodymap` (the body of log records).',
          ),
        timestampField: z
          .string()
          .prefault('')
          .describe('Time field of the modes `ecs` and `flatten_attributes`. Default: `@timestamp`.'),
        unixTimestamp: z.boolean().prefault(false).describe('Whether that time is in milliseconds since the epoch.'),
        dedot: z
          .boolean()
          .prefault(false)
          .describe('Whether these modes have nested objects instead of names with dots.'),
        dedup: ignored('duplicate fields are always removed', { schema: z.boolean(), effective: true }),
        fields: ignored('the Collector does not use it', { schema: z.record(z.string(), z.string()) }),
        file: ignored('the Collector does not use it', { schema: z.string() }),
        manageIndexTemplate: notYet('create the index templates of Data Prepper with the API of OpenSearch').describe(
          'Whether to create index templates. Not supported yet.',
        ),
        indexTemplateFile: notYet('create the index templates of Data Prepper with the API of OpenSearch').describe(
          'Additions to the index templates. Not supported yet.',
        ),
        ism: notYet('create the policy with the API of OpenSearch').describe('Rollover policy. Not supported yet.'),
      })
      .prefault({})
      .describe('How telemetry becomes documents.'),
  };
}
