import {
  type Batch,
  findField,
  forEachItem,
  LOG_RECORD_FIELDS,
  payloadEnd,
  payloadStart,
  requestFromJson,
  SIGNAL_NAMES,
  type Signal,
} from '@otelier/otlp';
import type { Consumer, SignalContext } from '../component/contract.ts';
import { defineConnector } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { readValue } from '../ottl/values/codec.ts';
import { attributeText } from '../ottl/values/text.ts';
import { type Portion, SplitDelivery } from './by-pipeline/split-delivery.ts';

export const otlpJson = defineConnector({
  summary: 'Extracts traces, metrics and logs in OTLP/JSON from the bodies of log records.',
  stability: 'alpha',
  aliases: ['otlpjson'],
  joins: { logs: ['traces', 'metrics', 'logs'] },
  config: z.object({}),
  examples: [{ title: 'Read telemetry from log records that contain it', config: {} }],
  create(_config, { bySignal }, context) {
    const delivery = new SplitDelivery(context);
    const reader = new BodyReader(context);
    return {
      consume(batch) {
        const found = reader.read(batch);
        const portions: Portion[] = [];
        for (const [signal, extracted] of found) {
          const consumer: Consumer | undefined = bySignal[signal];
          if (consumer === undefined) context.dropped(extracted.itemCount, 'unrouted');
          else portions.push({ consumer, batch: extracted });
        }
        return delivery.deliver(batch, portions);
      },
    };
  },
});

/** Extracts the requests in log record bodies. */
class BodyReader {
  readonly #context: SignalContext;
  #hasReported = false;

  constructor(context: SignalContext) {
    this.#context = context;
  }

  /** Returns a batch for each signal found in the bodies. Other bodies are dropped, and the first of them is logged. */
  read({ signal: logs, parts, context }: Batch): ReadonlyMap<Signal, Batch> {
    const requests = new Map<Signal, Request[]>();
    for (const part of parts) {
      forEachItem(logs, part, ({ bytes, start, end }) => {
        const body = findField(bytes, start, end, LOG_RECORD_FIELDS.body);
        const text =
          body < 0 ? '' : attributeText(readValue(bytes, payloadStart(bytes, body), payloadEnd(bytes, body)));
        const found = signalOf(text);
        if (found === undefined) {
          this.#drop('expected a body that begins with "resourceSpans", "resourceMetrics" or "resourceLogs"');
          return;
        }
        const request = requestFromJson(found, text);
        if (!request.ok) this.#drop(request.reason);
        else if (request.itemCount > 0) add(requests, found, request);
      });
    }
    return new Map([...requests].map(([found, list]) => [found, batchOf(found, list, context)]));
  }

  #drop(reason: string): void {
    this.#context.dropped(1, 'invalid');
    if (this.#hasReported) return;
    this.#hasReported = true;
    this.#context.logger.warn(
      { reason },
      'log record dropped, further ones are only counted: its body is not OTLP/JSON',
    );
  }
}

interface Request {
  readonly bytes: Uint8Array;
  readonly itemCount: number;
}

function add(requests: Map<Signal, Request[]>, signal: Signal, request: Request): void {
  const list = requests.get(signal);
  if (list === undefined) requests.set(signal, [request]);
  else list.push(request);
}

function batchOf(signal: Signal, requests: readonly Request[], context: Batch['context']): Batch {
  return {
    signal,
    parts: requests.map(({ bytes }) => bytes),
    itemCount: requests.reduce((sum, { itemCount }) => sum + itemCount, 0),
    sizeBytes: requests.reduce((sum, { bytes }) => sum + bytes.length, 0),
    context,
  };
}

/** Determines the signal of a request from its first key, as the Collector does. */
function signalOf(text: string): Signal | undefined {
  const key = /^\{\s*"(resource[A-Z][a-z]+)"\s*:\s*\[/.exec(text)?.[1];
  return SIGNAL_NAMES.find((signal) => key !== undefined && FIRST_KEYS[signal] === key);
}

const FIRST_KEYS: Partial<Readonly<Record<Signal, string>>> = {
  traces: 'resourceSpans',
  metrics: 'resourceMetrics',
  logs: 'resourceLogs',
};
