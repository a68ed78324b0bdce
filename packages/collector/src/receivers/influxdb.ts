import { defineReceiver } from '../component/define.ts';
import { DEFAULT_BODY_BYTES, pushServerFields } from '../component/fields/push-server.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { openPushServer } from '../component/http/push-server.ts';
import { z } from '../component/schema.ts';
import { createServerReceiver } from '../component/server-receiver.ts';

export const influxdb = defineReceiver({
  summary:
    'Receives metrics in the line protocol of InfluxDB 1 and 2, as Telegraf and the clients of InfluxDB send them.',
  stability: 'alpha',
  signals: ['metrics'],
  config: z.object(pushServerFields('127.0.0.1:8086')),
  examples: [
    { title: 'From the same host', config: { endpoint: '127.0.0.1:8086' } },
    {
      title: 'From other hosts, with TLS',
      config: {
        endpoint: '0.0.0.0:8086',
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
          const { receiveInflux } = await import('./influxdb/receive.ts');
          const influx = {
            maxBytes: maxRequestBodySize || DEFAULT_BODY_BYTES,
            nowNanos: () => BigInt(Math.floor(context.clock.now())) * 1_000_000n,
          };
          return openPushServer(
            {
              ...serverOptions(options, context),
              signal: 'metrics',
              anyMethod: true,
              receive: (request, target) => receiveInflux(request, target, influx),
            },
            listener,
            handler,
          );
        },
      },
    ]);
  },
});
