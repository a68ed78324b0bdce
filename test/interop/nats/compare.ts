import { createComponentBench } from '@otelier/testkit';
import { systemClock } from '@otelier/transport';
import { nats as natsExporter } from '../../../packages/collector/src/exporters/nats.ts';
import { nats as natsReceiver } from '../../../packages/collector/src/receivers/nats.ts';
import { compareUnderChaos } from '../brokers/chaos.ts';
import { type Config, compareRecords, sendRecords } from '../brokers/records.ts';
import type { Comparison } from '../check.ts';
import { startNats } from './server.ts';

interface Way {
  readonly name: string;
  readonly exporter?: Config;
  readonly receiver?: Config;
}

const WAYS: readonly Way[] = [
  { name: 'otlp_proto' },
  { name: 'otlp_json', exporter: { logs: { encoding: 'otlp_json' } }, receiver: { logs: { encoding: 'otlp_json' } } },
  { name: 'messages of 20 kB', exporter: { max_message_bytes: 20_000 } },
];

/** Number of messages that the receiver of the disturbed processes holds. */
const MAX_MESSAGES = 10;

/** Sends log records through a real NATS server, and compares every one of them, also while processes are killed. */
export async function compareWithNats(report: (name: string, compared: Comparison) => void): Promise<void> {
  const server = await startNats();
  try {
    for (const [index, way] of WAYS.entries()) report(way.name, await compareWay(way, `way${index}`, server.url));
    const stream = 'chaos';
    await compareUnderChaos(
      {
        name: 'server',
        broker: server,
        exporter: `nats: {servers: ["${server.url}"], reconnect_interval: 100ms, stream: {name: ${stream}}, sending_queue: {storage: file_storage}, retry_on_failure: {initial_interval: 200ms, max_interval: 1s}}`,
        receiver: `nats: {servers: ["${server.url}"], reconnect_interval: 100ms, stream: ${stream}, ack_wait: 5s, max_messages: ${MAX_MESSAGES}}`,
        messagesInFlight: MAX_MESSAGES,
      },
      report,
    );
  } finally {
    await server.stop();
  }
}

async function compareWay({ exporter, receiver }: Way, name: string, url: string): Promise<Comparison> {
  const subject = `${name}.logs`;
  const bench = (definition: Parameters<typeof createComponentBench>[0], config: Config) =>
    createComponentBench(definition, { clock: systemClock, signals: ['logs'], config: { servers: [url], ...config } });
  const out = await bench(natsExporter, {
    ...exporter,
    logs: { ...(exporter?.['logs'] as object), subject },
    stream: { name },
    sending_queue: { enabled: false },
  });
  const into = await bench(natsReceiver, {
    ...receiver,
    logs: { ...(receiver?.['logs'] as object), subject },
    stream: name,
  });
  try {
    await out.start();
    await into.start();
    return (await sendRecords(out)) ?? (await compareRecords(into));
  } finally {
    await out.close();
    await into.close();
  }
}
