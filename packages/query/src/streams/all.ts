import { z } from '@hono/zod-openapi';
import type { Store } from '@otelier/store';
import { traceOutlineLine } from '../api/schemas.ts';
import { logFilterParameters } from '../endpoints/logs.ts';
import { choice, hexId, nanosOfMillis, rangeParameters } from '../request/parameters.ts';
import { exportLines } from './export-lines.ts';
import type { LogTail } from './log-tail.ts';
import { outlineLines } from './outline-lines.ts';
import type { PipelineStream } from './pipeline-stream.ts';
import type { TextStreams } from './text-streams.ts';

/** Dependencies of stream endpoints. */
export interface StreamSources {
  readonly logTail: LogTail;
  readonly pipelineStream: PipelineStream;
  readonly exports: TextStreams;
  readonly traces: TextStreams;
  /** Returns the store. Throws an `ApiProblem` if there is none. */
  store(): Store;
  /** Client address. */
  readonly address: string;
}

/** A streaming endpoint, described as data. */
export interface StreamEndpoint {
  readonly path: string;
  readonly summary: string;
  readonly contentType: string;
  /** Schema of a line, if the lines are API JSON. */
  readonly line?: z.ZodType;
  readonly parameters: z.ZodObject;
  open(parameters: unknown, sources: StreamSources): Response | Promise<Response>;
}

function defineStream<P extends z.ZodObject>(stream: {
  readonly path: string;
  readonly summary: string;
  readonly contentType: string;
  readonly line?: z.ZodType;
  readonly parameters: P;
  open(parameters: z.output<P>, sources: StreamSources): Response | Promise<Response>;
}): StreamEndpoint {
  return { ...stream, open: (values, sources) => stream.open(values as z.output<P>, sources) };
}

/** All stream endpoints. */
export const STREAMS: readonly StreamEndpoint[] = [
  defineStream({
    path: '/api/v1/logs/tail',
    summary:
      'Streams log records as they pass through the pipeline: `log` events with a LogRecord, `skipped` events with `{ count }` for records beyond the rate limit, and a `failed` event with an ApiError before the stream ends on an error.',
    contentType: 'text/event-stream',
    parameters: z.object({ ...logFilterParameters, tenant: rangeParameters.tenant }),
    open: ({ where, text, trace_id, span_id, tenant = 'default' }, { logTail, address }) =>
      logTail.open({ tenant, conditions: where, text, traceId: trace_id, spanId: span_id }, address),
  }),
  defineStream({
    path: '/api/v1/pipeline/stream',
    summary:
      'Streams the state of the running pipeline: a `pipeline` event with a PipelineGraph immediately and then every second.',
    contentType: 'text/event-stream',
    parameters: z.object({}),
    open: (_, { pipelineStream, address }) => pipelineStream.open(address),
  }),
  defineStream({
    path: '/api/v1/export',
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
      return exports.open(exportLines(store(), query), 'application/x-ndjson', address);
    },
  }),
  defineStream({
    path: '/api/v1/traces/{traceId}/outline',
    summary:
      'Streams the data that a waterfall view shows for each span of a trace, one TraceOutlineLine per line: the head, the operations, and then the spans as columns, oldest first.',
    contentType: 'application/x-ndjson',
    line: traceOutlineLine,
    parameters: z.object({ traceId: hexId(32, 'Trace ID.'), tenant: rangeParameters.tenant }),
    open: ({ traceId, tenant = 'default' }, { traces, store, address }) =>
      traces.open(outlineLines(store(), { tenant, traceId }), 'application/x-ndjson', address),
  }),
];
