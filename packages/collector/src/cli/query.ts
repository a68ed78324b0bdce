import { createApiClient } from '@otelier/query';
import { DEFAULT_TENANT } from '@otelier/otlp';
import { openStore } from '@otelier/store';
import { CommandFailure } from './failure.ts';
import { rowsAsJson, rowsAsTable } from './rows.ts';

/** What `otelier query` was called with. */
export interface QueryOptions {
  readonly url: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly maxRows?: number;
}

/** Runs a read-only SQL statement in the running process, or in a store that no process has open, and prints the rows. */
export async function queryCommand(statement: string, { url, data, json, maxRows }: QueryOptions, environment: Readonly<Record<string, string | undefined>>): Promise<void> {
  const answer = data === undefined ? await askProcess(statement, url, maxRows, environment['OTELIER_TOKEN']) : await askFolder(statement, data, maxRows);
  process.stdout.write(`${json ? rowsAsJson(answer) : rowsAsTable(answer)}\n`);
  if (answer.truncated) process.stderr.write('otelier: there are more rows; raise --max-rows to see them.\n');
}

async function askProcess(statement: string, url: string, maxRows: number | undefined, token: string | undefined) {
  const client = createApiClient(url, { token });
  return await client.sql({ statement, ...(maxRows === undefined ? {} : { maxRows }) });
}

async function askFolder(statement: string, directory: string, maxRows: number | undefined) {
  const store = await openStore({ directory });
  try {
    if (store.sql === undefined) throw new CommandFailure(`The store in ${directory} does not speak SQL.`);
    return await store.sql.query({ tenant: DEFAULT_TENANT, statement, ...(maxRows === undefined ? {} : { maxRows }) });
  } finally {
    await store.close();
  }
}
