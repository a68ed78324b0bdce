import {
  CLICKHOUSE_SCHEMA_VERSION,
  migrations,
  readVersion,
  versionTable,
  writeVersion,
} from '@otelier/store/clickhouse';
import { VERSION } from '../../component/version.ts';
import type { ClickHouseClient, StatementResult } from './client.ts';
import { clusterClause, engineText, type SchemaOptions } from './statements.ts';

const DONE: StatementResult = { kind: 'done', body: '' };

/**
 * Brings the tables of a store to the version of this program, and records each version. Without `createsSchema`, only
 * checks the version. Two processes can do it at the same time, because every statement can be repeated.
 */
export async function applyMigrations(
  client: ClickHouseClient,
  schema: SchemaOptions,
  { abort, createsSchema }: { readonly abort: AbortSignal; readonly createsSchema: boolean },
): Promise<StatementResult> {
  const options = { ...schema, onCluster: clusterClause(schema), engine: engineText(schema) };
  const run = (text: string): Promise<StatementResult> => client.run({ text }, abort);
  if (createsSchema) {
    const created = await run(versionTable(options));
    if (created.kind === 'failed') return created;
  }
  const found = await run(readVersion(options));
  if (found.kind === 'failed') return found;
  const version = Number(found.body.trim() || 0);
  if (version > CLICKHOUSE_SCHEMA_VERSION) return refused(`of at most ${CLICKHOUSE_SCHEMA_VERSION}`, version);
  if (!createsSchema && version < CLICKHOUSE_SCHEMA_VERSION) return refused(String(CLICKHOUSE_SCHEMA_VERSION), version);
  for (const migration of migrations(options)) {
    if (migration.version <= version) continue;
    for (const text of [...migration.statements, writeVersion(options, migration.version, `otelier/${VERSION}`)]) {
      const result = await run(text);
      if (result.kind === 'failed') return result;
    }
  }
  return DONE;
}

function refused(expected: string, version: number): StatementResult {
  const reason = `expected tables of version ${expected}, got ${version}; use the version of otelier that wrote them, or set create_schema`;
  return { kind: 'failed', reason, isTemporary: false, code: undefined, unreachable: false };
}
