import type { RangeQuery, ServiceSummary } from '../../contract.ts';
import { TIME_COLUMN } from '../../schema.ts';
import {
  asBigInt,
  asList,
  asNumber,
  asOptionalText,
  asText,
  type ReadContext,
  type Row,
  select,
  where,
  withRange,
} from '../shared/context.ts';
import type { Files } from '../shared/files.ts';
import { ParameterBag } from '../shared/parameters.ts';
import { DURATION, FAILED, requestCondition, SERVICE, SERVING_COLUMN, spanConditions } from '../shared/requests.ts';
import { statementText } from '../shared/statements.ts';
import { rangeConditions } from '../shared/steps.ts';

/** Returns the services that have spans or logs in the range, by name. */
export async function services(context: ReadContext, query: RangeQuery): Promise<readonly ServiceSummary[]> {
  const [spans, logs] = await Promise.all([spansOf(context, query), logsOf(context, query)]);
  const names = new Set([...spans.resources, ...logs].map(({ service }) => service));
  return [...names].sort().map((service) => {
    const ofSpans = spans.resources.filter((resource) => resource.service === service);
    const ofLogs = logs.filter((resource) => resource.service === service);
    const requests = spans.requests.get(service);
    const [p50 = 0, p95 = 0, p99 = 0] = asList(requests?.['quantiles']).map(asNumber);
    const latestFirst = [...ofSpans, ...ofLogs].sort((a, b) => (a.lastSeen > b.lastSeen ? -1 : 1));
    return {
      service,
      version: latestFirst.map(({ version }) => version).find((version) => version !== undefined),
      requests: asNumber(requests?.['requests']),
      errors: asNumber(requests?.['errors']),
      p50,
      p95,
      p99,
      spans: ofSpans.reduce((sum, { items }) => sum + items, 0),
      logs: ofLogs.reduce((sum, { items }) => sum + items, 0),
      lastSeen: latestFirst[0]?.lastSeen ?? 0n,
    };
  });
}

interface Resource {
  readonly service: string;
  readonly version: string | undefined;
  readonly items: number;
  readonly serving: boolean;
  readonly lastSeen: bigint;
}

async function spansOf(
  context: ReadContext,
  query: RangeQuery,
): Promise<{ readonly resources: readonly Resource[]; readonly requests: ReadonlyMap<string, Row> }> {
  return withRange(context, query, 'traces', { resources: [], requests: new Map() }, async (files) => {
    const conditions = spanConditions(query, files, new ParameterBag());
    const resources = await resourcesOf(context, query, files, [SERVING_COLUMN, 'start_time AS time'], conditions);
    const parameters = new ParameterBag();
    const request = requestCondition(rootOnly(resources), parameters);
    const rows = `SELECT ${SERVICE}, ${FAILED}, ${DURATION} FROM ${files.relation} ${where([...conditions, request])}`;
    const text = `WITH rows AS (${rows}) ${statementText('service-requests')}`;
    const requests = await select(context, query.tenant, text, parameters);
    return { resources, requests: new Map(requests.map((row) => [asText(row['service']), row])) };
  });
}

async function logsOf(context: ReadContext, query: RangeQuery): Promise<readonly Resource[]> {
  return withRange(context, query, 'logs', [], async (files) => {
    const conditions = rangeConditions(TIME_COLUMN.logs, query, files);
    return resourcesOf(context, query, files, ['false AS serving', 'time'], conditions);
  });
}

async function resourcesOf(
  context: ReadContext,
  { tenant }: RangeQuery,
  files: Files,
  columns: readonly string[],
  conditions: readonly string[],
): Promise<readonly Resource[]> {
  const selected = [SERVICE, 'resource_attributes', ...columns].join(', ');
  const text = `WITH rows AS (SELECT ${selected} FROM ${files.relation} ${where(conditions)}) ${statementText('services')}`;
  const rows = await select(context, tenant, text, new ParameterBag());
  return rows.map((row) => ({
    service: asText(row['service']),
    version: versionOf(row['resource_attributes']),
    items: asNumber(row['items']),
    serving: row['serving'] === true,
    lastSeen: asBigInt(row['last_seen']),
  }));
}

function rootOnly(resources: readonly Resource[]): readonly string[] {
  const serving = new Set(resources.filter((resource) => resource.serving).map(({ service }) => service));
  return [...new Set(resources.map(({ service }) => service))].filter((service) => !serving.has(service));
}

function versionOf(resourceAttributes: unknown): string | undefined {
  if (typeof resourceAttributes !== 'string') return undefined;
  return asOptionalText((JSON.parse(resourceAttributes) as Row)['service.version']);
}
