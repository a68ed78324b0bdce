import { clientTlsField, headersField } from '../../component/fields/client.ts';
import { clientAuth } from '../../component/fields/client-auth.ts';
import { connectionFields } from '../../component/fields/http-client.ts';
import { duration, ignored, secret, z } from '../../component/schema.ts';
import { sendingQueueField } from '../../component/sending/config.ts';
import { MAPPING_MODES, parseMappingMode } from './mode.ts';

const FILTER_PATH = 'items.*._index,items.*.status,items.*.failure_store,items.*.error.type,items.*.error.reason';

function url() {
  return z.string().refine((text) => URL.canParse(text) && /^https?:/.test(text), {
    error: 'expected an http or https URL',
  });
}

function enabled(description: string, isEnabled = false) {
  return z
    .object({ enabled: z.boolean().prefault(isEnabled).describe(description) })
    .prefault({})
    .describe(description);
}

function indexField(items: string) {
  return z.string().prefault('').describe(`Index of all ${items}. Empty for data streams by their attributes.`);
}

const dynamicIndex = () => ignored('documents are routed by attributes unless an index is set');
const debugging = () => ignored('requests and responses are not logged', { schema: z.boolean(), effective: false });

/** Returns the fields of the exporter. */
export function elasticsearchFields() {
  return {
    endpoint: url().optional().describe('URL of the server, such as `http://127.0.0.1:9200`.'),
    endpoints: z.array(url()).prefault([]).describe('URLs of several servers, which take turns.'),
    cloudid: z
      .string()
      .refine((id) => urlOfCloudId(id) !== undefined, { error: 'expected an ID of Elastic Cloud' })
      .optional()
      .describe('ID of a deployment in Elastic Cloud, instead of URLs.'),
    user: z.string().prefault('').describe('User name for basic authentication.'),
    password: secret().prefault('').describe('Password of the user.'),
    apiKey: secret().prefault('').describe('API key, encoded in base64.'),
    auth: clientAuth(),
    headers: headersField(),
    tls: clientTlsField(),
    compression: z.enum(['none', 'gzip']).prefault('gzip').describe('Request compression.'),
    compressionParams: z
      .object({ level: z.int().min(1).max(9).prefault(1).describe('Level of gzip.') })
      .prefault({})
      .describe('How much to compress.'),
    idleConnTimeout: duration().prefault('90s').describe('Time after which an idle connection is closed.'),
    ...connectionFields(),
    cookies: ignored('bulk requests have no cookies'),
    timeout: duration().prefault('90s').describe('Maximum time for an attempt to send. 0 means no limit.'),
    sendingQueue: sendingQueueField({
      queueSize: 10,
      blockOnOverflow: true,
      batch: { flushTimeout: '10s', minSize: 1_000_000, maxSize: 5_000_000, sizer: 'bytes' },
    }),
    logsIndex: indexField('log records'),
    metricsIndex: indexField('data points'),
    tracesIndex: indexField('spans'),
    logsDynamicIndex: dynamicIndex(),
    metricsDynamicIndex: dynamicIndex(),
    tracesDynamicIndex: dynamicIndex(),
    logsDynamicId: enabled('Whether the attribute `elasticsearch.document_id` of a log record is its ID.'),
    tracesDynamicId: enabled('Whether the attribute `elasticsearch.document_id` of a span is its ID.'),
    logsDynamicPipeline: enabled(
      'Whether the attribute `elasticsearch.ingest_pipeline` of a log record is its ingest pipeline.',
    ),
    pipeline: z.string().prefault('').describe('Ingest pipeline of all documents.'),
    logstashFormat: z
      .object({
        enabled: z.boolean().prefault(false).describe('Whether to append the date to the name of the index.'),
        prefixSeparator: z.string().prefault('-').describe('Text between name and date.'),
        dateFormat: z.string().prefault('%Y.%m.%d').describe('Format of the date.'),
      })
      .prefault({})
      .describe('Indices by date, as Logstash creates them.'),
    mapping: z
      .object({
        mode: ignored('set `allowed_modes`, the scope attribute or the request metadata', {
          schema: z.string(),
          effective: 'otel',
        }),
        allowedModes: z
          .array(
            z
              .string()
              .refine((name) => parseMappingMode(name) !== undefined, `expected one of ${MAPPING_MODES.join(', ')}`),
          )
          .prefault([...MAPPING_MODES])
          .describe(
            'Mapping modes that the request metadata `X-Elastic-Mapping-Mode` and the scope attribute `elastic.mapping.mode` can choose. Without `otel`, the first one is the default.',
          ),
      })
      .prefault({})
      .describe('How telemetry becomes documents.'),
    retry: z
      .object({
        enabled: z.boolean().prefault(true).describe('Whether to send documents again at once that failed for now.'),
        maxRequests: z.int().min(0).prefault(0).describe('Use `max_retries`.'),
        maxRetries: z
          .int()
          .min(0)
          .prefault(0)
          .describe('Number of such retries before `retry_on_failure` takes over. 0 means 2.'),
        initialInterval: duration().prefault('100ms').describe('Time before the first retry.'),
        maxInterval: duration().prefault('1m').describe('Maximum time between retries.'),
        retryOnStatus: z
          .array(z.int())
          .prefault([429])
          .describe('Statuses of documents and requests that are retried, besides 429 and those of server errors.'),
      })
      .prefault({})
      .describe('Retries of documents.'),
    suppressConflictErrors: z
      .boolean()
      .prefault(false)
      .describe('Whether a document that exists already (409) counts as indexed.'),
    bulkResponseFilterPath: z.string().prefault(FILTER_PATH).describe('Parts of bulk responses to receive.'),
    includeSourceOnError: z.boolean().optional().describe('Whether responses contain parts of failed documents.'),
    metadataKeys: ignored('set `sending_queue.batch.partition.metadata_keys`'),
    numWorkers: ignored('set `sending_queue.num_consumers`', { schema: z.int() }),
    flush: ignored('set `sending_queue.batch`'),
    discover: ignored('the endpoints are those of the configuration'),
    telemetry: z
      .object({
        logRequestBody: debugging(),
        logResponseBody: debugging(),
        logFailedDocsInput: debugging(),
        logFailedDocsInputRateLimit: ignored('failed documents are not logged', { schema: z.string() }),
      })
      .prefault({})
      .describe('Logging of requests.'),
  };
}

/** The fields that name servers. */
interface Servers {
  readonly endpoint?: string | undefined;
  readonly endpoints: readonly string[];
  readonly cloudid?: string | undefined;
}

/** Returns the URLs of the servers, by default those of the environment variable `ELASTICSEARCH_URL`; none if it is not set. */
export function endpointsOf(
  { endpoint, endpoints, cloudid }: Servers,
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  if (endpoint !== undefined) return [endpoint];
  if (endpoints.length > 0) return endpoints;
  const cloud = cloudid === undefined ? undefined : urlOfCloudId(cloudid);
  if (cloud !== undefined) return [cloud];
  const urls = (environment['ELASTICSEARCH_URL'] ?? '').split(',').map((each) => each.trim());
  return urls.filter((each) => URL.canParse(each));
}

/** Returns the URL of a deployment: the ID has the host and the name of the cluster in base64 after a colon. */
function urlOfCloudId(id: string): string | undefined {
  const [, encoded] = id.split(/:(.*)/s);
  const [host, cluster] = Buffer.from(encoded ?? '', 'base64')
    .toString()
    .split('$');
  const text = `https://${cluster}.${host}`;
  return host && cluster && URL.canParse(text) ? text : undefined;
}
