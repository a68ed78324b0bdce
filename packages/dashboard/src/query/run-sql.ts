import type { SqlResponse } from '@otelier/query';
import type { QueryResultData } from './result.ts';
import { sendQuery } from './send-query.ts';

/** Maximum number of rows that the page shows. */
export const MAX_ROWS = 5000;

/** Runs an SQL statement. */
export async function runSql(statement: string, signal: AbortSignal): Promise<QueryResultData> {
  const response = await sendQuery('/api/v1/sql', signal, { statement, maxRows: MAX_ROWS });
  const { columns, rows, truncated, elapsedMillis } = (await response.json()) as SqlResponse;
  return { kind: 'rows', columns, rows, truncated, elapsedMillis, warnings: [] };
}

/** Runs an SQL statement and returns its rows as CSV. */
export async function downloadCsv(statement: string, signal: AbortSignal): Promise<Blob> {
  const response = await sendQuery('/api/v1/sql', signal, {
    statement,
    maxRows: DOWNLOAD_ROWS,
    format: 'csv',
    formulaSafe: true,
  });
  return response.blob();
}

const DOWNLOAD_ROWS = 100_000;
