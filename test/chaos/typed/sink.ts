import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { forEachSpan } from '@otelier/otlp';

/** A server that counts the spans of each request by name, and remembers the latest version that it has seen. */
export interface Sink {
  readonly url: string;
  /** Number of received spans by name. */
  readonly counts: ReadonlyMap<string, number>;
  /** Resolves when a span of this version has arrived. */
  untilVersion(version: number): Promise<void>;
  close(): Promise<void>;
}

/** Starts a sink on a free port. */
export async function startSink(): Promise<Sink> {
  const counts = new Map<string, number>();
  let latest = -1;
  let wake: (() => void)[] = [];
  const server = createServer(async (request, response) => {
    forEachSpan(await buffer(request), (span) => {
      counts.set(span.name, (counts.get(span.name) ?? 0) + 1);
      latest = Math.max(latest, Number(span.attributes.get('version')));
    });
    response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    for (const resolve of wake.splice(0)) resolve();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    async untilVersion(version) {
      while (latest < version) await new Promise<void>((resolve) => (wake = [...wake, resolve]));
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
