import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { requestToJson } from '@otelier/otlp';
import { batchOf, type ComponentBench, createComponentBench } from '@otelier/testkit';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import { systemClock } from '@otelier/transport';
import { Admin } from '@platformatic/kafka';
import { kafka as kafkaExporter } from '../../../packages/collector/src/exporters/kafka.ts';
import { kafka as kafkaReceiver } from '../../../packages/collector/src/receivers/kafka.ts';
import type { Config } from '../brokers/records.ts';
import type { Comparison } from '../check.ts';
import { type Running, runStep, startServer } from '../processes.ts';
import type { Broker } from './broker.ts';
import { fingerprints, type RecordedTopic, writeRecorded } from './recorded.ts';
import { itemTexts, type KafkaSignal, REQUESTS, withoutTimes } from './requests.ts';

const DIRECTORY = join(import.meta.dirname, '..', '.build', 'kafka');
const PROGRAM = join(DIRECTORY, 'collector');
const WAIT_MILLIS = 30_000;

/** An encoding of the messages of a topic, who writes them, and how they are read. */
interface Encoding {
  readonly signal: KafkaSignal;
  readonly sent: string;
  /** Default: as sent. */
  readonly read?: string;
  /** Whether only the Collector can send it. */
  readonly isOnlyThere?: boolean;
}

const ENCODINGS: readonly Encoding[] = [
  ...(['traces', 'metrics', 'logs'] as const).flatMap((signal) => [
    { signal, sent: 'otlp_proto' },
    { signal, sent: 'otlp_json' },
  ]),
  { signal: 'traces', sent: 'zipkin_proto' },
  { signal: 'traces', sent: 'zipkin_json' },
  { signal: 'traces', sent: 'jaeger_proto' },
  { signal: 'traces', sent: 'jaeger_json' },
  { signal: 'logs', sent: 'raw' },
  { signal: 'logs', sent: 'raw', read: 'text' },
  { signal: 'logs', sent: 'raw', read: 'json' },
];

/** Who writes or reads messages. */
const SIDES = ['here', 'there'] as const;
type Side = (typeof SIDES)[number];

/** A topic with the messages of one writer. */
interface Topic {
  readonly name: string;
  readonly encoding: Encoding;
  readonly writer: Side;
}

const TOPICS: readonly Topic[] = ENCODINGS.flatMap((encoding) =>
  SIDES.filter((side) => side === 'there' || encoding.isOnlyThere !== true).map((writer) => {
    const { signal, sent, read = sent } = encoding;
    return { name: `${writer}-${signal}-${sent}-${read}`.replaceAll('_', '-'), encoding, writer };
  }),
);

/**
 * Writes the same telemetry in each encoding by otelier and by the Collector, reads it by both, and compares the four
 * results item by item.
 * `client` are the options of all clients.
 */
export async function compareWithCollector(
  client: Config,
  broker: Broker,
  report: (name: string, compared: Comparison) => void,
): Promise<void> {
  mkdirSync(DIRECTORY, { recursive: true });
  await runStep(['go', 'build', '-C', join(import.meta.dirname, 'go'), '-o', PROGRAM, '.']);
  await createTopics(broker);
  await writeThere(client);
  for (const topic of TOPICS) if (topic.writer === 'here') await writeHere(topic, client);
  const there = await readThere(client);
  if (process.env['KAFKA_RECORD'] !== undefined) await record(client, there);
  for (const encoding of ENCODINGS) {
    const results = new Map<string, readonly string[]>();
    for (const topic of TOPICS) {
      if (topic.encoding !== encoding) continue;
      results.set(`written ${topic.writer}, read here`, await readHere(topic, client));
      results.set(`written ${topic.writer}, read there`, there.get(topic.name) ?? []);
    }
    report(nameOf(encoding), compareResults(encoding, results));
  }
}

/** Creates the topics, whose first messages the Collector would otherwise lose at its end. */
async function createTopics({ address }: Broker): Promise<void> {
  const admin = new Admin({ clientId: 'interop', bootstrapBrokers: [address] });
  await admin.createTopics({ topics: TOPICS.map(({ name }) => name), partitions: 3, replicas: 1 });
  await admin.close();
}

