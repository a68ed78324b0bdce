import { hostname } from 'node:os';
import type { Listener } from '@otelier/transport';
import { defineReceiver } from '../component/define.ts';
import { endpointError } from '../component/fields/listen.ts';
import { checkServer, serverOptions } from '../component/fields/server.ts';
import { serverTls } from '../component/fields/tls.ts';
import { byteSize, secret, z } from '../component/schema.ts';
import { createServerReceiver } from '../component/server-receiver.ts';
import { retryField } from '../operators/receiver-fields.ts';

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
  tls: serverTls().describe('TLS settings. Without them, senders connect without TLS.'),
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
  maxMessageSize: byteSize()
    .prefault('64MiB')
    .describe('Maximum size of a message, and of its entries after decompression. A larger one ends its connection.'),
  maxConnections: z.int().min(0).prefault(0).describe('Maximum number of connections. 0 means no limit.'),
  retryOnFailure: retryField(),
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
  create(options, next, context) {
    const { logs } = next;
    if (logs === undefined) throw new Error(`${context.id}: expected a pipeline of logs`);
    const { security, maxMessageSize, maxConnections, retryOnFailure, endpoint } = options;
    return createServerReceiver(next, context, () => [
      {
        protocol: 'tcp',
        endpoint,
        async create(listener: Listener) {
          const { ForwardProtocol } = await import('./fluent_forward/protocol.ts');
          const { openHeartbeat } = await import('./fluent_forward/heartbeat.ts');
          const { openFrameServer } = await import('./framed_logs/server.ts');
          const protocol = {
            maxMessageBytes: maxMessageSize,
            tagAttribute: TAG_ATTRIBUTE,
            security: security && { ...security, selfHostname: security.selfHostname ?? hostname() },
          };
          const server = {
            createProtocol: () => new ForwardProtocol(protocol),
            openCompanion: openHeartbeat,
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
