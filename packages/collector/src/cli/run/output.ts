import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import type { Clock, ExportClient } from '@otelier/transport';
import { encodeRequest } from '../../json/otlp-json.ts';
import { LineJoiner } from './line-joiner.ts';
import { DEFAULT_SEVERITY, type Severity, STDERR_SEVERITY, statedSeverity } from './severity.ts';

/** How long lines are collected before a request is sent. */
const BATCH_MILLIS = 200;
/** How long a record waits for a continuation line. Applications write a stack trace all at once or line by line. */
const QUIET_MILLIS = 100;
/** Maximum number of pending records. Beyond it, the oldest are dropped and counted. */
const MAX_WAITING_RECORDS = 10_000;
/** Maximum length of a line; longer lines are split or truncated. */
const MAX_LINE_CHARACTERS = 65_536;

/** The output stream of a line (semantic conventions, `log.iostream`). */
export type Stream = 'stdout' | 'stderr';

interface OutputRecord {
  readonly lines: LineJoiner;
  readonly stream: Stream;
  readonly timeMillis: number;
  /** Time of the record's last line; `undefined` if no line can continue the record. */
  openSinceMillis: number | undefined;
}

/**
 * Sends an application's output as log records: one per line, or one per stack trace or indented block. The severity is
 * the level stated in the text; without one, lines on standard error are errors.
 */
export class OutputLogs {
  readonly #client: ExportClient;
  readonly #clock: Clock;
  readonly #service: string;
  readonly #open: Record<Stream, { readonly decoder: StringDecoder; rest: string; record?: OutputRecord }> = {
    stdout: { decoder: new StringDecoder('utf8'), rest: '' },
    stderr: { decoder: new StringDecoder('utf8'), rest: '' },
  };
  #waiting: OutputRecord[] = [];
  #cancelTimer: (() => void) | undefined;
  #sending: Promise<void> = Promise.resolve();
  #lost = 0;

  constructor(client: ExportClient, clock: Clock, service: string) {
    this.#client = client;
    this.#clock = clock;
    this.#service = service;
  }

  /** Number of lines that could not be delivered. */
  get lostLines(): number {
    return this.#lost;
  }

  /** Adds a chunk of output. */
  write(stream: Stream, chunk: Uint8Array): void {
    const open = this.#open[stream];
    const lines = (open.rest + open.decoder.write(Buffer.from(chunk))).split(/\r?\n/);
    open.rest = lines.pop() ?? '';
    if (open.rest.length > MAX_LINE_CHARACTERS) {
      lines.push(open.rest);
      open.rest = '';
    }
    for (const line of lines) this.#add(stream, line);
  }

  /** Sends all pending lines, including an unfinished one. */
  async finish(): Promise<void> {
    for (const stream of ['stdout', 'stderr'] as const) {
      const open = this.#open[stream];
      this.#add(stream, open.rest + open.decoder.end());
      open.rest = '';
    }
    this.#send(this.#waiting.length);
    await this.#sending;
  }

  #add(stream: Stream, line: string): void {
    const text = stripVTControlCharacters(line).slice(0, MAX_LINE_CHARACTERS);
    const { record } = this.#open[stream];
    const open = record?.openSinceMillis === undefined ? undefined : record;
    const timeMillis = this.#clock.now();
    if (open?.lines.add(text)) {
      if (text.trim() !== '') open.openSinceMillis = timeMillis;
      return;
    }
    if (text.trim() === '') return;
    if (open !== undefined) open.openSinceMillis = undefined;
    if (this.#waiting.length >= MAX_WAITING_RECORDS) this.#lost += this.#waiting.shift()?.lines.lineCount ?? 0;
    const added = { lines: new LineJoiner(text), stream, timeMillis, openSinceMillis: timeMillis };
    this.#open[stream].record = added;
    this.#waiting.push(added);
    this.#cancelTimer ??= this.#clock.setTimeout(() => this.#sendComplete(), BATCH_MILLIS);
  }

  /** Sends the records that precede the first one that may still continue, so that order is preserved. */
  #sendComplete(): void {
    const quiet = this.#clock.now() - QUIET_MILLIS;
    const open = this.#waiting.findIndex(({ openSinceMillis }) => (openSinceMillis ?? 0) > quiet);
    this.#send(open < 0 ? this.#waiting.length : open);
    if (open >= 0) this.#cancelTimer = this.#clock.setTimeout(() => this.#sendComplete(), QUIET_MILLIS);
  }

  #send(count: number): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const records = this.#waiting.slice(0, count);
    this.#waiting = this.#waiting.slice(count);
    for (const record of records) record.openSinceMillis = undefined;
    if (records.length === 0) return;
    this.#sending = this.#sending.then(async () => {
      const outcome = await this.#client.export('logs', [this.#encode(records)]);
      if (outcome.kind === 'accepted') return;
      const lines = records.reduce((sum, record) => sum + record.lines.lineCount, 0);
      this.#lost += outcome.kind === 'partial' ? outcome.rejectedItems : lines;
    });
  }

  #encode(records: readonly OutputRecord[]): Uint8Array {
    const logRecords = records.map((record) => {
      const severity = severityOf(record);
      return {
        timeUnixNano: `${record.timeMillis}000000`,
        observedTimeUnixNano: `${record.timeMillis}000000`,
        severityNumber: severity.number,
        severityText: severity.text,
        body: { stringValue: record.lines.text },
        attributes: [{ key: 'log.iostream', value: { stringValue: record.stream } }],
      };
    });
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: this.#service } }] };
    const json = { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'otelier.run' }, logRecords }] }] };
    return encodeRequest('logs', json).bytes;
  }
}

function severityOf({ lines, stream }: OutputRecord): Severity {
  const { text } = lines;
  if (lines.isPanic) return PANIC_SEVERITY;
  const stated = statedSeverity(text);
  if (stated !== undefined) return stated;
  if (lines.isTrace) return STDERR_SEVERITY;
  return stream === 'stdout' || GO_LOG.test(text) ? DEFAULT_SEVERITY : STDERR_SEVERITY;
}

const PANIC_SEVERITY: Severity = { number: 21, text: 'FATAL' };
/** The default format of Go's `log` package, which writes everything to standard error and has no levels. */
const GO_LOG = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d /;
