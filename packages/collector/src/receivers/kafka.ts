import { defineReceiver } from '../component/define.ts';
import { checkKafkaReceiver, kafkaReceiverConfig } from './kafka/config.ts';
import { KafkaReceiver } from './kafka/receiver.ts';

export const kafka = defineReceiver({
  summary: 'Reads telemetry from topics of Kafka, and commits offsets once the pipelines have accepted the messages.',
  stability: 'alpha',
  // One member of the consumer group a process: the partitions are shared among processes.
  runsIn: 'main',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: kafkaReceiverConfig,
  examples: [
    {
      title: 'The topics of the Kafka exporter, from the beginning',
      config: { brokers: ['localhost:9092'], initial_offset: 'earliest' },
    },
    {
      title: 'Lines of text with TLS and SCRAM',
      config: {
        brokers: ['kafka-1.example.com:9093', 'kafka-2.example.com:9093'],
        group_id: 'logs',
        logs: { topics: ['app-logs'], encoding: 'text' },
        tls: { ca_file: '/etc/otelier/ca.pem' },
        auth: { sasl: { mechanism: 'SCRAM-SHA-512', username: 'otelier', password: `\${env:KAFKA_PASSWORD:-secret}` } },
      },
    },
  ],
  describe: ({ brokers }) => brokers.join(', '),
  check: checkKafkaReceiver,
  create: (config, next, context) => new KafkaReceiver(config, next, context),
});
