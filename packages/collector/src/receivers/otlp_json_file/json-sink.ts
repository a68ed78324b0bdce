import { requestFromJson, SIGNAL_NAMES, type Signal } from '@otelier/otlp';
import type { ComponentContext, SignalConsumers } from '../../component/contract.ts';
import type { Delivery } from '../../operators/deliver.ts';
import type { LogFile } from '../file_log/log-file.ts';
import type { Sink } from '../file_log/sinks/sink.ts';

/** The first key of a request of OTLP/JSON, which tells its signal. */
const FIRST_KEY = /^\s*\{\s*"resource_?(spans|metrics|logs)"/i;
const SIGNAL_OF_KEY: ReadonlyMap<string, Signal> = new Map([
  ['spans', 'traces'],
  ['metrics', 'metrics'],
  ['logs', 'logs'],
]);
const KEY_LENGTH = 64;

interface Requests {
  readonly parts: Uint8Array[];
  itemCount: number;
}

/** Makes batches of lines that are requests of OTLP/JSON. Lines of signals without a pipeline are left out. */
export class JsonSink implements Sink {
  readonly #next: SignalConsumers;
  readonly #context: ComponentContext;
  readonly #requests = new Map<Signal, Requests>();
  #bytes: Buffer = Buffer.alloc(0);
  #firstDropped: { readonly path: string; readonly position: number; readonly reason: string } | undefined;
  #droppedLines = 0;
  sizeBytes = 0;
  count = 0;

  constructor(next: SignalConsumers, context: ComponentContext) {
    this.#next = next;
    this.#context = context;
  }

  observe(): void {}

  begin(bytes: Buffer): void {
    this.#bytes = bytes;
  }

  add({ path }: LogFile, start: number, end: number, position: number): void {
    this.sizeBytes += end - start;
    this.count += 1;
    const line = this.#bytes.subarray(start, end);
    const key = FIRST_KEY.exec(line.toString('latin1', 0, KEY_LENGTH))?.[1];
    const signal = key === undefined ? undefined : SIGNAL_OF_KEY.get(key.toLowerCase());
    if (signal === undefined) {
      this.#drop(
        path,
        position,
        'expected a line that begins with "resourceSpans", "resourceMetrics" or "resourceLogs"',
      );
      return;
    }
    if (this.#next[signal] === undefined) return;
    const request = requestFromJson(signal, line);
    if (!request.ok) {
      this.#drop(path, position, request.reason);
      return;
    }
    if (request.itemCount === 0) return;
    const requests = this.#requests.get(signal) ?? { parts: [], itemCount: 0 };
    requests.parts.push(request.bytes);
    requests.itemCount += request.itemCount;
    this.#requests.set(signal, requests);
  }

  finish(): readonly Delivery[] {
    this.#reportDropped();
    const deliveries = SIGNAL_NAMES.flatMap((signal): Delivery[] => {
      const requests = this.#requests.get(signal);
      if (requests === undefined) return [];
      // Requests that follow each other are one request.
      return [{ signal, bytes: Buffer.concat(requests.parts), itemCount: requests.itemCount }];
    });
    this.#requests.clear();
    this.sizeBytes = 0;
    this.count = 0;
    return deliveries;
  }

  progressOf(file: LogFile): LogFile['committed'] {
    return file.progress();
  }

  #drop(path: string, position: number, reason: string): void {
    this.#context.dropped(1, 'malformed');
    this.#firstDropped ??= { path, position, reason };
    this.#droppedLines += 1;
  }

  /** Logs the lines of a batch that are dropped, with the place of the first. */
  #reportDropped(): void {
    if (this.#firstDropped === undefined) return;
    const fields = { ...this.#firstDropped, lines: this.#droppedLines };
    this.#context.logger.warn(fields, 'lines dropped: they are not OTLP/JSON');
    this.#firstDropped = undefined;
    this.#droppedLines = 0;
  }
}
