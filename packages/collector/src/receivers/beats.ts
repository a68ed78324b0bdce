import { defineReceiver } from '../component/define.ts';
import { listenEndpoint } from '../component/fields/listen.ts';
import { checkServer } from '../component/fields/server.ts';
import { z } from '../component/schema.ts';
import { createFrameReceiver, frameServerFields, frameSizeField } from './framed_logs/receiver.ts';

const config = z.object({
  endpoint: listenEndpoint().prefault('127.0.0.1:5044').describe('Address to listen on: `host:port` or `unix:/path`.'),
  ...frameServerFields('TLS settings. With `client_ca_file`, agents need a certificate.'),
  maxFrameSize: frameSizeField('frame', 'events'),
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
  create: (options, next, context) =>
    createFrameReceiver(options, next, context, async () => {
      const { BeatsProtocol } = await import('./beats/protocol.ts');
      return { createProtocol: () => new BeatsProtocol(options.maxFrameSize) };
    }),
});
