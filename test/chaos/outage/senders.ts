import { encodeRequest } from '@otelier/testkit/request-codec';
import { createGrpcClient } from '@otelier/transport/grpc-client';

/** Senders at a constant rate. */
export interface Senders {
  /** The labels of all acknowledged requests. */
  acknowledged(): readonly string[];
  /** Stops after the requests in flight. */
  stop(): Promise<void>;
}

/** Number of senders. */
export const SENDERS = 4;
/** Spans per request. */
const SPANS = 100;
/** Requests per second of each sender. */
const RATE = 25;

/** Returns the label of a request, which is in its bytes. */
export const labelOf = (sender: number, sequence: number) => `outage-${sender}-${sequence};`;

/**
 * Starts senders that send one request after the other, and each again until it is acknowledged. `endpoint` is that of
 * the current process.
 */
export function startSenders(endpoint: () => string): Senders {
  const labels: string[] = [];
  const stop = new AbortController();
  const running = Array.from({ length: SENDERS }, async (_, sender) => {
    let client = createGrpcClient({ endpoint: `http://${endpoint()}` });
    let connected = endpoint();
    const began = performance.now();
    for (let sequence = 0; !stop.signal.aborted; ) {
      if (connected !== endpoint()) {
        await client.shutdown();
        connected = endpoint();
        client = createGrpcClient({ endpoint: `http://${connected}` });
      }
      const label = labelOf(sender, sequence);
      const { kind } = await client.export('traces', [requestOf(label)]);
      if (kind === 'accepted') {
        labels.push(label);
        sequence += 1;
      }
      const dueMillis = kind === 'accepted' ? began + (sequence * 1000) / RATE : performance.now() + 20;
      const pauseMillis = dueMillis - performance.now();
      if (pauseMillis > 0) await new Promise((resolve) => setTimeout(resolve, pauseMillis));
    }
    await client.shutdown();
  });
  return {
    acknowledged: () => labels,
    async stop() {
      stop.abort();
      await Promise.all(running);
    },
  };
}

function requestOf(label: string): Uint8Array {
  const spans = Array.from({ length: SPANS }, (_, index) => ({
    traceId: '5b8efff798038103d269b633813fc60c',
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name: `GET /products/${index}`,
    kind: 2,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000000005000000',
    attributes: [
      { key: 'http.request.method', value: { stringValue: 'GET' } },
      { key: 'url.path', value: { stringValue: `/products/${index}` } },
      { key: 'http.response.status_code', value: { intValue: 200 } },
    ],
  }));
  const resource = { attributes: [{ key: 'label', value: { stringValue: label } }] };
  return encodeRequest('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}