function nameOf({ signal, sent, read = sent }: Encoding): string {
  return `${signal} in ${sent}${read === sent ? '' : ` read as ${read}`}, by the Collector and otelier`;
}

function compareResults({ signal }: Encoding, results: ReadonlyMap<string, readonly string[]>): Comparison {
  const expected = results.get('written there, read there') ?? [];
  const mismatches = [...results].flatMap(([name, found]) => [
    ...expected.filter((text) => !found.includes(text)).map((text) => `${name}: lost or different: ${text}`),
    ...found.filter((text) => !expected.includes(text)).map((text) => `${name}: unexpected: ${text}`),
    ...(found.length === expected.length ? [] : [`${name}: ${found.length} items, expected ${expected.length}`]),
  ]);
  const count = REQUESTS[signal].flatMap((request) => itemTexts(signal, [request])).length;
  if (expected.length < count) mismatches.push(`the Collector has read ${expected.length} items of ${count}`);
  return { compared: results.size * count, mismatches };
}

async function writeHere({ name, encoding: { signal, sent } }: Topic, client: Config): Promise<void> {
  const config = { ...client, [signal]: { topic: name, encoding: sent }, sending_queue: { enabled: false } };
  const bench = await createComponentBench(kafkaExporter, { clock: systemClock, signals: [signal], config });
  try {
    await bench.start();
    for (const request of REQUESTS[signal]) {
      const outcome = await bench.send(batchOf(signal, request as never));
      if (outcome.kind !== 'accepted') throw new Error(`${name}: ${JSON.stringify(outcome)}`);
    }
  } finally {
    await bench.close();
  }
}

function readerConfig({ name, encoding: { signal, sent, read = sent } }: Topic, client: Config, reader: string) {
  return {
    ...client,
    [signal]: { topics: [name], encoding: read },
    ...{ group_id: `${reader}-${name}`, ...FROM_BEGINNING },
  };
}

async function readHere(topic: Topic, client: Config): Promise<readonly string[]> {
  const { signal } = topic.encoding;
  const bench = await createComponentBench(kafkaReceiver, {
    ...{ clock: systemClock, signals: [signal], config: readerConfig(topic, client, 'here') },
  });
  try {
    await bench.start();
    const texts = () => textsOf(topic, requestsOf(signal, bench));
    await untilComplete(signal, texts);
    return texts();
  } finally {
    await bench.close();
  }
}

function requestsOf(signal: KafkaSignal, { received }: ComponentBench): readonly object[] {
  return received.flatMap(({ parts }) => parts.map((part) => JSON.parse(requestToJson(signal, part)) as object));
}

/** Records the messages that the Collector has written, whose values are read as bytes. */
async function record(client: Config, there: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const recorded: RecordedTopic[] = [];
  for (const topic of TOPICS) {
    if (topic.writer === 'here') continue;
    const { signal, sent, read = sent } = topic.encoding;
    const messages = await messagesOf(topic, client);
    recorded.push({ signal, sent, read, messages, items: fingerprints(there.get(topic.name) ?? []) });
  }
  writeRecorded(recorded);
}

async function messagesOf({ name }: Topic, client: Config): Promise<readonly string[]> {
  const config = { ...client, logs: { topics: [name], encoding: 'raw' }, group_id: `raw-${name}`, ...FROM_BEGINNING };
  const bench = await createComponentBench(kafkaReceiver, { clock: systemClock, signals: ['logs'], config });
  try {
    await bench.start();
    // The topic is complete: its messages arrive soon.
    for (let before = -1; bench.received.length === 0 || before !== bench.received.length; ) {
      before = bench.received.length;
      await setTimeout(2000);
    }
    return requestsOf('logs', bench).flatMap((request) => bytesIn(request));
  } finally {
    await bench.close();
  }
}

/** Returns all bytes in a request, in base64. */
function bytesIn(request: object): string[] {
  const found: string[] = [];
  JSON.stringify(request, (key, value: unknown) => {
    if (key === 'bytesValue') found.push(String(value));
    return value;
  });
  return found;
}

const FROM_BEGINNING = { initial_offset: 'earliest', session_timeout: '6s', heartbeat_interval: '500ms' };

