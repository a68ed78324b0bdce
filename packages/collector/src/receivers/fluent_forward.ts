import { hostname } from 'node:os';
import { defineReceiver } from '../component/define.ts';
import { endpointError } from '../component/fields/listen.ts';
import { checkServer } from '../component/fields/server.ts';
import { secret, z } from '../component/schema.ts';
import { createFrameReceiver, frameServerFields, frameSizeField } from './framed_logs/receiver.ts';

const TAG_ATTRIBUTE = 'fluent.tag';

const config = z.object({
  endpoint: z
    .string()
    .prefault('127.0.0.1:24224')
    .transform((text) => (text.startsWith('/') ? `unix:${text}` : text))
    .superRefine((endpoint, issues) => {
      const message = endpointError(endpoint);
      if (message !== undefined) issues.addIssue({ code: 'custom', message, input: endpoint });
    })
    .describe('Address to listen on: `host:port`, `unix:///path` or a path.'),
  ...frameServerFields('TLS settings. Without them, senders connect without TLS.'),
  security: z
    .object({
      sharedKey: secret().describe('Key that senders must know (`shared_key` of Fluentd and Fluent Bit).'),
      selfHostname: z
        .string()
        .min(1)
        .optional()
        .describe('Name of this server in the handshake. Default: the name of the host.'),
      users: z
        .record(z.string(), secret())
        .prefault({})
        .describe('Passwords by user name. If there are any, senders need one as well.'),
    })
    .optional()
    .describe('Handshake that authenticates senders. The Collector has none.'),
  maxMessageSize: frameSizeField('message', 'entries'),
});

export const fluentForward = defineReceiver({
  summary: 'Receives logs by the forward protocol, as Fluentd, Fluent Bit and the log drivers of containers send them.',
  stability: 'alpha',
  aliases: ['fluentforward'],
  signals: ['logs'],
  config,
  examples: [
    { title: 'From the same host', config: { endpoint: '127.0.0.1:24224' } },
    {
      title: 'From other hosts, with TLS and a shared key',
      config: {
        endpoint: '0.0.0.0:24224',
        tls: { cert_file: '/etc/otelier/cert.pem', key_file: '/etc/otelier/key.pem' },
        security: { shared_key: 'a long secret' },
      },
    },
  ],
  describe: ({ endpoint }) => endpoint,
  check: (server, use) => checkServer(server, [], use),
  listens: ({ endpoint }) => [{ path: ['endpoint'], endpoint }],
  create: (options, next, context) =>
    createFrameReceiver(options, next, context, async () => {
      const { ForwardProtocol } = await import('./fluent_forward/protocol.ts');
      const { openHeartbeat } = await import('./fluent_forward/heartbeat.ts');
      const { security, maxMessageSize: maxMessageBytes } = options;
      const protocol = {
        maxMessageBytes,
        tagAttribute: TAG_ATTRIBUTE,
        security: security && { ...security, selfHostname: security.selfHostname ?? hostname() },
      };
      return { createProtocol: () => new ForwardProtocol(protocol), openCompanion: openHeartbeat };
    }),
});
