import type { Clock, ExportClient } from '@otelier/transport';
import type { Logger } from 'pino';
import { type AnyJson, attributes, encodeRequest, nanos } from '../json/otlp-json.ts';
import type { LogProcessor } from './logs-config.ts';
import type { OtlpReader } from './reader-config.ts';

/** What exporting log records needs. */
interface LogExporterContext {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly resource: Readonly<Record<string, string>>;
  readonly scope: { readonly name: string; readonly version: string };
}

/** Most lines that are kept until the exporter starts. */
const MAX_EARLY_LINES = 2_048;

/** Delay of a processor that sends at once. */
const AT_ONCE = { scheduleDelay: 0, maxQueueSize: 2_048, maxExportBatchSize: 512 };

/** Sends the log lines of the process over OTLP, as `service.telemetry.logs.processors` tells. */
export class LogExporter {
  readonly #processors: readonly LogProcessor[];
  #queues: readonly LogQueue[] | undefined;
  readonly #early: string[] = [];

  constructor(processors: readonly LogProcessor[]) {
    this.#processors = processors;
  }

  /** Takes a line as JSON. Lines from before the start are sent after it. */
  readonly add = (line: string): void => {
    if (this.#processors.length === 0) return;
    if (this.#queues === undefined) {
      if (this.#early.length < MAX_EARLY_LINES) this.#early.push(line);
      return;
    }
    for (const queue of this.#queues) queue.add(line);
  };

  /** Starts to send. */
  async start(context: LogExporterContext): Promise<void> {
    if (this.#processors.length === 0) return;
    const { createClient } = await import('./readers.ts');
    this.#queues = this.#processors.flatMap(({ batch, simple }) => {
      const otlp = (batch ?? simple)?.exporter.otlp;
      if (otlp === undefined) return [];
      return [new LogQueue({ ...(batch ?? AT_ONCE), otlp }, createClient(otlp, context.clock, 'logs'), context)];
    });
    for (const line of this.#early.splice(0)) this.add(line);
  }

  /** Sends what waits, and ends. Idempotent. */
  async shutdown(): Promise<void> {
    const queues = this.#queues ?? [];
    this.#queues = [];
    await Promise.all(queues.map((queue) => queue.shutdown()));
  }
}

interface QueueOptions {
  readonly scheduleDelay: number;
  readonly maxQueueSize: number;
  readonly maxExportBatchSize: number;
  readonly otlp: OtlpReader;
}

/** The lines for one destination. */
class LogQueue {
  readonly #options: QueueOptions;
  readonly #client: ExportClient;
  readonly #context: LogExporterContext;
  readonly #lines: string[] = [];
  #cancel: (() => void) | undefined;
  #sending: Promise<void> = Promise.resolve();
  #isFailing = false;

  constructor(options: QueueOptions, client: ExportClient, context: LogExporterContext) {
    this.#options = options;
    this.#client = client;
    this.#context = context;
  }

  add(line: string): void {
    if (this.#lines.length >= this.#options.maxQueueSize) return;
    this.#lines.push(line);
    this.#cancel ??= this.#context.clock.setTimeout(() => this.#flush(), this.#options.scheduleDelay);
  }

  async shutdown(): Promise<void> {
    this.#cancel?.();
    this.#flush();
    await this.#sending;
    await this.#client.shutdown();
  }

  #flush(): void {
    this.#cancel = undefined;
    this.#sending = this.#sending.then(() => this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    while (this.#lines.length > 0) {
      const lines = this.#lines.splice(0, this.#options.maxExportBatchSize);
      const outcome = await this.#client.export('logs', [this.#encode(lines)]);
      const reason = 'reason' in outcome ? outcome.reason : undefined;
      const { logger } = this.#context;
      const { endpoint } = this.#options.otlp;
      // The line about a failure is sent as well, once it works again.
      if (reason !== undefined && !this.#isFailing) logger.warn({ reason, endpoint }, 'own logs not exported');
      if (reason === undefined && this.#isFailing) logger.info({ endpoint }, 'export of own logs recovered');
      this.#isFailing = reason !== undefined;
      // The rest waits for the next time.
      if (this.#isFailing) return;
    }
  }

  #encode(lines: readonly string[]): Uint8Array {
    const { resource, scope } = this.#context;
    const scopeLogs = [{ scope, logRecords: lines.map(logRecord) }];
    const json = { resourceLogs: [{ resource: { attributes: attributes(resource) }, scopeLogs }] };
    return encodeRequest('logs', json).bytes;
  }
}

/** Severities by level of pino: the number in OTLP and its text. */
const SEVERITIES: Readonly<Record<number, readonly [number: number, text: string]>> = {
  10: [1, 'TRACE'],
  20: [5, 'DEBUG'],
  30: [9, 'INFO'],
  40: [13, 'WARN'],
  50: [17, 'ERROR'],
  60: [21, 'FATAL'],
};

function logRecord(line: string): AnyJson {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const [severityNumber, severityText] = SEVERITIES[Number(level)] ?? [0, ''];
  const error = (err ?? {}) as { readonly type?: string; readonly message?: string; readonly stack?: string };
  const exception = {
    ...(error.type !== undefined && { 'exception.type': error.type }),
    ...(error.message !== undefined && { 'exception.message': error.message }),
    ...(error.stack !== undefined && { 'exception.stacktrace': error.stack }),
  };
  const values: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields)) values[name] = isScalar(value) ? value : JSON.stringify(value);
  return {
    timeUnixNano: nanos(Date.parse(String(time))),
    severityNumber,
    severityText,
    body: { stringValue: String(msg ?? '') },
    attributes: attributes({ ...values, ...exception }),
  };
}

function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}