/** Waits until there are as many items as were sent, and a bit longer, so that more would be noticed. */
async function untilComplete(signal: KafkaSignal, texts: () => readonly string[]): Promise<void> {
  const count = REQUESTS[signal].reduce((sum, request) => sum + itemTexts(signal, [request]).length, 0);
  for (const end = performance.now() + WAIT_MILLIS; texts().length < count && performance.now() < end; )
    await setTimeout(50);
  await setTimeout(100);
}

/** Returns the items of a topic as texts. Times of receipt differ. */
function textsOf({ encoding: { signal, sent } }: Topic, requests: readonly object[]): readonly string[] {
  return itemTexts(signal, sent === 'raw' ? requests.map(withoutTimes) : requests);
}

/** Sends the telemetry through a Collector with an exporter for each of its topics. */
async function writeThere(client: Config): Promise<void> {
  const [port = 0] = await freePorts(1);
  const topics = TOPICS.filter(({ writer }) => writer === 'there');
  const exporterOf = ({ name, encoding: { signal, sent } }: Topic) => ({
    [`kafka/${name}`]: {
      ...{ ...client, [signal]: { topic: name, encoding: sent } },
      // A response says that the brokers have the messages.
      sending_queue: { enabled: false },
    },
  });
  const pipelines = (['traces', 'metrics', 'logs'] as const).map((signal) => {
    const own = topics.filter(({ encoding }) => encoding.signal === signal);
    return [signal, { receivers: ['otlp'], exporters: own.map(({ name }) => `kafka/${name}`) }];
  });
  const collector = await startCollector('writer', [port], {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: Object.assign({}, ...topics.map(exporterOf)),
    pipelines: Object.fromEntries(pipelines),
  });
  try {
    for (const signal of ['traces', 'metrics', 'logs'] as const) {
      for (const request of REQUESTS[signal]) {
        const response = await fetch(`http://127.0.0.1:${port}/v1/${signal}`, {
          ...{ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(request) },
        });
        if (!response.ok) throw new Error(`${signal}: ${response.status} ${await response.text()}`);
      }
    }
  } finally {
    await collector.stop();
  }
}

/** Reads all topics by a Collector, which writes them to files. */
async function readThere(client: Config): Promise<ReadonlyMap<string, readonly string[]>> {
  const directory = join(DIRECTORY, 'read');
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  const pathOf = ({ name }: Topic) => join(directory, `${name}.jsonl`);
  const [port = 0] = await freePorts(1);
  const collector = await startCollector('reader', [port], {
    receivers: {
      otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } },
      ...Object.fromEntries(TOPICS.map((topic) => [`kafka/${topic.name}`, readerConfig(topic, client, 'there')])),
    },
    exporters: Object.fromEntries(
      TOPICS.map((topic) => [`file/${topic.name}`, { path: pathOf(topic), flush_interval: '100ms' }]),
    ),
    pipelines: {
      ...Object.fromEntries(
        TOPICS.map(({ name, encoding: { signal } }) => [
          `${signal}/${name}`,
          { receivers: [`kafka/${name}`, 'otlp'], exporters: [`file/${name}`] },
        ]),
      ),
    },
  });
  const textsIn = (topic: Topic) => textsOf(topic, requestsIn(pathOf(topic)));
  try {
    for (const topic of TOPICS) await untilComplete(topic.encoding.signal, () => textsIn(topic));
  } finally {
    await collector.stop();
  }
  return new Map(TOPICS.map((topic) => [topic.name, textsIn(topic)]));
}

function requestsIn(path: string): readonly object[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  // The last line may be incomplete.
  return lines.slice(0, -1).map((line) => JSON.parse(line) as object);
}

async function startCollector(
  name: string,
  ports: readonly number[],
  { pipelines, ...components }: Config,
): Promise<Running> {
  const path = join(DIRECTORY, `${name}.yaml`);
  const telemetry = { metrics: { level: 'none' }, logs: { level: 'error' } };
  writeFileSync(path, JSON.stringify({ ...components, service: { telemetry, pipelines } }));
  return startServer([PROGRAM, '--config', path], ports);
}
