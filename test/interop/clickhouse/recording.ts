import { hash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The time at which the recorded tests run, because their statements contain times. */
export const RECORDED_MILLIS = Date.UTC(2026, 10, 30, 12);

/** The response to a statement. */
interface RecordedResponse {
  readonly status: number;
  readonly code?: string;
  readonly body: string;
}

/** Responses by database and statement, in the order in which they were asked for. */
export type Recording = Record<string, Record<string, RecordedResponse[]>>;

/** Returns a recording in which responses that are always equal occur once. */
export function compacted(recording: Recording): Recording {
  const ofDatabase = (statements: Recording[string]): Recording[string] =>
    Object.fromEntries(
      Object.entries(statements).map(([key, replies]) => {
        const isConstant = replies.every(({ body }) => body === replies[0]?.body);
        return [key, isConstant ? replies.slice(0, 1) : replies];
      }),
    );
  return Object.fromEntries(Object.entries(recording).map(([name, statements]) => [name, ofDatabase(statements)]));
}

/** A server between the store and a real one, or instead of it. */
export interface RecordingServer {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Starts a server that forwards statements to a real one and records its responses. Without `target`, it responds with
 * what is recorded. Statements that change something have empty responses.
 */
export async function startRecordingServer(recording: Recording, target?: string): Promise<RecordingServer> {
  const asked = new Map<string, number>();
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { database, text } = statementOf(request.url ?? '', Buffer.concat(chunks).toString());
    const key = hash('sha1', text).slice(0, 16);
    const reply = target === undefined ? replay(database, key, text) : await forward(target, request.url ?? '', chunks);
    if (target !== undefined && isRead(text)) record(recording, database, key, reply);
    response.writeHead(reply.status, reply.code === undefined ? {} : { 'x-clickhouse-exception-code': reply.code });
    response.end(reply.body);
  });

  function replay(database: string, key: string, text: string): RecordedResponse {
    // A store that is opened again begins again.
    if (text.startsWith('CREATE DATABASE')) asked.clear();
    if (!isRead(text)) return { status: 200, body: '' };
    const known = recording[database]?.[key] ?? [];
    const count = asked.get(database + key) ?? 0;
    asked.set(database + key, count + 1);
    const missing = { status: 501, body: `not recorded, see test/interop/clickhouse/README.md: ${text}` };
    return known[Math.min(count, known.length - 1)] ?? missing;
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function record(recording: Recording, database: string, key: string, reply: RecordedResponse): void {
  const statements = recording[database] ?? {};
  const replies = statements[key] ?? [];
  recording[database] = statements;
  statements[key] = replies;
  replies.push(reply);
}

function statementOf(url: string, body: string): { readonly database: string; readonly text: string } {
  const text = new URL(url, 'http://x').searchParams.get('query') ?? body;
  return { database: /`(contract_\d+)`/.exec(text)?.[1] ?? '', text };
}

function isRead(text: string): boolean {
  return /^(SELECT|WITH|EXPLAIN|DESC)\b/.test(text);
}

async function forward(target: string, url: string, chunks: readonly Buffer[]): Promise<RecordedResponse> {
  const response = await fetch(target + url, { method: 'POST', body: Buffer.concat(chunks) });
  const code = response.headers.get('x-clickhouse-exception-code');
  return { status: response.status, body: await response.text(), ...(code !== null && { code }) };
}
