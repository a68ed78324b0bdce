import { type Batch, forEachDataPoint, forEachLogRecord, forEachSpan, type Signal } from '@otelier/otlp';
import { attributeJson } from '../../json/attribute-json.ts';
import { type EventOptions, type EventOrigin, eventJson, type HecEvent } from './event.ts';
import { logEvent } from './logs.ts';
import { combineMetrics, metricEvents } from './metrics.ts';
import { spanEvent } from './spans.ts';

/** Options for `encodeEvents`. */
export interface EncodeOptions {
  readonly events: EventOptions;
  readonly maxContentBytes: number;
  readonly maxEventBytes: number;
  /** Whether only the bodies of log records are sent. */
  readonly isRaw: boolean;
  readonly combinesMetrics: boolean;
}

/** Events that are sent at once. */
export interface EventRun {
  readonly token: string | undefined;
  readonly itemCount: number;
  readonly text: string;
}

/** A batch as runs of events, and the items that are rejected. */
export interface EncodedEvents {
  readonly runs: readonly EventRun[];
  readonly rejectedItems: number;
  readonly reason: string;
}

/** Encodes the items of a batch as events, in runs of limited size with one token each. */
export function encodeEvents({ signal, parts }: Batch, options: EncodeOptions): EncodedEvents {
  const runs = new Runs(options);
  for (const part of parts) ENCODERS[signal]?.(part, runs, options);
  return runs.finish();
}

type Encoder = (part: Uint8Array, runs: Runs, options: EncodeOptions) => void;

const ENCODERS: Partial<Readonly<Record<Signal, Encoder>>> = {
  logs: (part, runs, { events, isRaw }) =>
    forEachLogRecord(part, (record) => {
      const converted = logEvent(record, events);
      if (converted === undefined) runs.reject('expected a body, which Splunk requires');
      else if (isRaw) runs.add(rawText(converted.event), converted.origin, 1);
      else runs.add(eventJson(converted.event), converted.origin, 1);
    }),
  traces: (part, runs, { events }) =>
    forEachSpan(part, (span) => {
      const { event, origin } = spanEvent(span, events);
      runs.add(eventJson(event), origin, 1);
    }),
  metrics: (part, runs, { events, combinesMetrics }) => {
    const combined: { readonly origin: EventOrigin; readonly events: readonly HecEvent[] }[] = [];
    forEachDataPoint(part, (point, metric) => {
      const converted = metricEvents(point, metric, events);
      if (combinesMetrics) combined.push(converted);
      // The events of a point are in one request.
      else runs.add(converted.events.map(eventJson).join(''), converted.origin, 1);
    });
    for (const [token, group] of Map.groupBy(combined, ({ origin }) => origin.token)) addCombined(runs, token, group);
  },
};

/** A combined event counts for the points that begin with it. */
function addCombined(
  runs: Runs,
  token: string | undefined,
  group: readonly { readonly events: readonly HecEvent[] }[],
) {
  const firsts = new Set(group.map(({ events }) => events[0]));
  const merged = combineMetrics(group.flatMap(({ events }) => events));
  let items = firsts.size;
  for (const [index, { event, eventCount }] of merged.entries()) {
    const count = index === merged.length - 1 ? items : Math.min(items, eventCount);
    items -= count;
    runs.add(eventJson(event), { token }, count);
  }
}

function rawText({ event }: HecEvent): string {
  return `${typeof event === 'string' ? event : attributeJson(event)}\n`;
}

class Runs {
  readonly #options: EncodeOptions;
  readonly #finished: EventRun[] = [];
  readonly #open = new Map<string | undefined, { texts: string[]; sizeBytes: number; itemCount: number }>();
  #rejectedItems = 0;
  #reason = '';

  constructor(options: EncodeOptions) {
    this.#options = options;
  }

  add(text: string, { token }: Pick<EventOrigin, 'token'>, itemCount: number): void {
    const { maxContentBytes, maxEventBytes } = this.#options;
    const sizeBytes = Buffer.byteLength(text);
    const limit = Math.min(maxContentBytes, maxEventBytes);
    if (sizeBytes > limit) {
      this.reject(`expected an event of at most ${limit} bytes, got ${sizeBytes}`, itemCount);
      return;
    }
    let run = this.#open.get(token);
    if (run !== undefined && run.sizeBytes + sizeBytes > maxContentBytes) {
      this.#finish(token);
      run = undefined;
    }
    if (run === undefined) {
      run = { texts: [], sizeBytes: 0, itemCount: 0 };
      this.#open.set(token, run);
    }
    run.texts.push(text);
    run.sizeBytes += sizeBytes;
    run.itemCount += itemCount;
  }

  reject(reason: string, itemCount = 1): void {
    if (this.#rejectedItems === 0) this.#reason = reason;
    this.#rejectedItems += itemCount;
  }

  finish(): EncodedEvents {
    for (const token of [...this.#open.keys()]) this.#finish(token);
    return { runs: this.#finished, rejectedItems: this.#rejectedItems, reason: this.#reason };
  }

  #finish(token: string | undefined): void {
    const run = this.#open.get(token);
    this.#open.delete(token);
    if (run !== undefined) this.#finished.push({ token, itemCount: run.itemCount, text: run.texts.join('') });
  }
}
