import { type TestContext, test } from 'node:test';
import { instrumentDrizzle } from '../../../packages/sdk/src/instrumentation/database/builders/drizzle.ts';
import { instrumentKnex } from '../../../packages/sdk/src/instrumentation/database/builders/knex.ts';
import { instrumentKysely } from '../../../packages/sdk/src/instrumentation/database/builders/kysely.ts';
import type { DatabaseOptions } from '../../../packages/sdk/src/instrumentation/database/telemetry/database-options.ts';
import { startRecorder } from '../../../packages/sdk/src/instrumentation/subject.testing.ts';
import { COUNT, runStatements } from './literals.testing.ts';

/** A database, and the driver with which builders connect to it. */
export interface Database {
  readonly dialect: string;
  readonly client: 'better-sqlite3' | 'pg' | 'mysql2';
  readonly connection: Readonly<Record<string, string | number>>;
}

type Run = (statement: string) => Promise<unknown>;
type Connect = (t: TestContext, database: Database, options: DatabaseOptions) => Promise<Run>;

const BUILDERS: Readonly<Record<string, Connect>> = {
  async knex(t, { client, connection }, options) {
    const { default: createKnex } = await import('knex');
    t.after(instrumentKnex(createKnex, options));
    const knex = createKnex({ client, connection, useNullAsDefault: true, pool: { min: 0, max: 1 } });
    t.after(() => knex.destroy());
    return async (statement) => await knex.raw(statement);
  },
  async kysely(t, database, options) {
    const kysely = await import('kysely');
    t.after(instrumentKysely(kysely, options));
    const db = new kysely.Kysely({ dialect: await kyselyDialect(kysely, database) });
    t.after(() => db.destroy());
    return (statement) => kysely.sql.raw(statement).execute(db);
  },
  drizzle: (t, database, options) => DRIZZLE[database.client](t, database, options),
};

/** Tests that no literal remains in the spans of builders whose driver is not instrumented. */
export function testBuilders(database: Database): void {
  for (const [name, connect] of Object.entries(BUILDERS))
    test(`no literal of ${COUNT} statements of ${database.dialect} remains in the spans of ${name}`, async (t) => {
      const recorder = startRecorder(t);
      await runStatements(database.dialect, recorder, await connect(t, database, recorder.options));
    });
}

async function kyselyDialect(kysely: typeof import('kysely'), { client, connection }: Database) {
  switch (client) {
    case 'pg': {
      const { default: pg } = await import('pg');
      return new kysely.PostgresDialect({ pool: new pg.Pool({ ...connection, max: 1 }) });
    }
    case 'mysql2': {
      const { default: mysql2 } = await import('mysql2');
      return new kysely.MysqlDialect({ pool: mysql2.createPool({ ...connection, connectionLimit: 1 }) });
    }
    case 'better-sqlite3':
      return new kysely.SqliteDialect({ database: await openSqlite() });
  }
}

const DRIZZLE: Readonly<Record<Database['client'], Connect>> = {
  async 'better-sqlite3'(t, _, options) {
    const { drizzle } = await import('drizzle-orm/better-sqlite3');
    const database = drizzle({ client: (await openSqlite()) as never });
    t.after(instrumentDrizzle(database, options));
    // It has no method for both statements with and without rows.
    return async (statement) =>
      /^(?:select|with)/.test(statement) ? database.all(statement) : database.run(statement);
  },
  async pg(t, { connection }, options) {
    const { default: pg } = await import('pg');
    const { drizzle } = await import('drizzle-orm/node-postgres');
    const client = new pg.Pool({ ...connection, max: 1 });
    t.after(() => client.end());
    const database = drizzle({ client });
    t.after(instrumentDrizzle(database, options));
    return async (statement) => await database.execute(statement);
  },
  async mysql2(t, { connection }, options) {
    const { createPool } = await import('mysql2/promise');
    const { drizzle } = await import('drizzle-orm/mysql2');
    const client = createPool({ ...connection, connectionLimit: 1 });
    t.after(() => client.end());
    const database = drizzle({ client });
    t.after(instrumentDrizzle(database, options));
    return async (statement) => await database.execute(statement);
  },
};

async function openSqlite(): Promise<import('kysely').SqliteDatabase> {
  // No declaration of types is installed.
  const name: string = 'better-sqlite3';
  const { default: BetterSqlite3 } = (await import(name)) as {
    readonly default: new (file: string) => import('kysely').SqliteDatabase;
  };
  return new BetterSqlite3(':memory:');
}
