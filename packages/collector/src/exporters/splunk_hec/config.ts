import type { ConfigIssue } from '../../component/define.ts';
import { clientTlsField, headersField } from '../../component/fields/client.ts';
import { httpClientFields } from '../../component/fields/http-client.ts';
import { duration, ignored, secret, z } from '../../component/schema.ts';
import { METADATA, type MetadataAttributes, metadataField } from '../../splunk/metadata.ts';

const MAX_CONTENT_BYTES = 838_860_800;
const EVENT_PATH = '/services/collector';

function sizeField(description: string, defaultBytes: number) {
  return z
    .int()
    .min(0)
    .max(MAX_CONTENT_BYTES)
    .prefault(defaultBytes)
    .describe(`${description} in bytes, before compression. 0 means no limit.`);
}

/** Returns the fields of the exporter. */
export function splunkHecFields() {
  return {
    ...httpClientFields('Node.js manages connections'),
    endpoint: z
      .string()
      .refine((url) => URL.canParse(url) && /^https?:/.test(url), { error: 'expected an http or https URL' })
      .describe(
        'URL of the collector, such as `https://splunk.example.com:8088/services/collector`. Without a path, it is that one.',
      ),
    token: secret()
      .prefault('')
      .describe('Token for all events, except those whose resource has the attribute `com.splunk.hec.access_token`.'),
    source: z.string().prefault('').describe('Source of events that have none.'),
    sourcetype: z.string().prefault('').describe('Source type of events that have none.'),
    index: z.string().prefault('').describe('Index of events that have none. Empty for the index of the token.'),
    disableCompression: z.boolean().prefault(false).describe('Whether to send without gzip.'),
    maxContentLengthLogs: sizeField('Maximum size of a request with logs', 2_097_152),
    maxContentLengthMetrics: sizeField('Maximum size of a request with metrics', 2_097_152),
    maxContentLengthTraces: sizeField('Maximum size of a request with traces', 2_097_152),
    maxEventSize: sizeField('Maximum size of an event; larger ones are rejected', 5_242_880),
    splunkAppName: z
      .string()
      .prefault('OpenTelemetry Collector Contrib')
      .describe('Name of the application that Splunk is told.'),
    splunkAppVersion: z.string().prefault('').describe('Its version. Default: the version of otelier.'),
    logDataEnabled: z.boolean().prefault(true).describe('Whether logs are sent. Otherwise they are dropped.'),
    profilingDataEnabled: ignored('there are no profiles in logs', { schema: z.boolean() }),
    hecMetadataToOtelAttrs: metadataField('The former name of `otel_attrs_to_hec_metadata`, which overrides it.'),
    otelAttrsToHecMetadata: metadataField('Attributes that become the metadata of events.'),
    otelToHecFields: z
      .object({
        severityText: z.string().prefault('otel.log.severity.text').describe('Field for the severity text.'),
        severityNumber: z.string().prefault('otel.log.severity.number').describe('Field for the severity number.'),
      })
      .prefault({})
      .describe('Names of fields.'),
    healthPath: z.string().prefault('/services/collector/health').describe('Path of the health check.'),
    healthCheckEnabled: z
      .boolean()
      .prefault(false)
      .describe('Whether the health is checked at start, which otherwise fails.'),
    exportRaw: z
      .boolean()
      .prefault(false)
      .describe('Whether to send only the bodies of log records, as lines, to the path of raw data.'),
    useMultiMetricFormat: z
      .boolean()
      .prefault(false)
      .describe('Whether metrics with the same time and dimensions are one event.'),
    headers: headersField(),
    tls: clientTlsField(),
    idleConnTimeout: duration().prefault('10s').describe('Time after which an idle connection is closed.'),
    heartbeat: ignored('there is no heartbeat: monitor the metrics of the process'),
    telemetry: ignored('metrics of the process count exports'),
    maxConnections: ignored('there is one connection for each consumer of the queue', { schema: z.int() }),
  } as const;
}

interface HecConfig {
  readonly endpoint: string;
  readonly token: string;
  readonly exportRaw: boolean;
}

/** Returns what the schema cannot detect. */
export function checkSplunkHec({ token }: HecConfig): readonly ConfigIssue[] {
  return token === '' ? [{ path: ['token'], message: 'expected a token, got nothing' }] : [];
}

/** Returns the URL of the collector: without a path, the one that it has by default. */
export function eventUrl(endpoint: string): string {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = EVENT_PATH;
  return url.href;
}

const DEFAULTS: MetadataAttributes = metadataField('').parse(undefined);

/** Returns the attributes that become the metadata of events. */
export function attributesOf(options: {
  readonly hecMetadataToOtelAttrs: MetadataAttributes;
  readonly otelAttrsToHecMetadata: MetadataAttributes;
}): MetadataAttributes {
  const { hecMetadataToOtelAttrs: former, otelAttrsToHecMetadata: current } = options;
  const entries = METADATA.map((name) => [name, current[name] === DEFAULTS[name] ? former[name] : current[name]]);
  return Object.fromEntries(entries) as MetadataAttributes;
}
