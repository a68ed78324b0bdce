import { defineReceiver } from '../component/define.ts';
import { DEFAULT_BODY_BYTES, pushServerFields } from '../component/fields/push-server.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { openPushServer } from '../component/http/push-server.ts';
import { z } from '../component/schema.ts';
import { createServerReceiver } from '../component/server-receiver.ts';

const config = z.object({
  ...pushServerFields('127.0.0.1:9200'),
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, { error: 'expected a version such as "8.19.0"' })
    .prefault('8.19.0')
    .describe('Version of Elasticsearch that clients are told.'),
  clusterName: z.string().min(1).prefault('otelier').describe('Name of the cluster that clients are told.'),
});

export const elasticsearchBulk = defineReceiver({
  summary:
    'Receives documents as Elasticsearch does, from Beats, Logstash, Fluent Bit and clients, and makes them log records.',
  stability: 'alpha',
  signals: ['logs'],
  config,
  examples: [
    { title: 'From the same host', config: { endpoint: '127.0.0.1:9200' } },
    {
      title: 'From other hosts, with TLS',
      config: {
        endpoint: '0.0.0.0:9200',
        tls: { cert_file: '/etc/otelier/cert.pem', key_file: '/etc/otelier/key.pem' },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (server, use) => checkServer(server, [], use),
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create(options, next, context) {
    const { endpoint, includeMetadata, version, clusterName, maxRequestBodySize } = options;
    const { clock } = context;
    return createServerReceiver(next, context, () => [
      {
        protocol: 'http',
        endpoint,
        includeMetadata,
        async create(listener, handler) {
          const { respondAsElasticsearch } = await import('./elasticsearch_bulk/api.ts');
          const api = {
            version,
            clusterName,
            maxBytes: maxRequestBodySize || DEFAULT_BODY_BYTES,
            nowMillis: () => clock.now(),
          };
          return openPushServer(
            {
              ...serverOptions(options, context),
              signal: 'logs',
              anyMethod: true,
              receive: (request, target) => respondAsElasticsearch(request, target, api),
            },
            listener,
            handler,
          );
        },
      },
    ]);
  },
});
