import { DEFAULT_TENANT } from '@otelier/otlp';
import { createApiClient } from '@otelier/query';
import { openStoreReadOnly } from '@otelier/store';
import type { Console } from './console.ts';
import { requireStore } from './directory.ts';
import { CommandFailure } from './failure.ts';
import { rowsAsJson, rowsAsTable } from './rows.ts';

/** Options for `otelier query`. */
export interface QueryOptions {
  readonly url: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly maxRows?: number;
}

/**
 * Runs a read-only SQL statement against a running process, or against a store that no process has open, and prints the
 * rows.
 */
export async function queryCommand(
  statement: string,
  { url, data, json, maxRows }: QueryOptions,
  console: Console,
): Promise<void> {
  const response =
    data === undefined
      ? await queryProcess(statement, url, maxRows, console.environment['OTELIER_TOKEN'])
      : await queryDirectory(statement, data, maxRows);
  console.print(json ? rowsAsJson(response) : rowsAsTable(response, console.columns));
  if (response.truncated) console.error('otelier: there are more rows; raise --max-rows to see them.');
}

async function queryProcess(statement: string, url: string, maxRows: number | undefined, token: string | undefined) {
  const client = createApiClient(url, { token });
  return await client.sql({ statement, ...(maxRows === undefined ? {} : { maxRows }) });
}

async function queryDirectory(statement: string, directory: string, maxRows: number | undefined) {
  requireStore(directory);
  const store = await openStoreReadOnly(directory);
  try {
    if (store.sql === undefined) throw new CommandFailure(`${directory}: expected a store that supports SQL.`);
    return await store.sql.query({ tenant: DEFAULT_TENANT, statement, ...(maxRows === undefined ? {} : { maxRows }) });
  } finally {
    await store.close();
  }
}
