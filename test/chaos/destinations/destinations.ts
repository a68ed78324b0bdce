import { createServer, type Server } from 'node:http';
import type { Signal } from '@otelier/otlp';
import { createComponentBench } from '@otelier/testkit/component-bench';
import { systemClock } from '@otelier/transport';
import { startFakeServer } from '../../../packages/collector/src/exporters/clickhouse/fake-server.testing.ts';
import { TestBroker } from '../../../packages/collector/src/kafka/broker.testing.ts';
import { readTopic } from '../../../packages/collector/src/kafka/read-topic.testing.ts';
import { elasticsearchBulk } from '../../../packages/collector/src/receivers/elasticsearch_bulk.ts';
import { fluentForward } from '../../../packages/collector/src/receivers/fluent_forward.ts';
import { influxdb } from '../../../packages/collector/src/receivers/influxdb.ts';
import { loki } from '../../../packages/collector/src/receivers/loki.ts';
import { prometheusRemoteWrite } from '../../../packages/collector/src/receivers/prometheus_remote_write.ts';
import { splunkHec } from '../../../packages/collector/src/receivers/splunk_hec.ts';
import { syslog } from '../../../packages/collector/src/receivers/syslog.ts';
import { zipkin } from '../../../packages/collector/src/receivers/zipkin.ts';
import type { Arrivals } from './arrivals.ts';

type Config = Readonly<Record<string, unknown>>;
type ReceiverDefinition = Parameters<typeof createComponentBench>[0];

/** A destination that can go away and come back at the same port. */
export interface Destination {
  /** Name of the exporter. */
  readonly name: string;
  readonly signal: Signal;
  /** Whether the protocol has no acknowledgments, so that what the destination has not read when it stops is lost. */
  readonly isUnacknowledged?: boolean;
  /** The configuration of the exporter. */
  config(port: number): Config;
  /** Starts the destination, and returns what stops it. */
  start(port: number, arrivals: Arrivals): Promise<() => Promise<void>>;
}

const http = (port: number, path = ''): string => `http://127.0.0.1:${port}${path}`;
const address = (port: number): string => `127.0.0.1:${port}`;

/** An address at which nothing else listens: otherwise what takes the port in between would seem to be the destination. */
const SYSLOG_HOST = '127.0.0.2';

/** The destinations that speak no OTLP. Their peers here are otelier's own receivers, where it has one. */
export const DESTINATIONS: readonly Destination[] = [
  {
    ...{ name: 'loki', signal: 'logs' },
    config: (port) => ({ endpoint: http(port, '/loki/api/v1/push') }),
    start: receivedBy(loki, (port) => ({ protocols: { http: { endpoint: address(port) } } })),
  },
  {
    ...{ name: 'elasticsearch', signal: 'logs' },
    config: (port) => ({ endpoint: http(port), retry: { max_retries: 1 } }),
    start: receivedBy(elasticsearchBulk, (port) => ({ endpoint: address(port) })),
  },
  {
    ...{ name: 'opensearch', signal: 'logs' },
    config: (port) => ({ http: { endpoint: http(port) } }),
    start: receivedBy(elasticsearchBulk, (port) => ({ endpoint: address(port) })),
  },
  {
    ...{ name: 'splunk_hec', signal: 'logs' },
    config: (port) => ({ endpoint: http(port, '/services/collector'), token: 'a token' }),
    start: receivedBy(splunkHec, (port) => ({ endpoint: address(port) })),
  },
  {
    ...{ name: 'syslog', signal: 'logs', isUnacknowledged: true },
    config: (port) => ({ endpoint: SYSLOG_HOST, port, tls: { insecure: true } }),
    start: receivedBy(syslog, (port) => ({
      protocol: 'rfc5424',
      tcp: { listen_address: `${SYSLOG_HOST}:${port}` },
    })),
  },
  {
    ...{ name: 'fluent_forward', signal: 'logs' },
    config: (port) => ({ endpoint: { tcp_addr: address(port) }, require_ack: true }),
    start: receivedBy(fluentForward, (port) => ({ endpoint: address(port) })),
  },
  {
    ...{ name: 'zipkin', signal: 'traces' },
    config: (port) => ({ endpoint: http(port, '/api/v2/spans') }),
    start: receivedBy(zipkin, (port) => ({ endpoint: address(port) })),
  },
  {
    ...{ name: 'prometheus_remote_write', signal: 'metrics' },
    config: (port) => ({ endpoint: http(port, '/api/v1/write') }),
    start: receivedBy(prometheusRemoteWrite, (port) => ({ endpoint: address(port) })),
  },
  {
    ...{ name: 'influxdb', signal: 'metrics' },
    config: (port) => ({ endpoint: http(port), org: 'shop', bucket: 'telemetry', token: 'a token' }),
    start: receivedBy(influxdb, (port) => ({ endpoint: address(port) })),
  },
  {
    ...{ name: 's3', signal: 'logs' },
    config: (port) => ({ s3uploader: { endpoint: http(port), s3_bucket: 'telemetry', s3_force_path_style: true } }),
    start: storeObjects,
  },
  {
    ...{ name: 'clickhouse', signal: 'logs' },
    config: (port) => ({ endpoint: http(port) }),
    start: insertRows,
  },
  {
    ...{ name: 'kafka', signal: 'logs' },
    config: (port) => ({ brokers: [address(port)] }),
    start: produceMessages,
  },
];

/** Returns what starts a receiver that takes everything. */
function receivedBy(definition: ReceiverDefinition, config: (port: number) => Config): Destination['start'] {
  return async (port, arrivals) => {
    const bench = await createComponentBench(definition, { clock: systemClock, config: config(port) });
    bench.response = ({ parts }) => {
      for (const part of parts) arrivals.count(part);
      bench.received.length = 0;
      return { kind: 'accepted' };
    };
    await bench.start();
    return () => bench.close();
  };
}

async function storeObjects(port: number, arrivals: Arrivals): Promise<() => Promise<void>> {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    arrivals.count(Buffer.concat(chunks));
    response.writeHead(200, { etag: '"1"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return () => closeServer(server);
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

async function insertRows(port: number, arrivals: Arrivals): Promise<() => Promise<void>> {
  const server = await startFakeServer(
    ({ rows }) => {
      arrivals.count(rows.join('\n'));
      return undefined;
    },
    { port },
  );
  return () => server.close();
}

async function produceMessages(port: number, arrivals: Arrivals): Promise<() => Promise<void>> {
  const broker = await TestBroker.start(port);
  broker.createTopic(TOPIC);
  /** Number of messages that were counted, by partition. */
  const counted = new Map<number, number>();
  const count = (): void => {
    const positions = new Map<number, number>();
    for (const { partition, value } of readTopic(broker, TOPIC)) {
      const position = (positions.get(partition) ?? 0) + 1;
      positions.set(partition, position);
      if (position > (counted.get(partition) ?? 0)) arrivals.count(value);
    }
    for (const [partition, position] of positions) counted.set(partition, position);
  };
  const timer = setInterval(count, 50);
  return async () => {
    clearInterval(timer);
    await broker.stop();
    count();
  };
}

const TOPIC = 'otlp_logs';
