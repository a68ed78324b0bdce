import type { ExportClient } from '@otelier/transport';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import { createWebSocketClient } from '@otelier/transport/websocket-client';
import type { Gateway } from '../../e2e/gateway.ts';
import { type KilledSignal, killRequest, SIGNALS } from './requests.ts';

/** A sent request and its outcome. */
export interface SentRequest {
  readonly signal: KilledSignal;
  /** Whether retention removes its items. */
  readonly isOld: boolean;
  acknowledged: boolean;
}

/**
 * Every eleventh request is old, so that each file has items that retention removes, and some files have only such
 * items.
 */
const OLD_EVERY = 11;

/** Factories of clients, by transport. None of the clients retries. */
const CLIENTS: Readonly<Record<string, (gateway: Gateway) => ExportClient>> = {
  grpc: ({ grpc }) => createGrpcClient({ endpoint: `http://${grpc}` }),
  protobuf: ({ http }) => createHttpClient({ endpoint: http }),
  json: ({ http }) => createHttpClient({ endpoint: http, encoding: 'json' }),
  websocket: (gateway) => createWebSocketClient({ endpoint: websocketOf(gateway) }),
};

/** Names of the clients, which are part of the request IDs. */
export const WAYS = Object.keys(CLIENTS);

/**
 * Sends requests of all signals with all clients, each sequentially, until `stop` is aborted or the gateway is gone.
 * Records the outcomes in `sent`.
 */
export async function sendLoad(
  gateway: Gateway,
  prefix: string,
  sent: Map<string, SentRequest>,
  stop: AbortSignal,
): Promise<void> {
  await Promise.all(
    Object.entries(CLIENTS).map(async ([way, createClient]) => {
      const client = createClient(gateway);
      for (let i = 0; !stop.aborted; i++) {
        const signal = SIGNALS[i % SIGNALS.length] ?? 'traces';
        const id = `${prefix}-${way}-${i}`;
        const request: SentRequest = { signal, isOld: i % OLD_EVERY === OLD_EVERY - 1, acknowledged: false };
        sent.set(id, request);
        const outcome = await client.export(signal, [killRequest(signal, id, request.isOld)], { signal: stop });
        request.acknowledged = outcome.kind === 'accepted';
        if (!request.acknowledged) break;
      }
      await client.shutdown();
    }),
  );
}

function websocketOf(gateway: Gateway): string {
  const address = /^ *otlp_websocket +(\S+)$/m.exec(gateway.output())?.[1] ?? '';
  return /^wss?:/.test(address) ? address : `ws://${address}`;
}
