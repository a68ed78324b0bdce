import { z } from '@hono/zod-openapi';
import type { Access, Administration } from '@otelier/identity';
import { DEFAULT_TENANT } from '@otelier/otlp';
import type { Store } from '@otelier/store';
import { exportedAuditEntry } from '../api/identity/audit.ts';
import { LIMITS } from '../api/limits.ts';
import { ApiProblem } from '../api/problem.ts';
import { logRecord, traceOutlineLine } from '../api/schemas.ts';
import type { PipelineInspector } from '../endpoints/endpoint.ts';
import { auditFilterOf, auditFilters } from '../endpoints/identity/audit.ts';
import { logFilterOf, logFilterParameters, logFilters } from '../endpoints/logs.ts';
import { requirePlain } from '../http/access/masking/masked-store.ts';
import {
  choice,
  hexId,
  list,
  nanosOfMillis,
  optionalNumber,
  rangeParameters,
  requiredText,
  text,
} from '../request/parameters.ts';
import type { RoutePermission, RouteScope } from '../request/permission.ts';
import { onlyTenantOf } from '../request/tenant.ts';
import { exportLines } from './export-lines.ts';
import { exportLogs } from './log-export.ts';
import type { LogTail } from './log-tail.ts';
import { outlineLines } from './outline-lines.ts';
import type { PipelineStream } from './pipeline-stream.ts';
import type { TapStream } from './tap-stream.ts';
import type { TextStreams } from './text-streams.ts';

/** Dependencies of stream endpoints. */
export interface StreamSources {
  readonly logTail: LogTail;
  readonly pipelineStream: PipelineStream;
  readonly tapStream: TapStream;
  /** Returns the inspector. Throws an `ApiProblem` if there is none. */
  inspector(): PipelineInspector;
  /** Who reads. */
  readonly access: Access;
  /** Returns what reads the audit log. Throws an `ApiProblem` if there is none. */
  administration(): Administration;
  /** Whether the client may see values that a tap masks. */
  readonly seesPlainValues: boolean;
  readonly exports: TextStreams;
  readonly traces: TextStreams;
  /** Returns the store. Throws an `ApiProblem` if there is none. */
  store(): Store;
  /** Client address. */
  readonly address: string;
  nowMillis(): number;
}

/** A streaming endpoint, described as data. */
export interface StreamEndpoint {
  readonly path: string;
  readonly permission: RoutePermission;
  readonly scope?: RouteScope;
  readonly summary: string;
  readonly contentType: string;
  /** Schema of a line, if the lines are API JSON. */
  readonly line?: z.ZodType;
  readonly parameters: z.ZodObject;
  open(parameters: unknown, sources: StreamSources): Response | Promise<Response>;
}

function defineStream<P extends z.ZodObject>(stream: {
  readonly path: string;
  readonly permission: RoutePermission;
  readonly scope?: RouteScope;
  readonly summary: string;
  readonly contentType: string;
  readonly line?: z.ZodType;
  readonly parameters: P;
  open(parameters: z.output<P>, sources: StreamSources): Response | Promise<Response>;
}): StreamEndpoint {
  return { ...stream, open: (values, sources) => stream.open(values as z.output<P>, sources) };
}

const MAX_EXPORTED_LOGS = 1_000_000;

