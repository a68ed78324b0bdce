import { randomUUID } from 'node:crypto';
import { IdentityDatabaseError } from '../database/open-database.ts';
import { MIGRATIONS } from '../database/schema.ts';
import type { Query } from './connection.ts';
import type { CopyPosition, TableRows } from './local-copy.ts';
import { POSTGRES_MIGRATIONS, SCHEMA, SHARED_TABLES } from './schema.ts';

/** Keys of the advisory lock of those who create or change tables. */
const LOCK = 'pg_advisory_xact_lock(1869899116, 1768187252)';

/**
 * Creates the tables in an empty database, or brings those of an older version to this one. Rejects with an `IdentityDatabaseError` for those
 * of a newer version.
 */
export async function prepareTables(query: Query): Promise<void> {
  await query('BEGIN');
  await query(`SELECT ${LOCK}`);
  const found = await query(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = $1 AND table_name = 'state'",
    [SCHEMA],
  );
  const [state] = found.length === 0 ? [] : await query(`SELECT schema_version FROM ${SCHEMA}.state`);
  const version = Number(state?.['schema_version'] ?? 0);
  checkVersion(version);
  for (const migration of POSTGRES_MIGRATIONS) if (migration.version > version) await query(migration.statements);
  if (state === undefined)
    await query(
      `INSERT INTO ${SCHEMA}.state (id, schema_version, version, head) SELECT $1, $2, 0, $3 WHERE NOT EXISTS (SELECT 1 FROM ${SCHEMA}.state)`,
      [randomUUID(), MIGRATIONS.length, randomUUID()],
    );
  else if (version < MIGRATIONS.length) {
    // Changes of the version before have other columns: copies are made anew.
    await query(`DELETE FROM ${SCHEMA}.changes`);
    await query(`UPDATE ${SCHEMA}.state SET schema_version = $1, version = version + 1, head = $2`, [
      ...[MIGRATIONS.length, randomUUID()],
    ]);
  }
  await query('COMMIT');
}

/** Reads what the database contains now. */
export async function readPosition(query: Query, lock: '' | 'FOR UPDATE' = ''): Promise<CopyPosition> {
  const [state] = await query(`SELECT id, schema_version, version, head FROM ${SCHEMA}.state ${lock}`);
  if (state === undefined) throw new IdentityDatabaseError('identity database: expected its state, found none');
  checkVersion(Number(state['schema_version']));
  return { source: String(state['id']), version: Number(state['version']), head: String(state['head']) };
}

/** Reads all tables. */
export async function readTables(query: Query): Promise<ReadonlyMap<string, TableRows>> {
  const tables = new Map<string, TableRows>();
  for (const table of SHARED_TABLES) tables.set(table, await query(`SELECT * FROM ${SCHEMA}.${table}`));
  return tables;
}

function checkVersion(version: number): void {
  if (version <= MIGRATIONS.length) return;
  throw new IdentityDatabaseError(
    `identity database: expected version ${MIGRATIONS.length} or older in the schema ${SCHEMA} of PostgreSQL, got ${version}, which a newer otelier wrote; start that version, or restore a backup`,
  );
}
