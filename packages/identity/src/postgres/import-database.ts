import { randomUUID } from 'node:crypto';
import { openDatabase } from '../database/open-database.ts';
import { PostgresConnection, type Query } from './connection.ts';
import type { PostgresOptions } from './options.ts';
import { prepareTables, readPosition } from './prepare.ts';
import { SCHEMA, SHARED_TABLES } from './schema.ts';

/** What was imported: numbers of rows by table. */
export type ImportedRows = Readonly<Record<string, number>>;

/**
 * Copies the SQLite database of a directory into an empty PostgreSQL database, as a whole or not at all. Rejects with an `Error` if there are
 * accounts already.
 */
export async function importIdentityDatabase(
  directory: string,
  postgres: PostgresOptions,
  now: () => number,
): Promise<ImportedRows> {
  const database = openDatabase(directory);
  const connection = new PostgresConnection(postgres, now);
  try {
    return await connection.use(async (query) => {
      await prepareTables(query);
      await query('BEGIN');
      const position = await readPosition(query, 'FOR UPDATE');
      if (position.version > 0) throw new Error('PostgreSQL: expected an empty identity database, got one in use');
      const imported: Record<string, number> = {};
      for (const table of SHARED_TABLES) {
        const rows = database.prepare(`SELECT * FROM ${table}`).all();
        for (const row of rows) await insertRow(query, table, row);
        imported[table] = rows.length;
      }
      await query(`UPDATE ${SCHEMA}.state SET version = 1, head = $1`, [randomUUID()]);
      await query('COMMIT');
      return imported;
    });
  } finally {
    await connection.close();
    database.close();
  }
}

async function insertRow(query: Query, table: string, row: Readonly<Record<string, unknown>>): Promise<void> {
  const columns = Object.keys(row).map((name) => `"${name}"`);
  const parameters = columns.map((_, i) => `$${i + 1}`);
  await query(
    `INSERT INTO ${SCHEMA}.${table} (${columns.join(', ')}) VALUES (${parameters.join(', ')})`,
    Object.values(row),
  );
}
