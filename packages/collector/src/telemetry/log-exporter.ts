import { type AnyJson, attributes, nanos } from '../json/otlp-json.ts';
import { AT_ONCE, ExportQueue, type OwnTelemetryContext } from './export-queue.ts';
import type { LogProcessor } from './logs-config.ts';

/** Maximum number of lines that are kept until the exporter starts. */
const MAX_EARLY_LINES = 2_048;

/** Sends the log lines of the process over OTLP, as configured in `service.telemetry.logs.processors`. */
export class LogExporter {
  readonly #processors: readonly LogProcessor[];
  #queues: readonly ExportQueue<string>[] | undefined;
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
  async start(context: OwnTelemetryContext): Promise<void> {
    if (this.#processors.length === 0) return;
    const { createClient } = await import('./readers.ts');
    const { resource, scope } = context;
    const encode = (lines: readonly string[]) => ({
      resourceLogs: [
        { resource: { attributes: attributes(resource) }, scopeLogs: [{ scope, logRecords: lines.map(logRecord) }] },
      ],
    });
    this.#queues = this.#processors.flatMap(({ batch, simple }) => {
      const otlp = (batch ?? simple)?.exporter.otlp;
      if (otlp === undefined) return [];
      const { endpoint } = otlp;
      const options = { ...(batch ?? AT_ONCE), signal: 'logs', endpoint } as const;
      return [new ExportQueue(options, createClient(otlp, context.clock, 'logs'), context, encode)];
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
