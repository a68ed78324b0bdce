import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { connectPostgresql, type PostgresqlConnection } from '../postgresql/connection.ts';
import type { Datasource } from './datasource.ts';

/** Connects to a database. Rejects if that fails. `signal` ends the connection, also later. */
export function connectDatabase(source: Datasource, signal: AbortSignal): Promise<PostgresqlConnection> {
  return connectPostgresql({ ...source, tls: tlsOf(source) }, source.database, signal);
}

/** As in libpq, only the modes `verify-…` verify the certificate, and only `verify-full` its name. */
function tlsOf({ sslMode, files }: Datasource): ConnectionOptions | undefined {
  if (sslMode === 'disable') return undefined;
  const contents = Object.entries(files).flatMap(([name, path]) =>
    path === undefined ? [] : [[name, readFileSync(path, 'utf8')]],
  );
  return {
    ...Object.fromEntries(contents),
    rejectUnauthorized: sslMode.startsWith('verify-'),
    ...(sslMode === 'verify-ca' && { checkServerIdentity: () => undefined }),
  };
}
