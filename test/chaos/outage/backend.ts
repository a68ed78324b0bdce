import { ACCEPTED } from '@otelier/otlp';
import type { ExportHandler, ExportServer } from '@otelier/transport';
import { createGrpcServer } from '@otelier/transport/grpc-server';

/** A gRPC backend that can go away and come back at the same address. */
export interface Backend {
  readonly address: string;
  /** The labels of all requests that arrived. */
  readonly arrived: ReadonlySet<string>;
  readonly repeated: number;
  /** Number of requests that arrived before an earlier one of the same sender. */
  readonly outOfOrder: number;
  readonly firstArrivalMillis: number;
  readonly lastArrivalMillis: number;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a backend. */
export async function startBackend(): Promise<Backend> {
  const backend = new CountingBackend();
  await backend.start();
  return backend;
}

class CountingBackend implements Backend {
  address = '127.0.0.1:0';
  readonly arrived = new Set<string>();
  repeated = 0;
  outOfOrder = 0;
  firstArrivalMillis = 0;
  lastArrivalMillis = 0;
  readonly #sequences = new Map<string, number>();
  #server: ExportServer | undefined;

  async start(): Promise<void> {
    const handler: ExportHandler = {
      admit: () => ({ grow: () => true, release: () => {} }),
      export: async ({ body }) => {
        this.#count(Buffer.from(body.buffer, body.byteOffset, Math.min(body.length, 400)).toString('latin1'));
        return ACCEPTED;
      },
    };
    this.#server = await createGrpcServer({ endpoint: this.address }, handler);
    this.address = this.#server.address;
  }

  async stop(): Promise<void> {
    await this.#server?.shutdown(0);
    this.#server = undefined;
  }

  #count(text: string): void {
    const [label = '', sender = '', sequence = ''] = /outage-(\d+)-(\d+);/.exec(text) ?? [];
    this.lastArrivalMillis = performance.now();
    this.firstArrivalMillis ||= this.lastArrivalMillis;
    if (this.arrived.has(label)) {
      this.repeated += 1;
      return;
    }
    this.arrived.add(label);
    const last = this.#sequences.get(sender) ?? -1;
    if (Number(sequence) < last) this.outOfOrder += 1;
    this.#sequences.set(sender, Number(sequence));
  }
}
