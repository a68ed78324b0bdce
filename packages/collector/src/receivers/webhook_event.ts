import { type ConfigIssue, defineReceiver } from '../component/define.ts';
import { DEFAULT_BODY_BYTES, pushServerFields } from '../component/fields/push-server.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { openPushServer } from '../component/http/push-server.ts';
import { patternError } from '../component/pattern.ts';
import { secret, z } from '../component/schema.ts';
import { createServerReceiver } from '../component/server-receiver.ts';

function path(defaultPath: string, what: string) {
  return z
    .string()
    .transform((text) => (text.startsWith('/') ? text : `/${text}`))
    .prefault(defaultPath)
    .describe(`Path ${what}.`);
}

const config = z.object({
  ...pushServerFields('127.0.0.1:8088'),
  path: path('/events', 'of events'),
  healthPath: path('/health_check', 'at which senders check the health'),
  requiredHeader: z
    .object({
      key: z.string().prefault('').describe('Name of the header.'),
      value: secret().prefault('').describe('Its value.'),
    })
    .prefault({})
    .describe('A header that requests must have, such as one with a shared secret.'),
  hmacSignature: z
    .object({
      secret: secret().describe('Key of the signature.'),
      header: z.string().min(1).describe('Name of the header with the signature, such as `X-Hub-Signature-256`.'),
      prefix: z.string().min(1).describe('Text before the signature, such as `sha256=`.'),
    })
    .optional()
    .describe('Signature of the body that requests must have: HMAC with SHA-256 in hexadecimal, as GitHub sends it.'),
  splitLogsAtNewline: z
    .boolean()
    .prefault(false)
    .describe('Whether each line is a log record. Otherwise, the whole body is one.'),
  splitLogsAtJsonBoundary: z
    .boolean()
    .prefault(false)
    .describe('Whether each JSON object is a log record, unless `split_logs_at_newline` is set.'),
  convertHeadersToAttributes: z
    .boolean()
    .prefault(false)
    .describe(
      'Whether the headers become attributes `header.NAME`, which are lists, except the required one and credentials.',
    ),
  headerAttributeRegex: z
    .string()
    .prefault('')
    .superRefine((text, issues) => {
      const message = patternError(text);
      if (message !== undefined) issues.addIssue({ code: 'custom', message, input: text });
    })
    .describe('Regular expression for the names of headers that become attributes `header.NAME`.'),
});

type Config = z.output<typeof config>;

export const webhookEvent = defineReceiver({
  summary: 'Receives the requests of webhooks as log records, whatever their bodies are.',
  stability: 'alpha',
  aliases: ['webhookevent'],
  signals: ['logs'],
  config,
  examples: [
    { title: 'From the same host', config: { endpoint: '127.0.0.1:8088' } },
    {
      title: 'From other hosts, with a signature and a log record for each JSON object',
      config: {
        endpoint: '0.0.0.0:8088',
        tls: { cert_file: '/etc/otelier/cert.pem', key_file: '/etc/otelier/key.pem' },
        path: '/github',
        hmac_signature: { secret: 'a long secret', header: 'X-Hub-Signature-256', prefix: 'sha256=' },
        header_attribute_regex: '^X-GitHub-Event$',
        split_logs_at_json_boundary: true,
      },
    },
  ],
  describe: ({ endpoint, path: events }) => `${endpoint} ${events}`,
  check: (options, use) => [...checkHeader(options), ...checkServer(options, [], use)],
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create(options, next, context) {
    const { endpoint, includeMetadata, maxRequestBodySize } = options;
    const { clock, id } = context;
    return createServerReceiver(next, context, () => [
      {
        protocol: 'http',
        endpoint,
        includeMetadata,
        async create(listener, handler) {
          const { createWebhook } = await import('./webhook_event/receive.ts');
          const receive = createWebhook({
            ...options,
            source: id,
            maxBytes: maxRequestBodySize || DEFAULT_BODY_BYTES,
            nowMillis: () => clock.now(),
          });
          const server = { ...serverOptions(options, context), signal: 'logs', anyMethod: true, receive } as const;
          return openPushServer(server, listener, handler);
        },
      },
    ]);
  },
});

function checkHeader({ requiredHeader: { key, value } }: Config): readonly ConfigIssue[] {
  if ((key === '') === (value === '')) return [];
  const missing = key === '' ? 'key' : 'value';
  return [{ path: ['required_header', missing], message: 'expected a text, got nothing' }];
}
