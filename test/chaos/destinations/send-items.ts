import type { Signal } from '@otelier/otlp';
import { labelOf } from './arrivals.ts';

/** Sends numbered items of each signal, and each again until it is acknowledged. */
export interface ItemSender {
  /** The numbers of acknowledged items of a signal. */
  acknowledged(signal: Signal): readonly number[];
  /** Stops after the requests in flight. */
  stop(): Promise<void>;
}

/** Number of items in a request. */
export const REQUEST_ITEMS = 20;
const PAUSE_MILLIS = 20;
/** The path of a signal, and the request with an item of each number. */
const REQUESTS = {
  logs: (numbers: readonly number[]) => ({
    resourceLogs: [{ scopeLogs: [{ logRecords: numbers.map((n) => ({ ...TIME, body: text(n) })) }] }],
  }),
  traces: (numbers: readonly number[]) => ({
    resourceSpans: [{ scopeSpans: [{ spans: numbers.map(spanOf) }] }],
  }),
  metrics: (numbers: readonly number[]) => ({
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ name: 'stock', gauge: { dataPoints: numbers.map(pointOf) } }] }] },
    ],
  }),
} as const;

const NANOS = '1700000000000000000';
const TIME = { timeUnixNano: NANOS };
const text = (number: number) => ({ stringValue: labelOf(number) });

function spanOf(number: number): object {
  const id = number.toString(16);
  const ids = { traceId: id.padStart(32, 'a'), spanId: id.padStart(16, 'b') };
  return { ...ids, name: labelOf(number), startTimeUnixNano: NANOS, endTimeUnixNano: NANOS };
}

function pointOf(number: number): object {
  return { ...TIME, asInt: String(number), attributes: [{ key: 'item', value: text(number) }] };
}

/** Starts to send to the current URL of OTLP/HTTP. */
export function startItems(url: () => string): ItemSender {
  const acknowledged: Record<string, number[]> = {};
  const stop = new AbortController();
  const running = Object.entries(REQUESTS).map(async ([signal, create]) => {
    const own: number[] = [];
    acknowledged[signal] = own;
    for (let next = 1; !stop.signal.aborted; ) {
      const numbers = Array.from({ length: REQUEST_ITEMS }, (_, index) => next + index);
      if (await post(`${url()}/v1/${signal}`, create(numbers))) {
        own.push(...numbers);
        next += REQUEST_ITEMS;
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLIS));
    }
  });
  return {
    acknowledged: (signal) => acknowledged[signal] ?? [],
    async stop() {
      stop.abort();
      await Promise.all(running);
    },
  };
}

async function post(url: string, body: object): Promise<boolean> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
