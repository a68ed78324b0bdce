import { createClientTls } from '@otelier/transport/tls';
import type { ComponentContext, Sender } from '../component/contract.ts';
import { defineSendingExporter, type SendingSchema } from '../component/define.ts';
import {
  clientTlsField,
  clientTlsOptions,
  compressionField,
  compressionOf,
  headersField,
} from '../component/fields/client.ts';
import { authorizeRequests, checkClientAuth, clientAuth, fixedHeaders } from '../component/fields/client-auth.ts';
import { httpClientFields } from '../component/fields/http-client.ts';
import { duration, z } from '../component/schema.ts';
import { NO_SERVICE_NAME } from '../spans/service-name.ts';
import { createZipkinSender } from './zipkin/sender.ts';

const config = z.object({
  ...httpClientFields('Node.js manages connections'),
  endpoint: z
    .string()
    .refine((url) => URL.canParse(url) && /^https?:/.test(url), { error: 'expected an http or https URL' })
    .describe('URL to send to, such as `http://127.0.0.1:9411/api/v2/spans`.'),
  format: z.enum(['json', 'proto']).prefault('json').describe('Encoding of the spans.'),
  defaultServiceName: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Service name of spans whose resource has none. Default: `OTLPResourceNoServiceName`, as in the Collector.',
    ),
  tls: clientTlsField(),
  compression: compressionField([
    ...(['none', 'gzip', 'deflate', 'zlib', 'zstd', 'snappy'] as const),
    ...['x-snappy-framed', 'lz4'],
  ])
    .prefault('none')
    .describe('Compression of requests.'),
  compressionParams: z
    .object({ level: z.int().optional().describe('Compression level, on the scale of the algorithm.') })
    .optional()
    .describe('Compression parameters.'),
  headers: headersField(),
  auth: clientAuth(),
  idleConnTimeout: duration().prefault('90s').describe('Time after which an idle connection is closed.'),
});

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const zipkin = defineSendingExporter({
  summary: 'Sends spans to the API of Zipkin, as JSON or protobuf.',
  stability: 'alpha',
  signals: ['traces'],
  config,
  examples: [
    { title: 'A Zipkin on the same host', config: { endpoint: 'http://127.0.0.1:9411/api/v2/spans' } },
    {
      title: 'Compressed protobuf, with a header',
      config: {
        endpoint: 'https://zipkin.example.com/api/v2/spans',
        format: 'proto',
        compression: 'gzip',
        default_service_name: 'unknown',
        headers: { 'x-tenant': 'shop' },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (options, use) => checkClientAuth(options, use),
  create: (options, context) => createSender(options, context),
});

function createSender(options: Config, context: ComponentContext): Sender {
  return createZipkinSender({
    url: options.endpoint,
    format: options.format,
    compression: compressionOf(options.compression),
    compressionLevel: options.compressionParams?.level,
    defaultServiceName: options.defaultServiceName ?? NO_SERVICE_NAME,
    headers: fixedHeaders(options),
    idleMillis: options.idleConnTimeout,
    createTls: () => createClientTls(clientTlsOptions(options.tls), context.clock),
    createAuthorize: () => authorizeRequests(options, context),
    now: () => context.clock.now(),
  });
}
