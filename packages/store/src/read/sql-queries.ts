import { QueryError, type SqlCapability, type SqlRequest, type SqlResult } from '../contract.ts';
import type { Snapshot } from '../write/protocol.ts';
import type { ReadContext } from './context.ts';
import type { StatementLimits, StatementResult } from './duck/protocol.ts';
import { Files } from './files.ts';
import { RELATIONS, type RelationName, relationView, shortcutView } from './relations.ts';
import { examineSql, type UserSql } from './user-sql.ts';

const DEFAULT_ROWS = 10_000;
const MOST_ROWS = 1_000_000;
const DEFAULT_TIMEOUT_MILLIS = 30_000;
const LONGEST_TIMEOUT_MILLIS = 600_000;
const STATEMENT_LENGTH = 100_000;

/** SQL for users: reads the relations `spans`, `logs`, `metric_points` of one tenant, and nothing else. */
export function sqlCapability(context: ReadContext): SqlCapability {
  return { query: (request) => query(context, request) };
}

async function query(context: ReadContext, request: SqlRequest): Promise<SqlResult> {
  const { tenant, statement } = request;
  if (statement.length > STATEMENT_LENGTH) {
    throw new QueryError(`SQL: expected at most ${STATEMENT_LENGTH} characters, got ${statement.length}`);
  }
  const began = performance.now();
  const limits = limitsOf(context.limits, request);
  const examined = examineSql(await context.duck.parse(statement));
  // What DuckDB cannot print it runs as it came.
  const faster =
    examined.faster === undefined ? undefined : await context.duck.print(examined.faster).catch(() => undefined);
  const result = await withRelations(context, tenant, examined, (views) =>
    context.duck.runForUser({ tenant, text: statement, faster, views, limits }),
  );
  return {
    columns: result.columns.map(({ name, type }) => ({ name, type })),
    rows: Array.from({ length: result.rowCount }, (_, row) => result.columns.map(({ values }) => values[row])),
    truncated: result.truncated,
    elapsedMillis: performance.now() - began,
  };
}

async function withRelations(
  { access }: ReadContext,
  tenant: string,
  { relations, keys, faster }: UserSql,
  work: (views: readonly string[]) => Promise<StatementResult>,
): Promise<StatementResult> {
  const snapshots: Snapshot[] = [];
  try {
    const views: string[] = [];
    for (const name of relations) {
      const snapshot = await access.snapshot(tenant, RELATIONS[name satisfies RelationName]);
      snapshots.push(snapshot);
      const files = new Files(snapshot.files.filter((file) => file.rows > 0));
      views.push(relationView(name, files));
      if (faster !== undefined) views.push(shortcutView(name, files, keys));
    }
    return await work(views);
  } finally {
    for (const snapshot of snapshots) access.release(snapshot);
  }
}

function limitsOf(limits: StatementLimits, { maxRows, timeoutMillis }: SqlRequest): StatementLimits {
  return {
    ...limits,
    maxRows: bounded('maxRows', maxRows ?? DEFAULT_ROWS, MOST_ROWS),
    timeoutMillis: bounded('timeoutMillis', timeoutMillis ?? DEFAULT_TIMEOUT_MILLIS, LONGEST_TIMEOUT_MILLIS),
  };
}

function bounded(name: string, value: number, most: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= most) return value;
  throw new QueryError(`${name}: expected a whole number from 1 to ${most}, got ${value}`);
}
