import { defineReceiver } from '../component/define.ts';
import { DEFAULT_BODY_BYTES, pushServerFields } from '../component/fields/push-server.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { openPushServer } from '../component/http/push-server.ts';
import { notYet, z } from '../component/schema.ts';
import { createServerReceiver } from '../component/server-receiver.ts';
import { metadataField } from '../splunk/metadata.ts';

const config = z.object({
  ...pushServerFields('127.0.0.1:8088'),
  rawPath: z
    .string()
    .prefault('/services/collector/raw')
    .describe('Path of raw data, each line of which is a log record. All other paths receive events.'),
  splitting: z
    .enum(['line', 'none'])
    .prefault('line')
    .describe('Whether raw data is split into lines, or is one log record.'),
  healthPath: z.string().prefault('/services/collector/health').describe('Path at which clients check the health.'),
  accessTokenPassthrough: z
    .boolean()
    .prefault(false)
    .describe('Whether the token of a request becomes the resource attribute `com.splunk.hec.access_token`.'),
  hecMetadataToOtelAttrs: metadataField('Resource attributes that the metadata of events become.'),
  ack: notYet(
    'clients must not use indexer acknowledgment: a response says that the pipeline has taken the events',
  ).describe('Indexer acknowledgment. Not supported yet.'),
});

export const splunkHec = defineReceiver({
  summary: 'Receives logs and metrics as the HTTP Event Collector of Splunk does: events in JSON and raw data.',
  stability: 'alpha',
  aliases: ['splunkhec'],
  signals: ['logs', 'metrics'],
  config,
  examples: [
    { title: 'From the same host', config: { endpoint: '127.0.0.1:8088' } },
    {
      title: 'From other hosts, with TLS and the token as an attribute',
      config: {
        endpoint: '0.0.0.0:8088',
        tls: { cert_file: '/etc/otelier/cert.pem', key_file: '/etc/otelier/key.pem' },
        access_token_passthrough: true,
        hec_metadata_to_otel_attrs: { source: 'service.name' },
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
          const { receiveHec } = await import('./splunk_hec/receive.ts');
          const hec = {
            ...options,
            maxBytes: maxRequestBodySize || DEFAULT_BODY_BYTES,
            signals: { logs: next.logs !== undefined, metrics: next.metrics !== undefined },
            nowMillis: () => context.clock.now(),
          };
          return openPushServer(
            {
              ...serverOptions(options, context),
              signal: 'logs',
              anyMethod: true,
              receive: (request, _target, targetOf) => receiveHec(request, targetOf, hec),
            },
            listener,
            handler,
          );
        },
      },
    ]);
  },
});
