import { createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { kafka as kafkaExporter } from '../../../packages/collector/src/exporters/kafka.ts';
import { bearerTokenAuth } from '../../../packages/collector/src/extensions/bearer_token_auth.ts';
import { kafka as kafkaReceiver } from '../../../packages/collector/src/receivers/kafka.ts';
import { compareUnderChaos } from '../brokers/chaos.ts';
import { type Config, compareRecords, logsOf, sendRecords } from '../brokers/records.ts';
import type { Comparison } from '../check.ts';
import { type Broker, startBroker, USER } from './broker.ts';
import { compareWithCollector } from './collector.ts';

/** A way from otelier through the broker to otelier. */
interface Way {
  readonly name: string;
  readonly exporter?: Config;
  readonly receiver?: Config;
  readonly auth?: Config;
  /** Options of both clients for a listener. */
  client?(broker: Broker): Config;
}

const sasl = (mechanism: string) => ({ sasl: { mechanism, ...USER } });
const producer = (options: Config) => ({ producer: options });

const WAYS: readonly Way[] = [
  { name: 'otlp_proto' },
  { name: 'otlp_json', exporter: { logs: { encoding: 'otlp_json' } }, receiver: { logs: { encoding: 'otlp_json' } } },
  { name: 'all replicas, zstd', exporter: producer({ required_acks: 'all', compression: 'zstd' }) },
  { name: 'gzip, no acknowledgment', exporter: producer({ required_acks: 0, compression: 'gzip' }) },
  { name: 'snappy, messages of 20 kB', exporter: producer({ compression: 'snappy', max_message_bytes: 20_000 }) },
  {
    name: 'lz4, by resource',
    exporter: { ...producer({ compression: 'lz4' }), partition_logs_by_resource_attributes: true },
  },
  {
    name: 'by trace ID, murmur2',
    exporter: { partition_logs_by_trace_id: true, record_partitioner: { sticky_key: { hasher: 'murmur2' } } },
  },
  { name: 'round robin', exporter: { record_partitioner: { round_robin: {} } } },
  { name: 'least backup', exporter: { record_partitioner: { least_backup: {} } } },
  { name: 'range', receiver: { group_rebalance_strategies: ['range'] } },
  { name: 'roundrobin', receiver: { group_rebalance_strategies: ['roundrobin'] } },
  { name: 'a commit for each batch', receiver: { autocommit: { enable: false } } },
  { name: 'SASL PLAIN', auth: sasl('PLAIN') },
  { name: 'SASL SCRAM-SHA-256', auth: sasl('SCRAM-SHA-256') },
  { name: 'SASL SCRAM-SHA-512', auth: sasl('SCRAM-SHA-512') },
  {
    name: 'SASL OAUTHBEARER',
    auth: { sasl: { mechanism: 'OAUTHBEARER', oauthbearer_token_source: 'bearer_token_auth' } },
  },
  {
    name: 'TLS with a client certificate',
    client: ({ tlsAddress, tls }) => ({ brokers: [tlsAddress], tls }),
  },
];

/** Size of the smallest messages of the disturbed processes, and the number of messages of a partition in a response. */
const MESSAGE_BYTES = 1150;
const PARTITION_MESSAGES = 10;

/** Sends log records through a real broker in many ways, and compares every one of them, also while processes are killed. */
export async function compareWithKafka(report: (name: string, compared: Comparison) => void): Promise<void> {
  const broker = await startBroker();
  try {
    for (const [index, way] of WAYS.entries()) report(way.name, await compareWay(way, `way-${index}`, broker));
    report('a wrong password', await compareWrongPassword(broker));
    await compareWithCollector(tlsClient(broker), broker, report);
    await compareUnderChaos(chaosSystem(broker), report);
  } finally {
    await broker.stop();
  }
}

/** The options of a client with TLS and SASL. */
function tlsClient({ saslTlsAddress, tls: { ca_file } }: Broker): Config {
  return { brokers: [saslTlsAddress], tls: { ca_file }, auth: sasl('SCRAM-SHA-512') };
}

/** A token without a signature, which the broker is configured to accept. */
function unsecuredToken(): string {
  const seconds = Math.floor(Date.now() / 1000);
  const partOf = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${partOf({ alg: 'none' })}.${partOf({ sub: USER.username, iat: seconds, exp: seconds + 3600 })}.`;
}

/** Two processes with the broker between them, in which everything acknowledged is on disk. */
function chaosSystem(broker: Broker) {
  const brokers = `brokers: ["${broker.address}"]`;
  const queue = 'sending_queue: {storage: file_storage}, retry_on_failure: {initial_interval: 200ms, max_interval: 1s}';
  const group = 'group_id: chaos, initial_offset: earliest, session_timeout: 6s, heartbeat_interval: 500ms';
  const fetches = `max_partition_fetch_size: ${PARTITION_MESSAGES * MESSAGE_BYTES}`;
  return {
    name: 'broker',
    broker,
    exporter: `kafka: {${brokers}, logs: {topic: chaos}, producer: {required_acks: all}, ${queue}}`,
    receiver: `kafka: {${brokers}, logs: {topics: [chaos]}, ${group}, ${fetches}, autocommit: {enable: false}}`,
    // A response for each of the three partitions.
    messagesInFlight: 3 * PARTITION_MESSAGES,
  };
}

async function compareWay(way: Way, topic: string, broker: Broker): Promise<Comparison> {
  const { exporter, receiver } = benchesOf(way, topic, broker);
  const [out, into] = [await exporter, await receiver];
  try {
    await out.start();
    const refused = await sendRecords(out);
    if (refused !== undefined) return refused;
    await into.start();
    return await compareRecords(into);
  } finally {
    await out.close();
    await into.close();
  }
}

/** Returns benches of an exporter and a receiver of one topic. */
function benchesOf({ exporter, receiver, auth, client: clientOf }: Way, topic: string, broker: Broker) {
  const address = auth === undefined ? broker.address : broker.saslAddress;
  const client = clientOf?.(broker) ?? { brokers: [address], ...(auth && { auth }) };
  const extensions = { bearer_token_auth: { definition: bearerTokenAuth, config: { token: unsecuredToken() } } };
  const logs = (config: Config = {}) => (config['logs'] ?? {}) as object;
  const bench = (definition: Parameters<typeof createComponentBench>[0], config: Config) =>
    createComponentBench(definition, {
      clock: systemClock,
      signals: ['logs'],
      extensions,
      config: { ...client, ...config },
    });
  return {
    exporter: bench(kafkaExporter, {
      ...exporter,
      logs: { ...logs(exporter), topic },
      sending_queue: { enabled: false },
    }),
    receiver: bench(kafkaReceiver, {
      ...receiver,
      logs: { ...logs(receiver), topics: [topic] },
      initial_offset: 'earliest',
      group_id: topic,
      session_timeout: '6s',
      heartbeat_interval: '500ms',
    }),
  };
}

async function compareWrongPassword(broker: Broker): Promise<Comparison> {
  const auth = { sasl: { mechanism: 'SCRAM-SHA-512', ...USER, password: 'wrong' } };
  const way: Way = { name: '', auth, exporter: { retry_on_failure: { enabled: false } } };
  const bench = await benchesOf(way, 'never', broker).exporter;
  try {
    await bench.start();
    const outcome = await bench.send(logsOf(0));
    const isRejected = outcome.kind === 'retry' && /authentication/i.test(outcome.reason);
    return { compared: 1, mismatches: isRejected ? [] : [JSON.stringify(outcome)] };
  } finally {
    await bench.close();
  }
}
