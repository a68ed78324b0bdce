import { z } from 'zod';
import { cut, durationText, nanosTimeText, numberText, ResponseText } from '../response-text.ts';
import { rangeInput, rangeOf, rangeText } from '../time-range.ts';
import { defineTool } from '../tool.ts';
import { nothingFound } from './services.ts';

/** Describes conditions to an agent. */
export const WHERE_HELP =
  'Each condition is FIELD OP VALUE with =, !=, <, <=, >, >=, ~ (regular expression), !~ or `exists`; attributes are written attributes.KEY and resource.KEY.';

export const traces = defineTool({
  name: 'search_traces',
  title: 'Search traces',
  description: `Finds traces with a span that matches all conditions. ${WHERE_HELP} Other fields of spans: name, kind, status, service, duration, scope.name. Examples: "service = checkout", "duration > 500ms", "status = error", "attributes.http.route ~ ^/api".`,
  input: z.object({
    ...rangeInput,
    where: z.array(z.string()).max(20).optional().describe('Conditions, all of which the same span must match.'),
    text: z.string().optional().describe('Text in a name, attribute or status message.'),
    order: z.enum(['newest', 'longest']).optional().describe('Order of the traces. Default newest.'),
    limit: z.number().int().min(1).max(50).optional().describe('Number of traces. Default 10.'),
  }),
  async run({ where = [], text, order = 'newest', limit = 10, ...input }, context) {
    const range = rangeOf(input, context.nowMillis);
    const {
      total,
      totalIsLowerBound,
      traces: found,
    } = await context.client.get(
      '/traces',
      { ...range, where, text, limit, order: order === 'newest' ? 'time' : 'duration' },
      context.signal,
    );
    if (found.length === 0) return await nothingFound('matching traces', range, context);
    const response = new ResponseText('use more conditions or a smaller limit.');
    const count = `${totalIsLowerBound === true ? 'at least ' : ''}${numberText(total)}`;
    response.add(`${count} matching traces from ${rangeText(range)}, ${order} first:`);
    for (const one of found) {
      const error =
        one.error === undefined
          ? ''
          : `; error in ${cut(one.error.service, 40)}: ${cut([one.error.type, one.error.message].filter(Boolean).join(': '), 120)}`;
      const complete = response.add(
        `${one.traceId}  ${nanosTimeText(one.startNanos)}  ${durationText(one.durationNanos)}  ${cut(one.rootService, 40)}: ${cut(one.rootName, 60)}  ${one.spanCount} spans, ${one.errorCount} failed${error}`,
      );
      if (!complete) break;
    }
    return response.toString();
  },
});
