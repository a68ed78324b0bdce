import { writeFileSync } from 'node:fs';
import { DEFAULT_TENANT } from '@otelier/otlp';
import { createApiClient } from '@otelier/query/client';
import type { SqlFormat } from '@otelier/store';
import type { Console } from './console.ts';
import { requireStore } from './directory.ts';
import { CommandFailure } from './failure.ts';
import { MORE_ROWS, rowsAsJson, rowsAsTable } from './rows.ts';
import { encryptionOf } from './store/encryption.ts';

/** Options for `otelier query`. */
export interface QueryOptions {
  readonly url: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly format?: 'table' | 'json' | SqlFormat;
  readonly formulaSafe?: boolean;
  readonly output?: string;
  readonly maxRows?: number;
}

/**
 * Runs a read-only SQL statement against a running process, or against a store that no process has open, and prints the
 * rows.
 */
export async function queryCommand(statement: string, options: QueryOptions, console: Console): Promise<void> {
  const { url, data, json, maxRows, format = json ? 'json' : 'table' } = options;
  if (format !== 'table' && format !== 'json') {
    await (await import('./query-encoded.ts')).printEncoded(statement, { ...options, format }, console);
    return;
  }
  const response =
    data === undefined
      ? await queryProcess(statement, url, maxRows, console.environment['OTELIER_TOKEN'])
      : await queryDirectory(statement, data, maxRows, console);
  const text = format === 'json' ? rowsAsJson(response) : rowsAsTable(response, console.columns);
  if (options.output === undefined) console.print(text);
  else writeFileSync(options.output, `${text}\n`);
  if (response.truncated) console.error(MORE_ROWS);
}

async function queryProcess(statement: string, url: string, maxRows: number | undefined, token: string | undefined) {
  const client = createApiClient(url, { token });
  return await client.sql({ statement, ...(maxRows === undefined ? {} : { maxRows }) });
}

async function queryDirectory(statement: string, directory: string, maxRows: number | undefined, console: Console) {
  requireStore(directory);
  const { openStoreReadOnly } = await import('@otelier/store');
  const store = await openStoreReadOnly(directory, await encryptionOf(console));
  try {
    if (store.sql === undefined) throw new CommandFailure(`${directory}: expected a store that supports SQL.`);
    return await store.sql.query({ tenant: DEFAULT_TENANT, statement, ...(maxRows === undefined ? {} : { maxRows }) });
  } finally {
    await store.close();
  }
}
