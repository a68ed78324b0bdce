import assert from 'node:assert/strict';
import type { ExportClient, ExportServer } from '@otelier/transport';
import { createRecordingHandler, type RecordingHandler } from '../recording-handler.ts';
import type { ClientUnderTest, ServerUnderTest, TransportUnderTest } from './under-test.ts';

/** A running server with its handler and clients. Closed at the end of the test. */
export interface Bench {
  readonly handler: RecordingHandler;
  readonly server: ExportServer;
  readonly client: ExportClient;
  /** Internal errors reported by the server. */
  readonly internalErrors: readonly unknown[];
  connect(options?: Omit<ClientUnderTest, 'address'>): ExportClient;
}

/** Runs `body` with a server and a client, then verifies that every admission was released. */
export async function withTransport(
  transport: TransportUnderTest,
  body: (bench: Bench) => Promise<void>,
  serverOptions: Partial<ServerUnderTest> = {},
  clientOptions: Omit<ClientUnderTest, 'address'> = {},
): Promise<void> {
  const handler = createRecordingHandler();
  const internalErrors: unknown[] = [];
  const onInternalError = (error: unknown) => void internalErrors.push(error);
  const server = await transport.createServer({ endpoint: '127.0.0.1:0', onInternalError, ...serverOptions }, handler);
  const clients: ExportClient[] = [];
  const connect = (options: Omit<ClientUnderTest, 'address'> = {}) => {
    const client = transport.createClient({ address: server.address, ...clientOptions, ...options });
    clients.push(client);
    return client;
  };
  try {
    await body({ handler, server, client: connect(), internalErrors, connect });
  } finally {
    await Promise.all(clients.map((client) => client.shutdown()));
    await server.shutdown(0);
  }
  await handler.untilReleased();
  assert.equal(handler.reservedBytes, 0);
}

/** Returns incompressible bytes that are reproducible by seed. */
export function noise(length: number, seed = 1): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

/** Returns a promise and a function that resolves it. */
export function gate<T = void>(): { readonly promise: Promise<T>; readonly open: (value: T) => void } {
  const { promise, resolve } = Promise.withResolvers<T>();
  return { promise, open: resolve };
}