/** All stream endpoints. */
export const STREAMS: readonly StreamEndpoint[] = [
  defineStream({
    path: '/api/v1/logs/tail',
    permission: 'telemetry:read',
    summary:
      'Streams log records as they pass through the pipeline: `log` events with a LogRecord, `skipped` events with `{ count }` for records beyond the rate limit, and a `failed` event with an ApiError before the stream ends on an error.',
    contentType: 'text/event-stream',
    parameters: z.object({ ...logFilterParameters, tenant: rangeParameters.tenant }),
    open: ({ where, text, trace_id, span_id, tenant = 'default' }, { logTail, address, access }) =>
      logTail.open({ tenant, conditions: where, text, traceId: trace_id, spanId: span_id }, address, access.masked),
  }),
  defineStream({
    path: '/api/v1/pipeline/stream',
    permission: 'operations:read',
    summary:
      'Streams the state of the running pipeline: a `pipeline` event with a PipelineGraph immediately and then every second.',
    contentType: 'text/event-stream',
    parameters: z.object({}),
    open: (_, { pipelineStream, address }) => pipelineStream.open(address),
  }),
  defineStream({
    path: '/api/v1/pipeline/tap',
    permission: 'operations:read',
    scope: 'tenant',
    summary:
      'Streams the items that pass an edge, or enter a component: `telemetry` events with `{ signal, itemCount, request }` where the request is OTLP/JSON, `skipped` events with `{ count }` for items beyond the rate or that a slow client did not take, and a `failed` event with an ApiError before the stream ends on an error.',
    contentType: 'text/event-stream',
    parameters: z.object({
      at: requiredText('ID of an edge, or a component: `processors/batch`, `batch` or the ID of its node.'),
      where: text('OTTL condition that items must match, such as `attributes["http.route"] == "/cart"`.'),
      limit: optionalNumber(1, 1_000_000, 'Number of items after which the stream ends. Default: no limit.'),
      rate: optionalNumber(1, LIMITS.shownRecordsPerSecond, 'Maximum number of items per second. Default 100.'),
      mask: list(
        LIMITS.conditions,
        'Names in keys of attributes whose values are replaced by `***`, besides `authorization`, `cookie`, `password`, `secret`, `token`, `api_key` and others.',
      ),
      masked: choice(
        ['true', 'false'],
        'true',
        'Whether to mask values. `false` needs an API with a token, or the token for edits.',
      ),
    }),
    open({ at, where, limit, rate = 100, mask, masked }, sources) {
      requirePlain(sources.access, 'a tap');
      const isMasked = isMaskedTap(masked, sources);
      const { address: client, access } = sources;
      const request = { at, where, limit, ratePerSecond: rate, mask, isMasked, client, tenant: onlyTenantOf(access) };
      return sources.tapStream.open(request, sources.inspector());
    },
  }),
  defineStream({
    path: '/api/v1/pipeline/tap/items',
    permission: 'operations:read',
    scope: 'tenant',
    summary:
      'Streams single items that pass edges, each with what the component before them changed: `item` events with a TappedItem, `counts` events with TapCounts every second, `skipped` events with `{ count }` for items that a slow client did not take, and a `failed` event with an ApiError before the stream ends on an error.',
    contentType: 'text/event-stream',
    parameters: z.object({
      edge: list(LIMITS.conditions, 'IDs of edges of one signal.', 1),
      where: text('OTTL condition that items must match, such as `attributes["http.route"] == "/cart"`.'),
      every: optionalNumber(1, 1_000_000, 'Takes one item in this number. Default 1: all.'),
      rate: optionalNumber(1, LIMITS.shownRecordsPerSecond, 'Maximum number of items per second. Default 25.'),
      mask: list(LIMITS.conditions, 'Names in keys of attributes whose values are masked, besides the default ones.'),
      masked: choice(
        ['true', 'false'],
        'true',
        'Whether to mask secrets, and what the component removed or replaced. `false` needs an API with a token, or the token for edits.',
      ),
    }),
    open({ edge: edges, where, every = 1, rate = 25, mask, masked }, sources) {
      requirePlain(sources.access, 'a tap');
      const isMasked = isMaskedTap(masked, sources);
      const { address: client, access } = sources;
      const request = {
        edges,
        where,
        every,
        ratePerSecond: rate,
        mask,
        isMasked,
        client,
        tenant: onlyTenantOf(access),
      };
      return sources.tapStream.openItems(request, sources.inspector());
    },
  }),
  defineStream({
    path: '/api/v1/export',
    permission: 'telemetry:export',
    summary:
      'Streams stored telemetry as OTLP/JSON, one export request per line. Without `start` and `end`, streams everything.',
    contentType: 'application/x-ndjson',
    parameters: z.object({
      ...rangeParameters,
      signal: choice(['traces', 'logs', 'metrics'], 'traces', 'Signal to export.'),
    }),
    open: ({ signal, start, end, tenant = 'default' }, { exports, store, address }) => {
      const query = {
        tenant,
        signal,
        ...(start !== undefined && { start: nanosOfMillis(start) }),
        ...(end !== undefined && { end: nanosOfMillis(end) }),
      };
      return exports.open(exportLines(store(), query), {
        path: '/api/v1/export',
        contentType: 'application/x-ndjson',
        client: address,
        tenant,
      });
    },
  }),
  defineStream({
    path: '/api/v1/logs/export',
    permission: 'telemetry:export',
    summary: 'Streams the matching log records, one JSON object per line, or as CSV.',
    contentType: 'application/x-ndjson',
    line: logRecord.omit({ cursor: true }),
    parameters: z.object({
      ...logFilters,
      order: choice(['newest', 'oldest'], 'newest', 'Sort order.'),
      format: choice(['ndjson', 'csv'], 'ndjson', 'Format of the records.'),
      column: list(
        LIMITS.facetFields,
        'Column of CSV, such as `attributes.http.route`, besides time, severity, service, body and IDs. Without any, all attributes are columns of JSON.',
      ),
      limit: optionalNumber(1, MAX_EXPORTED_LOGS, 'Maximum number of records. Defaults to 1,000,000.'),
    }),
    open(query, { exports, store, address, nowMillis }) {
      const { order, format, column: columns, limit: maxRecords = MAX_EXPORTED_LOGS } = query;
      const filter = logFilterOf(query, nowMillis());
      return exports.open(exportLogs(store(), { filter, order, format, columns, maxRecords }), {
        path: '/api/v1/logs/export',
        contentType: format === 'csv' ? 'text/csv; charset=utf-8; header=present' : 'application/x-ndjson',
        client: address,
        tenant: filter.tenant,
      });
    },
  }),
  defineStream({
    path: '/api/v1/traces/{traceId}/outline',
    permission: 'telemetry:read',
    summary:
      'Streams the data that a waterfall view shows for each span of a trace, one TraceOutlineLine per line: the head, the operations, and then the spans as columns, oldest first.',
    contentType: 'application/x-ndjson',
    line: traceOutlineLine,
    parameters: z.object({ traceId: hexId(32, 'Trace ID.'), tenant: rangeParameters.tenant }),
    open: ({ traceId, tenant = 'default' }, { traces, store, address }) =>
      traces.open(outlineLines(store(), { tenant, traceId }), {
        path: '/api/v1/traces/{traceId}/outline',
        contentType: 'application/x-ndjson',
        client: address,
        tenant,
      }),
  }),
  defineStream({
    path: '/api/v1/audit/export',
    permission: 'audit:read',
    summary:
      'Streams the matching entries of the audit log, one JSON object per line with its signature, oldest first.',
    contentType: 'application/x-ndjson',
    line: exportedAuditEntry,
    parameters: z.object(auditFilters),
    open(query, { exports, administration, address }) {
      return exports.open(administration().audit.export(auditFilterOf(query)), {
        path: '/api/v1/audit/export',
        contentType: 'application/x-ndjson',
        client: address,
        tenant: DEFAULT_TENANT,
      });
    },
  }),
];

/** Reports whether a tap masks values. Throws an `ApiProblem` if a client without credentials asks for plain ones. */
function isMaskedTap(masked: 'true' | 'false', { seesPlainValues }: StreamSources): boolean {
  if (masked === 'true') return true;
  if (seesPlainValues) return false;
  throw new ApiProblem(
    'forbidden',
    'masked: expected true, because the caller lacks restricted:read, or this API has no token, and the request does not have the one for edits',
  );
}
