import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import type { Clock, ExportClient } from '@otelier/transport';
import { encodeRequest } from '../../json/otlp-json.ts';

/** How long lines are collected into one request. */
const BATCH_MILLIS = 200;
/** Maximum number of pending lines; beyond it, the oldest are dropped and counted. */
const MAX_WAITING_LINES = 10_000;
/** Maximum length of a line; longer lines are split or truncated. */
const MAX_LINE_CHARACTERS = 65_536;

/** The output stream of a line (semantic conventions, `log.iostream`). */
export type Stream = 'stdout' | 'stderr';

interface Line {
  readonly text: string;
  readonly stream: Stream;
  readonly timeMillis: number;
}

/** Sends the output of an application as log records, one per line. */
export class OutputLogs {
  readonly #client: ExportClient;
  readonly #clock: Clock;
  readonly #service: string;
  readonly #open: Record<Stream, { readonly decoder: StringDecoder; rest: string }> = {
    stdout: { decoder: new StringDecoder('utf8'), rest: '' },
    stderr: { decoder: new StringDecoder('utf8'), rest: '' },
  };
  #waiting: Line[] = [];
  #cancelTimer: (() => void) | undefined;
  #sending: Promise<void> = Promise.resolve();
  #lost = 0;

  constructor(client: ExportClient, clock: Clock, service: string) {
    this.#client = client;
    this.#clock = clock;
    this.#service = service;
  }

  /** Number of lines that were not delivered. */
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
    this.#send();
    await this.#sending;
  }

  #add(stream: Stream, line: string): void {
    const text = stripVTControlCharacters(line).slice(0, MAX_LINE_CHARACTERS);
    if (text.trim() === '') return;
    if (this.#waiting.length >= MAX_WAITING_LINES) {
      this.#waiting.shift();
      this.#lost += 1;
    }
    this.#waiting.push({ text, stream, timeMillis: this.#clock.now() });
    this.#cancelTimer ??= this.#clock.setTimeout(() => this.#send(), BATCH_MILLIS);
  }

  #send(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const lines = this.#waiting;
    if (lines.length === 0) return;
    this.#waiting = [];
    this.#sending = this.#sending.then(async () => {
      const outcome = await this.#client.export('logs', [this.#encode(lines)]);
      if (outcome.kind !== 'accepted') this.#lost += outcome.kind === 'partial' ? outcome.rejectedItems : lines.length;
    });
  }

  #encode(lines: readonly Line[]): Uint8Array {
    const logRecords = lines.map(({ text, stream, timeMillis }) => ({
      timeUnixNano: `${timeMillis}000000`,
      observedTimeUnixNano: `${timeMillis}000000`,
      body: { stringValue: text },
      attributes: [{ key: 'log.iostream', value: { stringValue: stream } }],
    }));
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: this.#service } }] };
    const json = { resourceLogs: [{ resource, scopeLogs: [{ scope: { name: 'otelier.run' }, logRecords }] }] };
    return encodeRequest('logs', json).bytes;
  }
}
