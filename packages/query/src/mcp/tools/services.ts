import { z } from 'zod';
import type { Service } from '../../api/api.ts';
import { cut, durationText, numberText, percentText, ResponseText, timeText } from '../response-text.ts';
import { rangeInput, rangeOf, rangeText, type TimeRange } from '../time-range.ts';
import { defineTool, type ToolContext } from '../tool.ts';

export const services = defineTool({
  name: 'list_services',
  title: 'Service health',
  description:
    'Lists the services with request rate, error rate, latency percentiles, version, and number of spans and log records. Start here.',
  input: z.object(rangeInput),
  async run(input, context) {
    const range = rangeOf(input, context.nowMillis);
    const found = await servicesIn(range, context);
    if (found.length === 0) return await nothingFound('services', range, context);
    const response = new ResponseText('use list_operations with one service.');
    response.add(`Services from ${rangeText(range)}, by number of requests:`);
    const minutes = (range.end - range.start) / 60_000;
    response.table(
      ['service', 'version', 'req/min', 'errors', 'error rate', 'p50', 'p95', 'p99', 'spans', 'logs'],
      found
        .toSorted((a, b) => b.requests - a.requests)
        .map((one) => [
          cut(one.service, 60),
          cut(one.version ?? '-', 20),
          numberText(one.requests / minutes),
          numberText(one.errors),
          percentText(one.errors, one.requests),
          ...[one.p50, one.p95, one.p99].map((nanos) => (one.requests === 0 ? '-' : durationText(nanos))),
          numberText(one.spans),
          numberText(one.logs),
        ]),
    );
    return response.toString();
  },
});

/** Returns the services in a range. */
export async function servicesIn(range: TimeRange, { client, signal }: ToolContext): Promise<readonly Service[]> {
  return (await client.get('/services', { ...range }, signal)).services;
}

/** Says that there is nothing in a range, and what the store has instead. */
export async function nothingFound(what: string, range: TimeRange, { client, signal }: ToolContext): Promise<string> {
  const { store } = await client.get('/status', {}, signal);
  const lines = [`No ${what} from ${rangeText(range)}.`];
  if (store === undefined) lines.push('This otelier has no store: it only forwards telemetry.');
  else if (Object.values(store.rows).every((rows) => rows === 0)) lines.push('The store is empty.');
  else {
    const oldest = store.oldestNanos === undefined ? undefined : Number(BigInt(store.oldestNanos) / 1_000_000n);
    const rows = Object.entries(store.rows).map(
      ([signal, count]) => `${numberText(count)} ${ROW_NAMES[signal] ?? signal}`,
    );
    lines.push(
      `The store has ${rows.join(', ')}${oldest === undefined ? '' : `; its oldest item is of ${timeText(oldest)}`}.`,
    );
  }
  return lines.join('\n');
}

const ROW_NAMES: Readonly<Record<string, string>> = { traces: 'spans', logs: 'log records', metrics: 'data points' };
