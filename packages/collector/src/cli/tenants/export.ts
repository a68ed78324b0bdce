import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type ApiClient, createApiClient } from '@otelier/query/client';
import type { Console } from '../console.ts';
import { bytesText } from '../graph/numbers.ts';
import { terminalText } from '../terminal-text.ts';
import type { ProcessOptions } from './command.ts';

const SIGNALS = ['traces', 'metrics', 'logs'] as const;
const DOCUMENT_KINDS = ['board', 'query', 'search', 'triage'] as const;

/** Writes everything that a running process keeps of a tenant into a new directory. */
export async function exportTenantCommand(
  tenant: string,
  { url, output }: ProcessOptions & { readonly output: string },
  console: Console,
): Promise<void> {
  const client = createApiClient(url, { token: console.environment['OTELIER_TOKEN'] });
  // A directory that exists may have parts of another export.
  await mkdir(output, { mode: 0o750 });
  const sums: string[] = [];
  for (const signal of SIGNALS) {
    const written = await writeSignal(client, { tenant, signal }, join(output, `${signal}.jsonl`), console);
    sums.push(`${signal}.jsonl (${written.requests} requests, ${bytesText(written.bytes)})`);
  }
  const documents = await documentsOf(client, tenant);
  await writeFile(join(output, 'documents.json'), `${JSON.stringify(documents, undefined, 2)}\n`);
  sums.push(`documents.json (${documents.length} documents)`);
  console.print(terminalText(`wrote ${sums.join(', ')} to ${output}`));
}

async function writeSignal(
  client: ApiClient,
  what: { readonly tenant: string; readonly signal: string },
  path: string,
  console: Console,
): Promise<{ readonly requests: number; readonly bytes: number }> {
  let [requests, bytes] = [0, 0];
  const lines = async function* () {
    for await (const line of client.exportLines(what)) {
      requests += 1;
      bytes += line.length;
      console.progress(() => `${what.signal}: ${requests.toLocaleString('en')} requests, ${bytesText(bytes)}`);
      yield `${line}\n`;
    }
  };
  await pipeline(lines, createWriteStream(path));
  return { requests, bytes };
}

async function documentsOf(client: ApiClient, tenant: string): Promise<readonly object[]> {
  const all: object[] = [];
  for (const kind of DOCUMENT_KINDS) {
    const { documents } = await client.get('/documents', { kind, tenant });
    for (const { id } of documents) all.push(await client.get(`/documents/${kind}/${id}`, { tenant }));
  }
  return all;
}
