import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import type { MysqlResult } from '../../../packages/collector/src/receivers/mysql/mysql-server.testing.ts';
import type { TestResult } from '../../../packages/collector/src/receivers/postgresql/postgresql-server.testing.ts';

/** File with what the servers sent. */
export const RECORDS: URL = new URL('records.json.gz', import.meta.url);

/** Responses of a server: pages by path, replies by command, or results by database and statement. */
export type Recorded = Readonly<Record<string, string | TestResult | MysqlResult>>;

/** Reads the recorded responses, by server. */
export function readRecords(): Readonly<Record<string, Recorded>> {
  return JSON.parse(gunzipSync(readFileSync(RECORDS)).toString()) as Readonly<Record<string, Recorded>>;
}
