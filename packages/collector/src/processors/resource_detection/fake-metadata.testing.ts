import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** A request to the fake metadata service. */
export interface FakeRequest {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** The response to a request for a path: a body or a status. */
export type FakeResponse = string | number | ((request: FakeRequest) => string | number);

/**
 * Starts a server with the documented responses of a metadata service, by path and query. Other requests get status
 * 404.
 */
export async function fakeMetadata(
  t: TestContext,
  responses: Readonly<Record<string, FakeResponse>>,
): Promise<{ readonly url: string; readonly port: number; readonly paths: string[] }> {
  const paths: string[] = [];
  const server = createServer(async (request, response) => {
    const { method = '', url = '', headers } = request;
    let body = '';
    for await (const chunk of request) body += chunk;
    paths.push(`${method} ${url}`);
    const known = responses[url] ?? 404;
    const result = typeof known === 'function' ? known({ method, headers, body }) : known;
    response.statusCode = typeof result === 'number' ? result : 200;
    response.end(typeof result === 'number' ? '' : result);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, paths };
}
