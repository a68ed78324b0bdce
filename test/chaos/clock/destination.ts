import { ACCEPTED } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { createHttpServer } from '@otelier/transport/http-server';
import type { Lifetime } from '../../e2e/gateway.ts';

/** An OTLP/JSON destination that can be made unavailable. */
export interface Destination {
  readonly url: string;
  /** Whether requests are accepted. If not, they are rejected as retryable. */
  isAvailable: boolean;
  /** Number of rejected requests. */
  readonly rejected: number;
  /** Returns, per request ID, how many times each item arrived. */
  items(): ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Starts a destination that is initially unavailable. */
export async function startDestination(lifetime: Lifetime): Promise<Destination> {
  const items = new Map<string, Map<string, number>>();
  const handler = createRecordingHandler();
  const destination = { url: '', isAvailable: false, rejected: 0, items: () => items };
  handler.response = ({ body }) => {
    if (!destination.isAvailable) {
      destination.rejected += 1;
      return { kind: 'retry', afterMillis: undefined, reason: 'not available' };
    }
    countItems(JSON.parse(Buffer.from(body).toString()), items);
    return ACCEPTED;
  };
  const server = await createHttpServer({ endpoint: '127.0.0.1:0' }, handler);
  lifetime.after(() => server.shutdown(0));
  destination.url = `http://${server.address}`;
  return destination;
}

/** Counts objects with the attributes `request` and `i` at any depth, which works for all signals. */
function countItems(value: unknown, items: Map<string, Map<string, number>>): void {
  if (typeof value !== 'object' || value === null) return;
  const attributes: readonly Attribute[] =
    'attributes' in value && Array.isArray(value.attributes) ? value.attributes : [];
  const id = attributes.find(({ key }) => key === 'request')?.value.stringValue;
  if (id === undefined) {
    for (const inner of Object.values(value)) countItems(inner, items);
    return;
  }
  const i = attributes.find(({ key }) => key === 'i')?.value.intValue ?? '';
  const request = items.get(id) ?? new Map<string, number>();
  request.set(i, (request.get(i) ?? 0) + 1);
  items.set(id, request);
}

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string; readonly intValue?: string };
}
