import { defineReceiver } from '../component/define.ts';
import { DEFAULT_BODY_BYTES, pushServerFields } from '../component/fields/push-server.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { openPushServer } from '../component/http/push-server.ts';
import { ignored, secret, z } from '../component/schema.ts';
import { createServerReceiver } from '../component/server-receiver.ts';
import type { IntakeProxy } from './datadog/intake-proxy.ts';

const config = z.object({
  ...pushServerFields('127.0.0.1:8126'),
  traceIdCacheSize: ignored('the spans of a chunk have the same trace ID of 128 bits', { schema: z.int() }),
  intake: z
    .object({
      behavior: z
        .enum(['', 'disable', 'proxy'])
        .prefault('disable')
        .describe(
          'What happens to descriptions of hosts. `disable` acknowledges them, and keeps nothing. `proxy` forwards them to Datadog.',
        ),
      proxy: z
        .object({
          api: z
            .object({
              key: secret().prefault('').describe('API key that Datadog gets, instead of that of the sender.'),
              site: z.string().min(1).prefault('datadoghq.com').describe('Site of Datadog, such as `datadoghq.eu`.'),
              failOnInvalidKey: z
                .boolean()
                .prefault(false)
                .describe('Whether the start fails if Datadog rejects the key.'),
            })
            .prefault({})
            .describe('The API of Datadog.'),
        })
        .prefault({})
        .describe('Where `proxy` forwards to.'),
    })
    .prefault({})
    .describe('Descriptions of hosts (`/intake`).')
    .superRefine(({ behavior, proxy: { api } }, issues) => {
      if (behavior === 'proxy' && api.key === '')
        issues.addIssue({
          code: 'custom',
          path: ['proxy', 'api', 'key'],
          message: 'expected an API key of Datadog with the behavior `proxy`',
          input: api.key,
        });
    }),
});

export const datadog = defineReceiver({
  summary: 'Receives traces of Datadog tracers, and traces, metrics and logs of the Datadog agent and API clients.',
  stability: 'alpha',
  signals: ['traces', 'metrics', 'logs'],
  config,
  examples: [
    { title: 'From tracers on the same host', config: {} },
    {
      title: 'From other hosts, with TLS',
      config: {
        endpoint: '0.0.0.0:8126',
        tls: { cert_file: '/etc/otelier/cert.pem', key_file: '/etc/otelier/key.pem' },
      },
    },
    {
      title: 'Host tags go on to Datadog',
      config: {
        intake: { behavior: 'proxy', proxy: { api: { key: `\${env:DD_API_KEY:-a key}`, site: 'datadoghq.eu' } } },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (server, use) => checkServer(server, [], use),
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create(options, next, context) {
    const { endpoint, includeMetadata, maxRequestBodySize } = options;
    return createServerReceiver(next, context, () => [
      {
        protocol: 'http',
        endpoint,
        includeMetadata,
        async create(listener, handler) {
          const { receiveDatadog } = await import('./datadog/receive.ts');
          const maxBytes = maxRequestBodySize || DEFAULT_BODY_BYTES;
          const datadogOptions = {
            maxBytes,
            intake: await openIntake(options, maxBytes),
            signals: new Set((['traces', 'metrics', 'logs'] as const).filter((signal) => next[signal] !== undefined)),
            nowMillis: () => context.clock.now(),
          };
          return openPushServer(
            {
              ...serverOptions(options, context),
              signal: 'traces',
              anyMethod: true,
              receive: (request, _, targetOf) => receiveDatadog(request, targetOf, datadogOptions),
            },
            listener,
            handler,
          );
        },
      },
    ]);
  },
});

/** Opens the proxy for descriptions of hosts. Throws if Datadog rejects the key and the settings say so. */
async function openIntake({ intake }: z.output<typeof config>, maxBytes: number): Promise<IntakeProxy | undefined> {
  if (intake.behavior !== 'proxy') return undefined;
  const { key, site, failOnInvalidKey } = intake.proxy.api;
  const { IntakeProxy } = await import('./datadog/intake-proxy.ts');
  const proxy = new IntakeProxy({ url: `https://api.${site}`, key, maxBytes });
  if (failOnInvalidKey) await proxy.checkKey();
  return proxy;
}
