import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A server of a test, with the requests that it has received. */
export interface TestPage {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
}

/** Serves requests until the test ends. */
export async function startPage(t: TestContext, listener: RequestListener): Promise<TestPage> {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    listener(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/status`, requests };
}
