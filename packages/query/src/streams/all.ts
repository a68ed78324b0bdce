import { z } from '@hono/zod-openapi';
import type { Store } from '@otelier/store';
import { logFilterParameters } from '../endpoints/logs.ts';
import { choice, nanosOfMillis, rangeParameters } from '../request/parameters.ts';
import type { LineExporter } from './export-lines.ts';
import type { LogTail } from './log-tail.ts';
import type { PipelineStream } from './pipeline-stream.ts';

/** Dependencies of stream endpoints. */
export interface StreamSources {
  readonly logTail: LogTail;
  readonly pipelineStream: PipelineStream;
  readonly exporter: LineExporter;
  /** Returns the store. Throws an `ApiProblem` if there is none. */
  store(): Store;
  onError(error: unknown): void;
  /** Client address. */
  readonly address: string;
}

/** A streaming endpoint as data. */
export interface StreamEndpoint {
  readonly path: string;
  readonly summary: string;
  readonly contentType: string;
  readonly parameters: z.ZodObject;
  open(parameters: unknown, sources: StreamSources): Response;
}

function defineStream<P extends z.ZodObject>(stream: {
  readonly path: string;
  readonly summary: string;
  readonly contentType: string;
  readonly parameters: P;
  open(parameters: z.output<P>, sources: StreamSources): Response;
}): StreamEndpoint {
  return { ...stream, open: (values, sources) => stream.open(values as z.output<P>, sources) };
}

/** All stream endpoints. */
export const STREAMS: readonly StreamEndpoint[] = [
  defineStream({
    path: '/api/v1/logs/tail',
    summary:
      'Streams log records as they pass: event `log` with a LogRecord, `skipped` with `{ count }` for records beyond the rate limit, `failed` with an ApiError before the stream ends.',
    contentType: 'text/event-stream',
    parameters: z.object({ ...logFilterParameters, tenant: rangeParameters.tenant }),
    open: ({ where, text, trace_id, span_id, tenant = 'default' }, { logTail, address }) =>
      logTail.open({ tenant, conditions: where, text, traceId: trace_id, spanId: span_id }, address),
  }),
  defineStream({
    path: '/api/v1/pipeline/stream',
    summary:
      'Streams the running pipeline: an event `pipeline` with a PipelineGraph immediately and then every second.',
    contentType: 'text/event-stream',
    parameters: z.object({}),
    open: (_, { pipelineStream, address }) => pipelineStream.open(address),
  }),
  defineStream({
    path: '/api/v1/export',
    summary:
      'Streams stored telemetry as OTLP/JSON, one export request per line; without `start` and `end` everything.',
    contentType: 'application/x-ndjson',
    parameters: z.object({
      ...rangeParameters,
      signal: choice(['traces', 'logs', 'metrics'], 'traces', 'Signal to export.'),
    }),
    open: ({ signal, start, end, tenant = 'default' }, { exporter, store, onError, address }) =>
      exporter.open(
        store(),
        {
          tenant,
          signal,
          ...(start !== undefined && { start: nanosOfMillis(start) }),
          ...(end !== undefined && { end: nanosOfMillis(end) }),
        },
        onError,
        address,
      ),
  }),
];
