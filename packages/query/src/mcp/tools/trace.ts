import { z } from 'zod';
import type { Span } from '../../api/api.ts';
import type { ApiClient } from '../../client.ts';
import { cut, durationText, nanosTimeText, numberText, ResponseText } from '../response-text.ts';
import { defineTool, ToolProblem } from '../tool.ts';
import { readOutline } from '../trace/outline.ts';
import { type OutlineRow, selectRows } from '../trace/select.ts';

/** The input field of tools that read one trace. */
export const traceId = z
  .string()
  .regex(/^[0-9a-f]{32}$/i, 'expected 32 hexadecimal digits')
  .describe('Trace ID: 32 hexadecimal digits.');

/** Rows of the tree in an response. */
const MAX_ROWS = 40;

export const trace = defineTool({
  name: 'get_trace',
  title: 'Read a trace',
  description:
    'Shows a trace as a tree of spans with service, duration, own time (without children) and errors: failed spans and the longest ones with their ancestors; repeated siblings are counted. The root cause, the deepest failed span, follows in full. With span_id, shows one span in full.',
  input: z.object({
    trace_id: traceId,
    span_id: z
      .string()
      .regex(/^[0-9a-f]{16}$/i, 'expected 16 hexadecimal digits')
      .optional()
      .describe('Show this span with its attributes, events, links and resource.'),
  }),
  async run({ trace_id: givenTrace, span_id: givenSpan }, { client, signal }) {
    const [id, spanId] = [givenTrace.toLowerCase(), givenSpan?.toLowerCase()];
    const response = new ResponseText('read single spans with span_id.');
    if (spanId !== undefined) {
      addSpan(response, await spanOf(client, id, spanId, signal));
      return response.toString();
    }
    const outline = await readOutline(client, id, signal);
    const { startNanos, durationNanos, spanCount, errorCount } = outline.head;
    response.add(
      `Trace ${id}: ${numberText(spanCount)} spans, ${numberText(errorCount)} failed, ${durationText(durationNanos)}, from ${nanosTimeText(startNanos)}`,
    );
    const { rows, rootCause } = selectRows(outline.spans, MAX_ROWS);
    for (const row of rows) if (!response.add(rowLine(row))) break;
    if (rootCause !== undefined) {
      response.add('', 'Root cause:');
      addSpan(response, await spanOf(client, id, rootCause.spanId, signal));
    }
    return response.toString();
  },
});

function rowLine(row: OutlineRow): string {
  const indent = '  '.repeat(Math.min(row.depth, 12));
  switch (row.kind) {
    case 'span': {
      const { span } = row;
      const own = span.ownNanos < span.durationNanos ? `, own ${durationText(span.ownNanos)}` : '';
      const error = span.isFailed ? '  FAILED' : '';
      return `${indent}${cut(span.service, 40)}: ${cut(span.name, 80)}  ${durationText(span.durationNanos)}${own} at +${durationText(span.offsetNanos)}  [${span.spanId}]${error}`;
    }
    case 'repeated':
      return `${indent}${row.count} × ${cut(row.service, 40)}: ${cut(row.name, 80)}  ${durationText(row.durationNanos)} in all`;
    case 'rest':
      return `${indent}… ${numberText(row.count)} more spans`;
  }
}

async function spanOf(client: ApiClient, id: string, spanId: string, signal: AbortSignal): Promise<Span> {
  const { spans } = await client.get(`/traces/${id}`, { span_id: spanId }, signal);
  const [span] = spans;
  if (span === undefined) throw new ToolProblem(`span_id: trace ${id} has no span ${spanId}`);
  return span;
}

/** Events shown of a span. */
const MAX_EVENTS = 4;
/** Lines of a stack trace that are shown. */
const STACK_LINES = 6;

function addSpan(response: ResponseText, span: Span): void {
  const status =
    span.statusMessage === undefined || span.statusMessage === '' ? '' : `: ${cut(span.statusMessage, 240)}`;
  response.add(
    `Span ${span.spanId} of ${cut(span.service, 60)}: ${cut(span.name, 120)} (${span.kind}), ${durationText(span.durationNanos)} from ${nanosTimeText(span.startNanos)}`,
    `    status ${span.statusCode}${status}`,
  );
  for (const [key, value] of Object.entries(span.attributes)) response.add(`    ${cut(key, 80)} = ${valueText(value)}`);
  for (const event of span.events.slice(0, MAX_EVENTS)) {
    response.add(`    event ${cut(event.name, 80)} at ${nanosTimeText(event.timeNanos)}`);
    for (const [key, value] of Object.entries(event.attributes)) {
      if (key === 'exception.stacktrace' && typeof value === 'string') {
        const stack = value.split('\n').slice(0, STACK_LINES);
        response.add(...stack.map((line) => `        ${cut(line, 160)}`));
      } else response.add(`        ${cut(key, 80)} = ${valueText(value)}`);
    }
  }
  for (const link of span.links.slice(0, MAX_EVENTS))
    response.add(`    link to span ${link.spanId} of trace ${link.traceId}`);
  for (const [key, value] of Object.entries(span.resourceAttributes))
    response.add(`    resource ${cut(key, 80)} = ${valueText(value)}`);
}

function valueText(value: unknown): string {
  return cut(typeof value === 'string' ? value : JSON.stringify(value), 240);
}
