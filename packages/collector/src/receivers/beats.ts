import type { Listener } from '@otelier/transport';
import { defineReceiver } from '../component/define.ts';
import { listenEndpoint } from '../component/fields/listen.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { serverTls } from '../component/fields/tls.ts';
import { byteSize, z } from '../component/schema.ts';
import { createServerReceiver } from '../component/server-receiver.ts';
import { retryField } from '../operators/receiver-fields.ts';

const config = z.object({
  endpoint: listenEndpoint().prefault('127.0.0.1:5044').describe('Address to listen on: `host:port` or `unix:/path`.'),
  tls: serverTls().describe('TLS settings. With `client_ca_file`, agents need a certificate.'),
  maxFrameSize: byteSize()
    .prefault('64MiB')
    .describe('Maximum size of a frame, and of its events after decompression. A larger one ends its connection.'),
  maxConnections: z.int().min(0).prefault(0).describe('Maximum number of connections. 0 means no limit.'),
  retryOnFailure: retryField(),
});

export const beats = defineReceiver({
  summary: 'Receives events as Logstash does, by version 2 of the Lumberjack protocol, from Filebeat and other Beats.',
  stability: 'alpha',
  signals: ['logs'],
  config,
  examples: [
    { title: 'From the same host', config: { endpoint: '127.0.0.1:5044' } },
    {
      title: 'From other hosts, with TLS and client certificates',
      config: {
        endpoint: '0.0.0.0:5044',
        tls: {
          cert_file: '/etc/otelier/cert.pem',
          key_file: '/etc/otelier/key.pem',
          client_ca_file: '/etc/otelier/agents.pem',
        },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (server, use) => checkServer(server, [], use),
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create(options, next, context) {
    const { logs } = next;
    if (logs === undefined) throw new Error(`${context.id}: expected a pipeline of logs`);
    const { endpoint, maxFrameSize, maxConnections, retryOnFailure } = options;
    return createServerReceiver(next, context, () => [
      {
        protocol: 'tcp',
        endpoint,
        async create(listener: Listener) {
          const { BeatsProtocol } = await import('./beats/protocol.ts');
          const { openFrameServer } = await import('./framed_logs/server.ts');
          const server = {
            createProtocol: () => new BeatsProtocol(maxFrameSize),
            maxConnections,
            retry: retryOnFailure,
            tls: serverOptions(options, context).tls,
          };
          return openFrameServer(server, listener, logs, context);
        },
      },
    ]);
  },
});
