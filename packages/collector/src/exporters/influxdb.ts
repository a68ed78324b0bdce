import { createClientTls } from '@otelier/transport/tls';
import type { ComponentContext, Sender } from '../component/contract.ts';
import { type ConfigIssue, defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { clientTlsField, clientTlsOptions, headersField } from '../component/fields/client.ts';
import { authorizeRequests, checkClientAuth, clientAuth, fixedHeaders } from '../component/fields/client-auth.ts';
import { httpClientFields } from '../component/fields/http-client.ts';
import { duration, secret, z } from '../component/schema.ts';
import { METRICS_SCHEMAS } from './influxdb/metrics.ts';
import { createInfluxSender } from './influxdb/sender.ts';

const dimensions = (names: readonly string[], items: string) =>
  z
    .array(z.string().min(1))
    .refine((list) => new Set(list).size === list.length, { error: 'expected each name once' })
    .prefault([...names])
    .describe(`Attributes and names of ${items} that become tags.`);

const config = z.object({
  ...httpClientFields('Node.js manages connections'),
  endpoint: z
    .string()
    .refine((url) => URL.canParse(url) && /^https?:/.test(url), { error: 'expected an http or https URL' })
    .describe('URL of the server, such as `http://127.0.0.1:8086`. Without a path, it is that of the API.'),
  org: z.string().prefault('').describe('Organization of the bucket.'),
  bucket: z.string().prefault('').describe('Bucket to write to.'),
  token: secret().prefault('').describe('Token of the API.'),
  v1Compatibility: z
    .object({
      enabled: z.boolean().prefault(false).describe('Whether to write as to InfluxDB 1.'),
      db: z.string().prefault('').describe('Database to write to.'),
      username: z.string().prefault('').describe('Name of the user.'),
      password: secret().prefault('').describe('Password of the user.'),
    })
    .prefault({})
    .describe('The API of InfluxDB 1, instead of `org`, `bucket` and `token`.'),
  metricsSchema: z.enum(METRICS_SCHEMAS).prefault('telegraf-prometheus-v1').describe('How data points become lines.'),
  spanDimensions: dimensions(['service.name', 'span.name'], 'spans'),
  logRecordDimensions: dimensions(['service.name'], 'log records'),
  payloadMaxLines: z.int().min(1).prefault(10_000).describe('Maximum number of lines in a request.'),
  payloadMaxBytes: z.int().min(1).prefault(10_000_000).describe('Maximum size of a request, before compression.'),
  compression: z.enum(['', 'none', 'gzip']).prefault('').describe('Request compression.'),
  headers: headersField(),
  tls: clientTlsField(),
  auth: clientAuth(),
  idleConnTimeout: duration().prefault('90s').describe('Time after which an idle connection is closed.'),
});

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const influxdb = defineSendingExporter({
  summary: 'Writes metrics, logs and traces to InfluxDB 1 and 2 in the line protocol.',
  stability: 'alpha',
  signals: ['metrics', 'logs', 'traces'],
  config,
  examples: [
    {
      title: 'A bucket of InfluxDB 2',
      config: { endpoint: 'http://127.0.0.1:8086', org: 'shop', bucket: 'telemetry', token: 'a token' },
    },
    {
      title: 'A database of InfluxDB 1, with one measurement for all metrics',
      config: {
        endpoint: 'http://127.0.0.1:8086',
        v1_compatibility: { enabled: true, db: 'telemetry', username: 'otelier', password: 'a password' },
        metrics_schema: 'telegraf-prometheus-v2',
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (options, use): readonly ConfigIssue[] => [...checkInflux(options), ...checkClientAuth(options, use)],
  create: (options, context) => createSender(options, context),
});

function checkInflux({ org, bucket, v1Compatibility: v1 }: Config): readonly ConfigIssue[] {
  if (v1.enabled)
    return v1.db === '' ? [{ path: ['v1_compatibility', 'db'], message: 'expected a database, got nothing' }] : [];
  return [
    ...(org === '' ? [{ path: ['org'], message: 'expected an organization, got nothing' }] : []),
    ...(bucket === '' ? [{ path: ['bucket'], message: 'expected a bucket, got nothing' }] : []),
  ];
}

function createSender(options: Config, context: ComponentContext): Sender {
  const { clock } = context;
  return createInfluxSender({
    url: writeUrl(options),
    schema: options.metricsSchema,
    dimensions: { span: new Set(options.spanDimensions), logRecord: new Set(options.logRecordDimensions) },
    maxLines: options.payloadMaxLines,
    maxBytes: options.payloadMaxBytes,
    isCompressed: options.compression === 'gzip',
    headers: { ...fixedHeaders(options), ...credentialsOf(options) },
    idleMillis: options.idleConnTimeout,
    createTls: () => createClientTls(clientTlsOptions(options.tls), clock),
    createAuthorize: () => authorizeRequests(options, context),
    now: () => clock.now(),
  });
}

function writeUrl({ endpoint, org, bucket, v1Compatibility: { enabled, db } }: Config): string {
  const url = new URL(endpoint);
  if (url.pathname === '/') url.pathname = enabled ? '/write' : '/api/v2/write';
  const parameters = enabled ? { db } : { org, bucket };
  for (const [name, value] of Object.entries({ ...parameters, precision: 'ns' })) url.searchParams.set(name, value);
  return url.href;
}

function credentialsOf({ token, v1Compatibility: v1 }: Config): Readonly<Record<string, string>> {
  if (!v1.enabled) return token === '' ? {} : { authorization: `Token ${token}` };
  if (v1.username === '' || v1.password === '') return {};
  return { authorization: `Basic ${Buffer.from(`${v1.username}:${v1.password}`).toString('base64')}` };
}
