import { z } from 'zod';
import type { LogRecord } from '../../api/api.ts';
import { cut, nanosTimeText, ResponseText } from '../response-text.ts';
import { rangeInput, rangeOf, rangeText } from '../time-range.ts';
import { defineTool } from '../tool.ts';
import { nothingFound } from './services.ts';
import { WHERE_HELP } from './traces.ts';

export const logs = defineTool({
  name: 'search_logs',
  title: 'Search logs',
  description: `Finds log records that match all conditions; with trace_id, the records of a trace. For the records around one, set start and end closely around its time and name its service. ${WHERE_HELP} Other fields of log records: severity, body, service, scope.name. Examples: "severity >= warn", "service = payment", "body ~ timeout".`,
  input: z.object({
    ...rangeInput,
    where: z.array(z.string()).max(20).optional().describe('Conditions, all of which a record must match.'),
    text: z.string().optional().describe('Text in a body or attribute.'),
    trace_id: z.string().optional().describe('Only records of this trace.'),
    span_id: z.string().optional().describe('Only records of this span.'),
    order: z.enum(['newest', 'oldest']).optional().describe('Order of the records. Default newest.'),
    limit: z.number().int().min(1).max(100).optional().describe('Number of records. Default 20.'),
  }),
  async run({ where = [], text, trace_id, span_id, order = 'newest', limit = 20, ...input }, context) {
    const range = rangeOf(input, context.nowMillis);
    const { logs: found, next } = await context.client.get(
      '/logs',
      { ...range, where, text, trace_id, span_id, order, limit },
      context.signal,
    );
    if (found.length === 0) return await nothingFound('matching log records', range, context);
    const response = new ResponseText('use more conditions or a smaller limit.');
    response.add(
      `${next === undefined ? `All ${found.length}` : `The ${found.length} ${order}`} matching log records from ${rangeText(range)}:`,
    );
    for (const record of found) if (!response.add(recordLine(record, trace_id === undefined))) break;
    return response.toString();
  },
});

/** Attributes shown beside a body. */
const SHOWN_ATTRIBUTES = 5;

function recordLine(record: LogRecord, withTrace: boolean): string {
  const attributes = Object.entries(record.attributes)
    .slice(0, SHOWN_ATTRIBUTES)
    .map(([key, value]) => `${cut(key, 40)}=${cut(JSON.stringify(value), 60)}`);
  const trace = withTrace && record.traceId !== undefined ? ` trace=${record.traceId}` : '';
  return `${nanosTimeText(record.timeNanos)} ${record.severityText || '-'} ${cut(record.service, 40)}: ${cut(record.body, 240)}${attributes.length === 0 ? '' : ` {${attributes.join(', ')}}`}${trace}`;
}
