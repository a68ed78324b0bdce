import { createClientTls } from '@otelier/transport/tls';
import type { ComponentContext, Sender } from '../component/contract.ts';
import { defineSendingExporter, type SendingSchema } from '../component/define.ts';
import { clientTlsField, clientTlsOptions, headersField } from '../component/fields/client.ts';
import { authorizeRequests, checkClientAuth, clientAuth, fixedHeaders } from '../component/fields/client-auth.ts';
import { httpClientFields } from '../component/fields/http-client.ts';
import { duration, z } from '../component/schema.ts';
import { createLokiSender } from './loki/sender.ts';

const label = (description: string) => z.boolean().prefault(true).describe(description);

const config = z.object({
  ...httpClientFields('Node.js manages connections; requests have snappy'),
  endpoint: z
    .string()
    .refine((url) => URL.canParse(url) && /^https?:/.test(url), { error: 'expected an http or https URL' })
    .describe('URL of the push API, such as `http://127.0.0.1:3100/loki/api/v1/push`.'),
  defaultLabelsEnabled: z
    .object({
      exporter: label('Whether streams have the label `exporter="OTLP"`.'),
      job: label('Whether they have the label `job`, with the namespace and the name of the service.'),
      instance: label('Whether they have the label `instance`, with `service.instance.id`.'),
      level: label('Whether they have the label `level`, with the severity.'),
    })
    .prefault({})
    .describe('Labels beside those that hints name.'),
  headers: headersField(),
  tls: clientTlsField(),
  auth: clientAuth(),
  idleConnTimeout: duration().prefault('90s').describe('Time after which an idle connection is closed.'),
});

type Config = z.output<SendingSchema<(typeof config)['shape']>>;

export const loki = defineSendingExporter({
  summary: 'Sends logs to the push API of Loki, with labels that attributes name. To new servers, send OTLP.',
  stability: 'alpha',
  signals: ['logs'],
  config,
  examples: [
    { title: 'A Loki on the same host', config: { endpoint: 'http://127.0.0.1:3100/loki/api/v1/push' } },
    {
      title: 'A tenant, without the label of the exporter',
      config: {
        endpoint: 'https://loki.example.com/loki/api/v1/push',
        headers: { 'X-Scope-OrgID': 'shop' },
        default_labels_enabled: { exporter: false },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (options, use) => checkClientAuth(options, use),
  create: (options, context) => createSender(options, context),
});

function createSender(options: Config, context: ComponentContext): Sender {
  const { clock } = context;
  return createLokiSender({
    url: options.endpoint,
    labels: options.defaultLabelsEnabled,
    headers: fixedHeaders(options),
    idleMillis: options.idleConnTimeout,
    createTls: () => createClientTls(clientTlsOptions(options.tls), clock),
    createAuthorize: () => authorizeRequests(options, context),
    now: () => clock.now(),
  });
}
