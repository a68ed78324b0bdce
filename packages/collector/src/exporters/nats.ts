import { defineSendingExporter } from '../component/define.ts';
import { natsExporterConfig } from './nats/config.ts';
import { NatsSender } from './nats/sender.ts';

export const nats = defineSendingExporter({
  summary: 'Sends telemetry to a stream of NATS JetStream.',
  stability: 'alpha',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: natsExporterConfig,
  examples: [
    { title: 'A server on the same host', config: { servers: ['nats://127.0.0.1:4222'] } },
    {
      title: 'A stream on three servers that keeps messages for a day',
      config: {
        servers: ['tls://nats-1.example.com:4222', 'tls://nats-2.example.com:4222'],
        stream: { name: 'telemetry', replicas: 3, max_age: '24h' },
        auth: { credentials_file: '/etc/otelier/nats.creds' },
        tls: { ca_file: '/etc/otelier/ca.pem' },
      },
    },
  ],
  describe: ({ servers }) => servers.join(', '),
  create: (config, context) => new NatsSender(config, context),
});
