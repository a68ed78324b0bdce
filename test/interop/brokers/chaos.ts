/**
 * Sends log records through two otelier processes with a broker between them, under load, while the broker is killed and
 * restarted, members join and leave the consumer group, and either process is killed with `kill -9`. Compares every record.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { forEachLogRecord, normalizeRequest } from '@otelier/otlp';
import { freePorts } from '@otelier/testkit/servers/free-ports';
import type { Comparison } from '../check.ts';
import { NODE, OTELIER } from '../gateway.ts';
import { type Running, startServer } from '../processes.ts';

/** What the brokers of a system have in common. */
export interface ChaosBroker {
  kill(): Promise<void>;
  restart(): Promise<void>;
}

/** The configuration of the components of a system. */
export interface ChaosSystem {
  readonly name: string;
  readonly broker: ChaosBroker;
  /** YAML of the exporter, in braces. */
  readonly exporter: string;
  /** YAML of the receiver, in braces. */
  readonly receiver: string;
  /** Number of messages that the receiver can have fetched and not acknowledged yet, all of which an event can double. */
  readonly messagesInFlight: number;
}

const TIMES = 3;
const BATCH_ITEMS = 50;
const SEND_PAUSE_MILLIS = 20;
const LOAD_MILLIS = 1_500;
const CATCH_UP_MILLIS = 90_000;

/** Runs each event three times. Reports lost and doubled records of each. */
export async function compareUnderChaos(
  system: ChaosSystem,
  report: (name: string, compared: Comparison) => void,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'otelier-interop-'));
  const run = new ChaosRun(system, directory);
  try {
    await run.start();
    for (const [name, event] of run.events)
      for (let time = 1; time <= TIMES; time++) report(`${name}, ${time}`, await run.measure(event));
  } finally {
    await run.stop();
    await rm(directory, { recursive: true, force: true });
  }
}

class ChaosRun {
  readonly events: readonly (readonly [name: string, event: () => Promise<void>])[];
  readonly #system: ChaosSystem;
  readonly #directory: string;
  readonly #sink = new Sink();
  readonly #acknowledged = new Set<string>();
  readonly #readers = new Map<string, Running>();
  #writer: Running | undefined;
  #port = 0;
  #next = 0;
  #doubled = 0;
  #isSending = false;

