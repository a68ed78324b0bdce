import { defineReceiver } from '../component/define.ts';
import { DEFAULT_BODY_BYTES, pushServerFields } from '../component/fields/push-server.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { openPushServer } from '../component/http/push-server.ts';
import { ignored, notYet, z } from '../component/schema.ts';
import { createServerReceiver } from '../component/server-receiver.ts';

const config = z.object({
  ...pushServerFields('127.0.0.1:8126'),
  traceIdCacheSize: ignored('the spans of a chunk have the same trace ID of 128 bits', { schema: z.int() }),
  intake: z
    .object({
      behavior: z
        .enum(['', 'disable'])
        .prefault('disable')
        .describe('What happens to descriptions of hosts. They are acknowledged, and nothing is kept.'),
      proxy: notYet('send descriptions of hosts to Datadog with the agent').describe('Forwarding. Not supported yet.'),
    })
    .prefault({})
    .describe('Descriptions of hosts (`/intake`).'),
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
          const datadogOptions = {
            maxBytes: maxRequestBodySize || DEFAULT_BODY_BYTES,
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
