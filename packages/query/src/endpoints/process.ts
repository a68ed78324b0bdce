import { z } from '@hono/zod-openapi';
import type { SqlFormat } from '@otelier/store';
import { configuration as configurationSchema, reloadReport } from '../api/configuration/reload.ts';
import { JsonText } from '../api/json.ts';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import { pipelineGraph, sqlResponse, status as statusSchema } from '../api/schemas.ts';
import { onlyTenantOf } from '../request/tenant.ts';
import { defineEndpoint } from './endpoint.ts';
import { ledgerTables } from './ledger-tables.ts';

export const status = defineEndpoint({
  path: '/api/v1/status',
  permission: ['telemetry:read', 'operations:read'],
  summary: "Returns the process's version, listening addresses and store usage.",
  parameters: z.object({}),
  response: statusSchema,
  async handle(_, { status: read, access, findAdministration }) {
    const found = { ...(await read()), ...(findAdministration() !== undefined && { hasIdentity: true }) };
    // What the process uses, and the size of the store, tell what other tenants send and have.
    return onlyTenantOf(access) === undefined ? found : { ...found, process: undefined, store: undefined };
  },
});

export const pipeline = defineEndpoint({
  path: '/api/v1/pipeline',
  permission: 'operations:read',
  summary: 'Returns the running pipeline with its statistics.',
  parameters: z.object({}),
  response: pipelineGraph,
  handle: (_, context) => context.graph(),
});

export const configuration = defineEndpoint({
  path: '/api/v1/config',
  permission: 'configuration:read',
  summary: 'Returns the result of the last reload of the configuration.',
  parameters: z.object({}),
  response: configurationSchema,
  handle: (_, context) => ({ lastReload: context.configuration().last }),
});

export const reload = defineEndpoint({
  method: 'post',
  path: '/api/v1/config/reload',
  permission: 'configuration:write',
  summary: 'Reads the configuration again and replaces what has changed, or returns what that would do.',
  parameters: z.object({
    dryRun: z
      .boolean({ error: 'expected true or false' })
      .default(false)
      .openapi({ description: 'Whether to only return what a reload would do.' }),
  }),
  response: reloadReport,
  handle: ({ dryRun }, context) => context.configuration().reload({ trigger: 'api', dryRun }),
});

/** Content types of results for other programs. */
const SQL_TYPES: Readonly<Record<SqlFormat, string>> = {
  csv: 'text/csv; charset=utf-8; header=present',
  arrow: 'application/vnd.apache.arrow.stream',
  parquet: 'application/vnd.apache.parquet',
};

/** Returns the first known format in the header `Accept`. */
function acceptedFormat(accept: string): SqlFormat | 'json' {
  for (const part of accept.split(',')) {
    const type = part.split(';')[0]?.trim().toLowerCase();
    if (type === 'application/json') return 'json';
    for (const format of ['csv', 'arrow', 'parquet'] as const) {
      if (type === SQL_TYPES[format].split(';')[0]) return format;
    }
  }
  return 'json';
}

export const sql = defineEndpoint({
  method: 'post',
  path: '/api/v1/sql',
  permission: 'telemetry:read',
  summary:
    'Runs a read-only SQL statement on the relations `spans`, `logs`, `metric_points`, and `edges` and `ledger` of the running pipeline.',
  parameters: z.object({
    statement: z
      .string({ error: 'expected an SQL statement as text' })
      .min(1, 'expected an SQL statement, got none')
      .max(LIMITS.statementLength, `expected at most ${LIMITS.statementLength} characters`)
      .openapi({ example: 'SELECT count(*) FROM spans' }),
    maxRows: z
      .int(`expected a whole number from 1 to ${LIMITS.sqlRows}`)
      .min(1, `expected a whole number from 1 to ${LIMITS.sqlRows}`)
      .max(LIMITS.sqlRows, `expected a whole number from 1 to ${LIMITS.sqlRows}`)
      .default(1000)
      .openapi({ description: 'Maximum number of rows. `truncated` is set if there are more.' }),
    format: z
      .enum(['json', 'csv', 'arrow', 'parquet'], { error: 'expected json, csv, arrow or parquet' })
      .optional()
      .openapi({ description: 'Format of the rows. Default: the one that `Accept` names, or JSON.' }),
    formulaSafe: z
      .boolean({ error: 'expected true or false' })
      .default(false)
      .openapi({ description: 'In CSV, whether text that begins like a formula is preceded by an apostrophe.' }),
    tenant: z
      .string()
      .max(LIMITS.parameterLength)
      .optional()
      .openapi({ description: 'Tenant to query. Default: that of the caller.' }),
  }),
  response: sqlResponse,
  contentTypes: Object.values(SQL_TYPES),
  async handle({ statement, maxRows, tenant: named, format, formulaSafe }, context) {
    const { store, client, signal, accept, access } = context;
    const tenant = named ?? access.tenant;
    const { sql: capability } = store();
    if (capability === undefined) throw new ApiProblem('unavailable', 'this store does not support SQL');
    // The ledger counts the items of all tenants.
    const tables = onlyTenantOf(access) === undefined ? await ledgerTables(statement, () => context.inspector()) : [];
    const { queryMemoryBytes: memoryBytes } = context.tenants?.limitsOf(tenant) ?? {};
    const limits = { maxRows, timeoutMillis: LIMITS.queryMillis, memoryBytes };
    const request = { tenant, statement, client, signal, tables, ...limits };
    const chosen = format ?? acceptedFormat(accept);
    if (chosen === 'json') return new JsonText(await capability.queryJson(request));
    const { pieces, truncated } = await capability.queryEncoded({ ...request, format: chosen, formulaSafe });
    return new JsonText(pieces, {
      'content-type': SQL_TYPES[chosen],
      'content-disposition': `attachment; filename="result.${chosen}"`,
      'x-otelier-truncated': String(truncated),
    });
  },
});
