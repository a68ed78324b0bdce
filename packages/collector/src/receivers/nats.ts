import { defineReceiver } from '../component/define.ts';
import { checkNatsReceiver, natsReceiverConfig } from './nats/config.ts';
import { NatsReceiver } from './nats/receiver.ts';

export const nats = defineReceiver({
  summary:
    'Reads telemetry from a stream of NATS JetStream, and acknowledges messages that the pipelines have accepted.',
  stability: 'alpha',
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: natsReceiverConfig,
  examples: [
    { title: 'The stream of the NATS exporter', config: { servers: ['nats://127.0.0.1:4222'] } },
    {
      title: 'Lines of text, with a user and TLS',
      config: {
        servers: ['tls://nats.example.com:4222'],
        stream: 'app',
        consumer: 'otelier-logs',
        logs: { subject: 'app.logs.>', encoding: 'text' },
        auth: { username: 'otelier', password: `\${env:NATS_PASSWORD:-secret}` },
        tls: { ca_file: '/etc/otelier/ca.pem' },
      },
    },
  ],
  describe: ({ servers }) => servers.join(', '),
  check: checkNatsReceiver,
  create: (config, next, context) => new NatsReceiver(config, next, context),
});
