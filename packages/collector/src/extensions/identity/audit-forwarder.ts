import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AUDIT_START, type AuditPosition, readSignedLines, type SignedLine } from '@otelier/identity';
import type { Clock, ExportClient } from '@otelier/transport';
import type { Logger } from 'pino';
import { every, type PeriodicTask } from '../../component/every.ts';
import { type AnyJson, attributes, encodeRequest, nanos, type RequestJson } from '../../json/otlp-json.ts';
import type { OtlpReader } from '../../telemetry/reader-config.ts';
import { createClient } from '../../telemetry/readers.ts';

interface ForwarderOptions {
  readonly directory: string;
  readonly otlp: OtlpReader;
  readonly clock: Clock;
  readonly logger: Logger;
}

const INTERVAL_MILLIS = 1000;
const MAX_RECORDS = 500;
/** The file with the position up to which the log was forwarded. */
const POSITION_FILE = 'audit-forwarded.json';

/**
 * Sends the audit log as OTLP log records, in its order. It reads the log itself, and keeps the position in a file: a destination that does
 * not accept them gets them later, also after a restart. An entry can arrive twice, and none is left out.
 */
export class AuditForwarder {
  readonly #options: ForwarderOptions;
  readonly #client: ExportClient;
  readonly #task: PeriodicTask;
  #position: AuditPosition;
  #isFailing = false;

  constructor(options: ForwarderOptions) {
    this.#options = options;
    this.#position = readPosition(join(options.directory, POSITION_FILE));
    this.#client = createClient(options.otlp, options.clock, 'logs');
    this.#task = every(options, INTERVAL_MILLIS, () => this.#forward());
  }

  start(): Promise<void> {
    return this.#task.start();
  }

  /** Forwards what is in the log, unless the destination is known not to accept it, and ends. */
  async shutdown(): Promise<void> {
    await this.#task.shutdown();
    if (!this.#isFailing) await this.#forward();
    await this.#client.shutdown();
  }

  async #forward(): Promise<void> {
    const { directory, logger, otlp } = this.#options;
    for (;;) {
      const { lines, next, isOther } = await readSignedLines(directory, this.#position, MAX_RECORDS);
      if (isOther) logger.warn('audit log is another one than was forwarded before, forwarding it from its beginning');
      if (next.bytes === this.#position.bytes && !isOther) return;
      const reason = lines.length === 0 ? undefined : await this.#send(lines);
      if (reason !== undefined && !this.#isFailing)
        logger.warn({ reason, endpoint: otlp.endpoint }, 'audit log not forwarded, retrying');
      if (reason === undefined && this.#isFailing)
        logger.info({ endpoint: otlp.endpoint }, 'audit log forwarded again');
      this.#isFailing = reason !== undefined;
      if (this.#isFailing) return;
      this.#position = next;
      writePosition(join(directory, POSITION_FILE), next);
    }
  }

  /** Sends entries. Returns why the destination did not accept them, if it did not. */
  async #send(lines: readonly SignedLine[]): Promise<string | undefined> {
    const outcome = await this.#client.export('logs', [encodeRequest('logs', requestOf(lines)).bytes]);
    return 'reason' in outcome ? outcome.reason : undefined;
  }
}

function requestOf(lines: readonly SignedLine[]): RequestJson {
  return {
    resourceLogs: [
      {
        resource: { attributes: attributes({ 'service.name': 'otelier' }) },
        scopeLogs: [{ scope: { name: 'otelier.audit' }, logRecords: lines.map(logRecord) }],
      },
    ],
  };
}

const SEVERITIES = { allowed: [9, 'INFO'], denied: [13, 'WARN'], failed: [17, 'ERROR'] } as const;

function logRecord({ entry, json, signature, hash }: SignedLine): AnyJson {
  const { timeMillis, subject, action, outcome, tenant, target, address, reason, sequence } = entry;
  const [severityNumber, severityText] = SEVERITIES[outcome] ?? SEVERITIES.failed;
  const values = { subject, action, outcome, sequence, hash, signature, tenant, target, reason };
  const named: Record<string, string | number> = address === undefined ? {} : { 'client.address': address };
  for (const [name, value] of Object.entries(values)) if (value !== undefined) named[`otelier.audit.${name}`] = value;
  return {
    timeUnixNano: nanos(timeMillis),
    ...{ severityNumber, severityText, eventName: 'otelier.audit' },
    // The signed text, so that the destination can verify it.
    body: { stringValue: json },
    attributes: attributes(named),
  };
}

function readPosition(file: string): AuditPosition {
  try {
    const { bytes, hash } = JSON.parse(readFileSync(file, 'utf8')) as Partial<AuditPosition>;
    if (Number.isSafeInteger(bytes) && typeof hash === 'string') return { bytes: bytes ?? 0, hash };
  } catch {
    // A missing or damaged file means that the log is forwarded again from its beginning.
  }
  return AUDIT_START;
}

function writePosition(file: string, position: AuditPosition): void {
  writeFileSync(`${file}.new`, JSON.stringify(position), { mode: 0o600, flush: true });
  renameSync(`${file}.new`, file);
}