  constructor(system: ChaosSystem, directory: string) {
    this.#system = system;
    this.#directory = directory;
    const { broker, name } = system;
    this.events = [
      [
        `${name} killed and restarted`,
        async () => {
          await broker.kill();
          await setTimeout(LOAD_MILLIS);
          await broker.restart();
        },
      ],
      ['a second reader joins and leaves', () => this.#joinAndLeave()],
      ['the reader killed with -9', () => this.#killReader()],
      ['the writer killed with -9', () => this.#killWriter()],
    ];
  }

  async start(): Promise<void> {
    await this.#sink.start();
    [this.#port = 0] = await freePorts(1);
    await this.#startWriter();
    await this.#startReader('first');
  }

  async stop(): Promise<void> {
    this.#isSending = false;
    for (const { child } of [...this.#readers.values(), ...(this.#writer ? [this.#writer] : [])]) child.kill('SIGKILL');
    await this.#sink.stop();
  }

  /** Causes an event under load, waits until everything acknowledged has arrived, and counts what is lost and doubled. */
  async measure(event: () => Promise<void>): Promise<Comparison> {
    const before = this.#acknowledged.size;
    const sending = this.#send();
    await setTimeout(LOAD_MILLIS);
    await event();
    await setTimeout(LOAD_MILLIS);
    this.#isSending = false;
    await sending;
    const missing = () => [...this.#acknowledged].filter((body) => !this.#sink.counts.has(body));
    for (const end = performance.now() + CATCH_UP_MILLIS; missing().length > 0 && performance.now() < end; )
      await setTimeout(100);
    // What is in flight a second time arrives.
    await setTimeout(500);
    const lost = missing().length;
    const total = [...this.#sink.counts.values()].reduce((sum, count) => sum + count - 1, 0);
    const doubled = total - this.#doubled;
    this.#doubled = total;
    const allowed = this.#system.messagesInFlight * BATCH_ITEMS;
    const compared = this.#acknowledged.size - before;
    return {
      compared,
      mismatches: [
        ...(lost > 0 ? [`${lost} of ${compared} lost`] : []),
        ...(doubled > allowed ? [`${doubled} doubled, more than ${allowed}`] : []),
      ],
      note: `${doubled} doubled, at most ${allowed} were allowed`,
    };
  }

  async #send(): Promise<void> {
    this.#isSending = true;
    while (this.#isSending) {
      const bodies = Array.from({ length: BATCH_ITEMS }, () => `record ${this.#next++}`);
      if (await this.#post(bodies)) for (const body of bodies) this.#acknowledged.add(body);
      await setTimeout(SEND_PAUSE_MILLIS);
    }
  }

  async #post(bodies: readonly string[]): Promise<boolean> {
    const logRecords = bodies.map((stringValue) => ({ timeUnixNano: '1700000000000000000', body: { stringValue } }));
    try {
      const response = await fetch(`http://127.0.0.1:${this.#port}/v1/logs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] }),
        signal: AbortSignal.timeout(10_000),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  async #startWriter(): Promise<void> {
    const config = `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${this.#port}"}}}}
extensions: {file_storage: {directory: "${this.#directory}/queue", create_directory: true}}
exporters: {${this.#system.exporter}}
service:
  telemetry: {logs: {level: warn}}
  extensions: [file_storage]
  pipelines: {logs: {receivers: [otlp], exporters: [${nameOf(this.#system.exporter)}]}}
`;
    this.#writer = await this.#run('writer', config, [this.#port]);
  }

  async #startReader(name: string): Promise<void> {
    const config = `receivers: {${this.#system.receiver}}
exporters: {otlp_http: {endpoint: "http://127.0.0.1:${this.#sink.port}", compression: none, sending_queue: {enabled: false}, retry_on_failure: {enabled: false}}}
service:
  telemetry: {logs: {level: warn}}
  pipelines: {logs: {receivers: [${nameOf(this.#system.receiver)}], exporters: [otlp_http]}}
`;
    this.#readers.set(name, await this.#run(name, config, []));
  }

  async #run(name: string, config: string, ports: readonly number[]): Promise<Running> {
    const path = join(this.#directory, `${name}.yaml`);
    await writeFile(path, config);
    return startServer([NODE, OTELIER, '--config', path], ports, 50, 120_000);
  }

  async #joinAndLeave(): Promise<void> {
    await this.#startReader('second');
    await setTimeout(4 * LOAD_MILLIS);
    const second = this.#readers.get('second');
    this.#readers.delete('second');
    await second?.stop();
  }

  async #killReader(): Promise<void> {
    await killed(this.#readers.get('first'));
    await this.#startReader('first');
  }

  async #killWriter(): Promise<void> {
    await killed(this.#writer);
    await this.#startWriter();
  }
}

async function killed(process: Running | undefined): Promise<void> {
  if (process === undefined) return;
  const closed = new Promise((resolve) => process.child.once('close', resolve));
  process.child.kill('SIGKILL');
  await closed;
}

function nameOf(component: string): string {
  return component.slice(0, component.indexOf(':'));
}

/** An OTLP/HTTP server that counts log records by body. */
class Sink {
  readonly counts = new Map<string, number>();
  port = 0;
  readonly #server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const normalized = normalizeRequest('logs', Buffer.concat(chunks));
    if (normalized.ok) {
      forEachLogRecord(normalized.bytes, ({ body }) =>
        this.counts.set(String(body), (this.counts.get(String(body)) ?? 0) + 1),
      );
    }
    response.writeHead(normalized.ok ? 200 : 400, { 'content-type': 'application/x-protobuf' }).end();
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
