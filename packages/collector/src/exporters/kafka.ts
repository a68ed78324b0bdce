import { defineSendingExporter } from '../component/define.ts';
import { checkKafkaExporter, kafkaExporterConfig } from './kafka/config.ts';
import { KafkaSender } from './kafka/sender.ts';

export const kafka = defineSendingExporter({
  summary: 'Sends telemetry to topics of Kafka.',
  stability: 'alpha',
  signals: ['traces', 'metrics', 'logs', 'profiles'],
  config: kafkaExporterConfig,
  examples: [
    { title: 'A broker on the same host', config: { brokers: ['localhost:9092'] } },
    {
      title: 'Traces by trace ID, acknowledged by all replicas, with TLS and SCRAM',
      config: {
        brokers: ['kafka-1.example.com:9093', 'kafka-2.example.com:9093'],
        partition_traces_by_id: true,
        producer: { required_acks: 'all', compression: 'zstd' },
        tls: { ca_file: '/etc/otelier/ca.pem' },
        auth: { sasl: { mechanism: 'SCRAM-SHA-512', username: 'otelier', password: `\${env:KAFKA_PASSWORD:-secret}` } },
      },
    },
  ],
  describe: ({ brokers }) => brokers.join(', '),
  check: checkKafkaExporter,
  create: (config, context) => new KafkaSender(config, context),
});
