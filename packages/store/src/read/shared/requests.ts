import type { RangeQuery } from '../../contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import { asText, type ReadContext, type Row, select, where } from './context.ts';
import type { Files } from './files.ts';
import { ParameterBag } from './parameters.ts';
import { rangeConditions } from './steps.ts';

/** SQL columns shared by request statements. */
export const SERVICE = "coalesce(service_name, '') AS service";
export const FAILED = "status_code = 'ERROR' AS failed";
export const DURATION = 'duration_ns AS duration';
const SERVING = "kind IN ('SERVER', 'CONSUMER')";

export type SpansQuery = RangeQuery & { readonly service?: string };

/** Returns conditions for the spans in a query's range and, if given, of its service. */
export function spanConditions(query: SpansQuery, files: Files, parameters: ParameterBag): readonly string[] {
  const range = rangeConditions(TIME_COLUMN.traces, query, files);
  if (query.service === undefined) return range;
  if (query.service === '') return [...range, 'service_name IS NULL'];
  return [...range, `service_name = ${parameters.add(query.service)}`];
}

/** The requests in a query's range, over which statements run. */
export interface Requests {
  /** Runs a statement. `columns` are the columns that it reads from `rows`. */
  select(columns: readonly string[], text: string, parameters: ParameterBag): Promise<readonly Row[]>;
}

/** Finds requests: server and consumer spans, and the root spans of services that have neither. */
export async function findRequests(context: ReadContext, query: SpansQuery, files: Files): Promise<Requests> {
  const rootOnly = await rootOnlyServices(context, query, files);
  return {
    select: (columns, text, parameters) => {
      const conditions = [...spanConditions(query, files, parameters), requestCondition(rootOnly, parameters)];
      const rows = `SELECT ${columns.join(', ')} FROM ${files.relation} ${where(conditions)}`;
      return select(context, query.tenant, `WITH rows AS (${rows}) ${text}`, parameters);
    },
  };
}

/** Returns a condition that selects requests, given the services whose root spans count as requests. */
export function requestCondition(rootOnly: readonly string[], parameters: ParameterBag): string {
  if (rootOnly.length === 0) return SERVING;
  const names = rootOnly.map((service) => parameters.add(service)).join(', ');
  return `(${SERVING} OR (parent_span_id IS NULL AND coalesce(service_name, '') IN (${names})))`;
}

/** Returns the services that have neither server nor consumer spans in the range. */
async function rootOnlyServices(context: ReadContext, query: SpansQuery, files: Files): Promise<readonly string[]> {
  const parameters = new ParameterBag();
  const conditions = where(spanConditions(query, files, parameters));
  const text = `SELECT ${SERVICE} FROM ${files.relation} ${conditions} GROUP BY service HAVING NOT bool_or(${SERVING})`;
  const rows = await select(context, query.tenant, text, parameters);
  return rows.map((row) => asText(row['service']));
}

/** A Boolean SQL column for whether a span is a server or consumer span, for statements that need it per row. */
export const SERVING_COLUMN = `${SERVING} AS serving`;
