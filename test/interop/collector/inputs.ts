import { createRandom } from '@otelier/testkit/otlp/random';
import { inputsOf as itemsOf } from '../ottl/inputs.ts';
import { pick } from '../ottl/values.ts';
import type { Step } from './cases.ts';

const REQUESTS = 30;
const CONTEXTS = { traces: 'span', metrics: 'datapoint', logs: 'log' } as const;
const LISTS = { traces: 'resourceSpans', metrics: 'resourceMetrics', logs: 'resourceLogs' } as const;

interface Item {
  traceId?: string;
  attributes?: object[];
}

interface Entry {
  readonly resource: { attributes: object[] };
  readonly [scopes: string]: unknown;
}

/**
 * Returns the steps of configurations that define none: requests with one to four resources, whose items have all kinds
 * of values.
 */
export function generatedSteps(signal: string): readonly Step[] {
  const known = generated.get(signal);
  if (known !== undefined) return known;
  const steps = generateSteps(signal);
  generated.set(signal, steps);
  return steps;
}

const generated = new Map<string, readonly Step[]>();

function generateSteps(signal: string): readonly Step[] {
  if (!isCompared(signal)) throw new Error(`expected traces, metrics or logs, got ${signal}`);
  const source = createRandom(signal.length * 77);
  const random = () => source(2 ** 32) / 2 ** 32;
  const entries = itemsOf(CONTEXTS[signal], REQUESTS * 4).map((text) => {
    const [entry] = JSON.parse(text)[LISTS[signal]] as [Entry];
    entry.resource.attributes.push(...usualResource(random));
    for (const item of itemsIn(entry)) {
      item.attributes?.push(...usualAttributes(random));
      if (item.traceId !== undefined) item.traceId = traceId(random);
    }
    return entry;
  });
  return Array.from({ length: REQUESTS }, (_, index) => ({
    send: { [LISTS[signal]]: entries.slice(index * 4, index * 4 + 1 + Math.floor(random() * 4)) },
  }));
}

function isCompared(signal: string): signal is keyof typeof CONTEXTS {
  return Object.hasOwn(CONTEXTS, signal);
}

/** Returns the spans or log records of an entry. The attributes of data points remain unchanged. */
function itemsIn(entry: Entry): Item[] {
  const scopes = (entry['scopeSpans'] ?? entry['scopeLogs'] ?? []) as { spans?: Item[]; logRecords?: Item[] }[];
  return scopes.flatMap(({ spans, logRecords }) => spans ?? logRecords ?? []);
}

function usualResource(random: () => number): object[] {
  return [
    text('service.name', pick(random, ['shop', 'payments', 'front-end'])),
    ...(random() < 0.5 ? [text('host.name', pick(random, ['a1', 'b2']))] : []),
  ];
}

function usualAttributes(random: () => number): object[] {
  return [
    text('http.request.method', pick(random, ['GET', 'POST', 'DELETE'])),
    { key: 'http.response.status_code', value: { intValue: pick(random, ['200', '404', '500']) } },
    ...(random() < 0.3 ? [text('user.email', pick(random, ['ann@example.com', 'bob@example.org']))] : []),
    ...(random() < 0.3 ? [text('db.statement', "SELECT * FROM orders WHERE card = '4111 1111 1111 1111'")] : []),
  ];
}

function text(key: string, value: string): object {
  return { key, value: { stringValue: value } };
}

function traceId(random: () => number): string {
  return Math.floor(random() * 20 + 1)
    .toString(16)
    .repeat(32)
    .slice(0, 32);
}
