import { z } from 'zod';
import { cut, numberText, ResponseText, timeText } from '../response-text.ts';
import { defineTool } from '../tool.ts';
import { traceId } from './trace.ts';

export const why = defineTool({
  name: 'why',
  title: 'Why is a trace missing',
  description:
    'Says which component and rule of the pipeline dropped a trace (sampling, filters, refused exports), and whether the store has spans of it.',
  input: z.object({ trace_id: traceId }),
  async run({ trace_id: id }, { client, signal }) {
    const { drops, storedSpans, window } = await client.get(`/why/${id.toLowerCase()}`, {}, signal);
    const response = new ResponseText('only the latest drops are shown.');
    if (storedSpans !== undefined) response.add(`The store has ${numberText(storedSpans)} spans of trace ${id}.`);
    if (drops.length === 0) response.add('No component dropped it within the sample.');
    for (const drop of drops) {
      const details = [
        `reason ${drop.reason}`,
        ...(drop.rule === undefined ? [] : [`rule ${cut(drop.rule, 200)}`]),
        ...(drop.place === undefined ? [] : [`at ${cut(drop.place, 200)}`]),
        ...(drop.message === undefined ? [] : [cut(drop.message, 200)]),
      ];
      const what = drop.isReturned ? 'refused (its sender may send it again)' : 'dropped';
      response.add(
        `${timeText(drop.atMillis)}: ${what} by ${drop.kind} ${drop.component} in ${drop.pipelines.join(', ')}: ${details.join('; ')}`,
      );
    }
    const since = window.sinceMillis === undefined ? 'since the start' : `since ${timeText(window.sinceMillis)}`;
    response.add(`The sample of dropped traces is complete ${since}.`);
    return response.toString();
  },
});
