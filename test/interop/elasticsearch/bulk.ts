import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A server that accepts bulk requests and keeps their lines by the first part of the path. */
export interface BulkSink {
  readonly url: string;
  /** Removes and returns the documents below a path, each with its action, in a form that does not depend on order. */
  take(path: string): readonly string[];
  close(): Promise<void>;
}

/** Starts a sink. */
export async function startBulkSink(): Promise<BulkSink> {
  const received = new Map<string, string[]>();
  const server = createServer(async (request, response) => {
    const lines = (await bodyOf(request)).split('\n').filter(Boolean);
    const [, path = ''] = (request.url ?? '').split('/');
    const query = new URL(request.url ?? '', 'http://x').searchParams;
    query.delete('filter_path');
    const documents: string[] = [];
    for (let i = 0; i + 1 < lines.length; i += 2)
      documents.push(`${String(query)} ${canonicalJson(lines[i] ?? '')} ${canonicalJson(lines[i + 1] ?? '')}`);
    received.set(path, [...(received.get(path) ?? []), ...documents]);
    response.setHeader('x-elastic-product', 'Elasticsearch');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ items: documents.map(() => ({ create: { _index: 'i', status: 201 } })) }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take(path) {
      const documents = received.get(path) ?? [];
      received.delete(path);
      return documents.sort();
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
}

/** Returns JSON with sorted keys, in which integers and doubles differ. The last bits of doubles depend on `exp`. */
function canonicalJson(text: string): string {
  const parsed = JSON.parse(text, (_key, value: unknown, context?: { readonly source?: string }) => {
    if (typeof value === 'number') {
      const source = context?.source ?? '';
      return /^-?\d+$/.test(source) ? `int ${source}` : `double ${Number(Number(source).toPrecision(14))}`;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
  return JSON.stringify(parsed);
}
