import { ACCEPTED, forEachItem } from '@otelier/otlp';
import { createRecordingHandler } from '@otelier/testkit/recording-handler';
import { encodeRequest } from '@otelier/testkit/request-codec';
import type { ExportClient } from '@otelier/transport';
import { createGrpcClient } from '@otelier/transport/grpc-client';
import { createGrpcServer } from '@otelier/transport/grpc-server';
import { createHttpClient } from '@otelier/transport/http-client';
import { createHttpServer } from '@otelier/transport/http-server';
import type { Lifetime } from '../../e2e/gateway.ts';

/** A destination that counts spans by name. */
export interface Sink {
  readonly grpc: string;
  readonly http: string;
  readonly counts: ReadonlyMap<string, number>;
}

/** Starts a destination for both protocols. */
export async function startSink(lifetime: Lifetime): Promise<Sink> {
  const counts = new Map<string, number>();
  const handler = {
    ...createRecordingHandler(),
    export({
      signal,
      body,
    }: {
      readonly signal: 'traces' | 'metrics' | 'logs' | 'profiles';
      readonly body: Uint8Array;
    }) {
      forEachItem(signal, body, ({ bytes, start, end }) => {
        const name =
          /item-\d+-\d+\./.exec(Buffer.from(bytes.subarray(start, end)).toString('latin1'))?.[0] ?? 'unknown';
        counts.set(name, (counts.get(name) ?? 0) + 1);
      });
      return ACCEPTED;
    },
  };
  const [grpc, http] = [
    await createGrpcServer({ endpoint: '127.0.0.1:0' }, handler),
    await createHttpServer({ endpoint: '127.0.0.1:0' }, handler),
  ];
  lifetime.after(async () => {
    await Promise.all([grpc.shutdown(0), http.shutdown(0)]);
  });
  return { grpc: grpc.address, http: http.address, counts };
}

const SENDERS = 4;
const SPANS = 20;

/** Senders with one connection each, half of them over gRPC, which repeat requests until they are accepted. */
export class Load {
  /** Names of the accepted spans. */
  readonly accepted: string[] = [];
  /** Time until each request was accepted, in milliseconds. */
  readonly millis: number[] = [];
  /** Reasons of outcomes that were repeated, by number. */
  readonly repeated = new Map<string, number>();
  /** Pause between two requests of a sender; 0 for as many as possible. */
  pauseMillis = 0;
  readonly #running: Promise<void>[];
  #stopped = false;

  constructor(addresses: { readonly grpc: string; readonly http: string }) {
    this.#running = Array.from({ length: SENDERS }, (_, index) =>
      this.#run(
        index,
        index % 2 === 0
          ? createGrpcClient({ endpoint: `http://${addresses.grpc}` })
          : createHttpClient({ endpoint: `http://${addresses.http}` }),
      ),
    );
  }

  /** Measures how many requests per second are accepted without pauses, and sends a share of them from then on. */
  async pace(share: number, measureMillis: number): Promise<number> {
    const before = this.millis.length;
    await pause(measureMillis);
    const perSecond = ((this.millis.length - before) * 1000) / measureMillis;
    this.pauseMillis = (SENDERS * 1000) / (perSecond * share);
    return perSecond;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  async #run(sender: number, client: ExportClient): Promise<void> {
    let dueMillis = performance.now();
    for (let sequence = 0; !this.#stopped; sequence += SPANS) {
      const names = Array.from({ length: SPANS }, (_, index) => `item-${sender}-${sequence + index}.`);
      const started = performance.now();
      await this.#send(client, names);
      this.millis.push(performance.now() - started);
      this.accepted.push(...names);
      dueMillis = Math.max(performance.now(), dueMillis + this.pauseMillis);
      await pause(Math.max(0, dueMillis - performance.now()));
    }
    await client.shutdown();
  }

  async #send(client: ExportClient, names: readonly string[]): Promise<void> {
    const traceId = names[0]?.replace(/\D/g, '').padStart(32, '1');
    const spans = names.map((name) => ({ traceId, spanId: '1'.repeat(16), name }));
    const request = encodeRequest('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
    for (;;) {
      const outcome = await client.export('traces', [request]);
      if (outcome.kind === 'accepted') return;
      const reason = `${outcome.kind}: ${outcome.reason}`;
      this.repeated.set(reason, (this.repeated.get(reason) ?? 0) + 1);
      if (outcome.kind !== 'retry' || this.#stopped) return;
      await pause(1);
    }
  }
}

/** Resolves after some milliseconds. */
export function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
