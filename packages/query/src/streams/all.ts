import { z } from '@hono/zod-openapi';
import type { Store } from '@otelier/store';
import { logFilterParameters } from '../endpoints/logs.ts';
import { nanosOfMillis, rangeParameters, word } from '../request/parameters.ts';
import type { LineExporter } from './export-lines.ts';
import type { LogTail } from './log-tail.ts';
import type { PipelineStream } from './pipeline-stream.ts';

/** Where streams come from. */
export interface StreamSources {
  readonly logTail: LogTail;
  readonly pipelineStream: PipelineStream;
  readonly exporter: LineExporter;
  /** The store; an `ApiProblem` says that there is none. */
  store(): Store;
  onError(error: unknown): void;
  /** Remote address of the client. */
  readonly address: string;
}

/** A request that is answered bit by bit, as data. */
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

/** Every stream. */
export const STREAMS: readonly StreamEndpoint[] = [
  defineStream({
    path: '/api/v1/logs/tail',
    summary:
      'Log records as they pass: events `log` with a LogRecord, `skipped` with `{ count }` when there are too many to show, `failed` with an ApiError before the end.',
    contentType: 'text/event-stream',
    parameters: z.object({ ...logFilterParameters, tenant: rangeParameters.tenant }),
    open: ({ where, text, trace_id, span_id, tenant = 'default' }, { logTail, address }) =>
      logTail.open({ tenant, conditions: where, text, traceId: trace_id, spanId: span_id }, address),
  }),
  defineStream({
    path: '/api/v1/pipeline/stream',
    summary: 'The running pipeline: an event `pipeline` with a PipelineGraph at once and then every second.',
    contentType: 'text/event-stream',
    parameters: z.object({}),
    open: (_, { pipelineStream, address }) => pipelineStream.open(address),
  }),
  defineStream({
    path: '/api/v1/export',
    summary: 'Stored telemetry as OTLP/JSON, one export request a line; without `start` and `end` everything.',
    contentType: 'application/x-ndjson',
    parameters: z.object({
      ...rangeParameters,
      signal: word(['traces', 'logs', 'metrics'], 'traces', 'Which telemetry.'),
    }),
    open: ({ signal, start, end, tenant = 'default' }, { exporter, store, onError, address }) =>
      exporter.open(
        store(),
        {
          ...{ tenant, signal },
          ...(start !== undefined && { start: nanosOfMillis(start) }),
          ...(end !== undefined && { end: nanosOfMillis(end) }),
        },
        onError,
        address,
      ),
  }),
];
