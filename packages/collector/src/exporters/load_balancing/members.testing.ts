import { type Batch, forEachSpan } from '@otelier/otlp';
import { batchOf } from '@otelier/testkit';
import { createRecordingHandler } from '@otelier/testkit/transport';
import { createGrpcServer, type ExportServer } from '@otelier/transport';

/** A server that takes spans and can be stopped and started again. */
export class TestMember {
  readonly received: { readonly traceId: string; readonly spanId: string }[] = [];
  readonly #host: string;
  #port: number;
  #server: ExportServer | undefined;

  constructor(host: string, port = 0) {
    this.#host = host;
    this.#port = port;
  }

  get address(): string {
    return `${this.#host}:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Listens, unless it does already. */
  async start(): Promise<this> {
    if (this.#server !== undefined) return this;
    const handler = createRecordingHandler();
    handler.response = ({ body }) => {
      forEachSpan(body, ({ traceId, spanId }) => this.received.push({ traceId, spanId }));
      return { kind: 'accepted' };
    };
    this.#server = await createGrpcServer({ endpoint: this.address }, handler);
    this.#port = Number(this.#server.address.split(':').at(-1));
    return this;
  }

  async stop(): Promise<void> {
    await this.#server?.shutdown(1000);
    this.#server = undefined;
  }
}

/** Makes batches whose spans belong to a number of traces in turn, each with an ID of its own. */
export class SpanSource {
  sent = 0;
  readonly #traces: number;

  constructor(traces: number) {
    this.#traces = traces;
  }

  batch(count: number): Batch {
    const spans = Array.from({ length: count }, () => {
      const id = ++this.sent;
      return { traceId: traceIdOf(id % this.#traces), spanId: id.toString(16).padStart(16, '0'), name: 'span' };
    });
    return batchOf('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] });
  }
}

function traceIdOf(index: number): string {
  return (index + 1).toString(16).padStart(2, '0').repeat(16);
}

/** Returns the members that have received spans of each trace. */
export function membersByTrace(members: readonly TestMember[]): Map<string, Set<number>> {
  const byTrace = new Map<string, Set<number>>();
  for (const [index, { received }] of members.entries()) {
    for (const { traceId } of received) byTrace.set(traceId, (byTrace.get(traceId) ?? new Set()).add(index));
  }
  return byTrace;
}

/** Returns the number of different spans that members have received, and of those received again. */
export function countSpans(members: readonly TestMember[]): { readonly different: number; readonly again: number } {
  const all = members.flatMap(({ received }) => received.map(({ spanId }) => spanId));
  const different = new Set(all).size;
  return { different, again: all.length - different };
}
