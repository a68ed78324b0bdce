import { z } from '@hono/zod-openapi';
import { logFilterParameters } from './endpoints/logs.ts';
import type { LogTail } from './log-tail.ts';
import { rangeParameters } from './parameters.ts';
import type { PipelineStream } from './pipeline-stream.ts';

/** Where streams come from. */
export interface StreamSources {
  readonly logTail: LogTail;
  readonly pipelineStream: PipelineStream;
}

/** A request that is answered with server-sent events, as data. */
export interface StreamEndpoint {
  readonly path: string;
  readonly summary: string;
  readonly parameters: z.ZodObject;
  open(parameters: unknown, sources: StreamSources): Response;
}

function defineStream<P extends z.ZodObject>(stream: {
  readonly path: string;
  readonly summary: string;
  readonly parameters: P;
  open(parameters: z.output<P>, sources: StreamSources): Response;
}): StreamEndpoint {
  return { ...stream, open: (values, sources) => stream.open(values as z.output<P>, sources) };
}

/** Every stream of events. */
export const STREAMS: readonly StreamEndpoint[] = [
  defineStream({
    path: '/api/v1/logs/tail',
    summary:
      'Log records as they pass: events `log` with a LogRecord, `skipped` with `{ count }` when there are too many to show, `failed` with an ApiError before the end.',
    parameters: z.object({ ...logFilterParameters, tenant: rangeParameters.tenant }),
    open: ({ where, text, tenant = 'default' }, { logTail }) => logTail.open({ tenant, conditions: where, text }),
  }),
  defineStream({
    path: '/api/v1/pipeline/stream',
    summary: 'The running pipeline: an event `pipeline` with a PipelineGraph at once and then every second.',
    parameters: z.object({}),
    open: (_, { pipelineStream }) => pipelineStream.open(),
  }),
];
