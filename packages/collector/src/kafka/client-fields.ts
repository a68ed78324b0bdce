import type { ConfigIssue, ConfigUse } from '../component/define.ts';
import { checkAuthenticator } from '../component/fields/authenticator-id.ts';
import { clientTlsField } from '../component/fields/client.ts';
import { duration, ignored, notYet, secret, z } from '../component/schema.ts';

const BROKER = /^(\[[0-9a-f:.]+\]|[^:/\s]+)(:\d{1,5})?$/i;

const sasl = z
  .object({
    mechanism: z
      .enum(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'], {
        error:
          'expected PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 or OAUTHBEARER; otelier does not support AWS_MSK_IAM_OAUTHBEARER yet',
      })
      .describe('Mechanism of SASL.'),
    username: z.string().prefault('').describe('User name.'),
    password: secret().prefault('').describe('Password of the user.'),
    version: ignored('the broker determines the version', { schema: z.int() }),
    awsMsk: notYet('use SCRAM-SHA-512').describe('IAM of Amazon MSK. Not supported yet.'),
    oauthbearerTokenSource: z
      .string()
      .min(1)
      .optional()
      .describe('ID of the extension that provides the token of `OAUTHBEARER`, such as `oauth2_client`.'),
  })
  .superRefine(({ mechanism, username, password, oauthbearerTokenSource }, issues) => {
    const expect = (value: unknown, name: string) => {
      if (value === '' || value === undefined)
        issues.addIssue({
          code: 'custom',
          path: [name],
          message: `expected a value, which ${mechanism} needs`,
          input: value,
        });
    };
    if (mechanism === 'OAUTHBEARER') expect(oauthbearerTokenSource, 'oauthbearerTokenSource');
    else {
      expect(username, 'username');
      expect(password, 'password');
    }
  });

/** The fields of the Collector's `configkafka.ClientConfig`, which its receiver and exporter share. */
export const kafkaClientFields = {
  brokers: z
    .array(z.string().regex(BROKER, { error: 'expected `host:port`' }))
    .min(1)
    .prefault(['localhost:9092'])
    .describe('Addresses of some brokers, `host:port`, which tell the others.'),
  protocolVersion: ignored('the versions of requests are negotiated with the broker', { schema: z.string() }),
  resolveCanonicalBootstrapServersOnly: ignored('the brokers tell their names', {
    schema: z.boolean(),
    effective: false,
  }),
  clientId: z
    .string()
    .min(1)
    .prefault('otel-collector')
    .describe('Name of the client, by which brokers log requests and apply quotas.'),
  rackId: z
    .string()
    .prefault('')
    .describe('Rack of the client. Brokers with a rack-aware replica selector are then read from that are near.'),
  useLeaderEpoch: ignored('the leader epoch is used if the broker tells it', { schema: z.boolean(), effective: true }),
  connIdleTimeout: ignored('brokers close idle connections, which are opened again', { schema: z.string() }),
  dialTimeout: duration().prefault('10s').describe('Maximum time to connect to a broker.'),
  auth: z
    .object({
      sasl: sasl.optional().describe('Authentication by SASL.'),
      plainText: z
        .object({
          username: z.string().min(1).describe('User name.'),
          password: secret().describe('Password of the user.'),
        })
        .optional()
        .describe('Authentication by SASL with the mechanism `PLAIN`, in the older form of the Collector.'),
      kerberos: notYet('use SCRAM-SHA-512').describe('Authentication by Kerberos. Not supported yet.'),
    })
    .prefault({})
    .describe('Authentication.'),
  // Without a TLS block, connections are not encrypted, as in the Collector.
  tls: clientTlsField()
    .prefault({ insecure: true })
    .describe('TLS settings. Without them, connections are not encrypted.'),
  metadata: z
    .object({
      full: ignored('only the topics that are used are read', { schema: z.boolean() }),
      refreshInterval: duration().prefault('10m').describe('Interval at which topics and partitions are read again.'),
      retry: z
        .object({
          max: z.int().min(0).prefault(20).describe('Maximum number of retries of a request to the consumer group.'),
          backoff: duration().prefault('250ms').describe('Time between two attempts.'),
        })
        .prefault({})
        .describe('Retries of requests.'),
    })
    .prefault({})
    .describe('Requests about the topics and their partitions.'),
} as const;

/** The configuration of a client. */
export type KafkaClientConfig = z.output<z.ZodObject<typeof kafkaClientFields>>;

/** Reports a token source that does not exist. */
export function checkKafkaClient(
  { auth: { sasl: used, plainText } }: KafkaClientConfig,
  use: ConfigUse,
): ConfigIssue[] {
  if (used !== undefined && plainText !== undefined)
    return [{ path: ['auth', 'plain_text'], message: 'expected nothing here, because auth.sasl is set' }];
  const source = used?.oauthbearerTokenSource;
  if (source === undefined) return [];
  return checkAuthenticator(source, 'outgoing', [], use).map(({ message }) => ({
    path: ['auth', 'sasl', 'oauthbearer_token_source'],
    message,
  }));
}
