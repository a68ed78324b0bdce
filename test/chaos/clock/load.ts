import type { ExportClient } from '@otelier/transport';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createHttpClient } from '@otelier/transport/http-client';
import { createWebSocketClient } from '@otelier/transport/websocket-client';
import { type KilledSignal, killRequest, SIGNALS } from '../kill/requests.ts';

/** The addresses at which a gateway receives telemetry. */
export interface Addresses {
  readonly http: string;
  readonly grpc: string;
  readonly websocket?: string;
}

/** Clients that send requests of all signals over all transports. */
export interface Load {
  /** Signals of the acknowledged requests, by request ID. */
  readonly acknowledged: ReadonlyMap<string, KilledSignal>;
  /** Outcomes other than an acknowledgment, with the request ID. */
  readonly failures: readonly string[];
  /** Resolves after each client has sent this many more requests. */
  more(requests: number): Promise<void>;
  /** Stops sending. Resolves when no request is in flight. */
  stop(): Promise<void>;
}

/** Starts the clients. Each sends its requests sequentially and never retries. */
export function startLoad({ http, grpc, websocket }: Addresses, prefix: string): Load {
  const clients: Readonly<Record<string, ExportClient>> = {
    grpc: createGrpcClient({ endpoint: `http://${grpc}` }),
    protobuf: createHttpClient({ endpoint: http }),
    json: createHttpClient({ endpoint: http, encoding: 'json' }),
    ...(websocket === undefined ? {} : { websocket: createWebSocketClient({ endpoint: websocket }) }),
  };
  const acknowledged = new Map<string, KilledSignal>();
  const failures: string[] = [];
  const counts = new Map(Object.keys(clients).map((way) => [way, 0]));
  let isStopped = false;
  const done = Object.entries(clients).map(async ([way, client]) => {
    for (let i = 0; !isStopped; i++) {
      const signal = SIGNALS[i % SIGNALS.length] ?? 'traces';
      const id = `${prefix}-${way}-${i}`;
      const outcome = await client.export(signal, [killRequest(signal, id, false)]);
      if (outcome.kind === 'accepted') acknowledged.set(id, signal);
      else failures.push(`${id}: ${JSON.stringify(outcome)}`);
      counts.set(way, i + 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await client.shutdown();
  });
  return {
    acknowledged,
    failures,
    async more(requests) {
      const goals = [...counts].map(([way, count]) => [way, count + requests] as const);
      while (goals.some(([way, goal]) => (counts.get(way) ?? 0) < goal))
        await new Promise((resolve) => setTimeout(resolve, 10));
    },
    async stop() {
      isStopped = true;
      await Promise.all(done);
    },
  };
}
