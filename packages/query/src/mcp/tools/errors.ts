import { z } from 'zod';
import { groupErrors, placesText } from '../error-groups.ts';
import { cut, nanosTimeText, numberText, ResponseText } from '../response-text.ts';
import { rangeInput, rangeOf, rangeText } from '../time-range.ts';
import { defineTool } from '../tool.ts';
import { nothingFound } from './services.ts';

export const errors = defineTool({
  name: 'list_errors',
  title: 'Errors',
  description:
    'Lists errors of failed spans by type and message, most frequent first, with the services and spans that an error passes through, its first and last time, and a sample trace to read with get_trace.',
  input: z.object({
    ...rangeInput,
    service: z.string().optional().describe('Only errors of this service.'),
    limit: z.number().int().min(1).max(50).optional().describe('Number of errors. Default 10.'),
  }),
  async run({ service, limit = 10, ...input }, context) {
    const range = rangeOf(input, context.nowMillis);
    const parameters = { ...range, service, limit: MAX_ERRORS, steps: 1 };
    const { errors } = await context.client.get('/errors', parameters, context.signal);
    if (errors.length === 0) return await nothingFound('errors', range, context);
    const groups = groupErrors(errors);
    const response = new ResponseText('name a service, or a smaller limit.');
    response.add(
      `Errors from ${rangeText(range)}, most frequent first (${Math.min(limit, groups.length)} of ${groups.length}):`,
    );
    for (const group of groups.slice(0, limit)) {
      const complete = response.add(
        `${numberText(group.count)} × ${cut(group.type, 60)}: ${cut(group.message, 160)}`,
        `    in ${placesText(group)}; ${nanosTimeText(`${group.firstSeen}`)} to ${nanosTimeText(`${group.lastSeen}`)}, trace ${group.sampleTraceId}`,
      );
      if (!complete) break;
    }
    return response.toString();
  },
});

/** Rows of errors that are read to be grouped. */
export const MAX_ERRORS = 500;
