import { z } from 'zod';
import type { TraceDifference } from '../../api/api.ts';
import { cut, durationText, numberText, percentText, ResponseText } from '../response-text.ts';
import { rangeInput, rangeOf, rangeText } from '../time-range.ts';
import { defineTool } from '../tool.ts';
import { nothingFound } from './services.ts';
import { WHERE_HELP } from './traces.ts';

const MAX_DIFFERENCES = 12;
const MAX_TIMES = 4;

export const compareTraces = defineTool({
  name: 'compare_traces',
  title: 'What distinguishes some traces',
  description: `Compares selected traces, such as failed or slow ones, with the others: which attributes, versions, operations, numbers of calls and failures differ, ranked by effect, and where the time goes. For questions such as "why are these requests slow". ${WHERE_HELP}`,
  input: z.object({
    ...rangeInput,
    select: z
      .array(z.string())
      .min(1)
      .max(20)
      .describe('Conditions for a span of the selected traces, such as "status = error" or "duration > 2s".'),
    where: z.array(z.string()).max(20).optional().describe('Conditions for a span of all compared traces.'),
    baseline: z
      .enum(['rest', 'before'])
      .optional()
      .describe('Compare with all other traces (default), or only with those before the range of the selection.'),
  }),
  async run({ select, where = [], baseline = 'rest', ...input }, context) {
    const range = rangeOf(input, context.nowMillis);
    const compared = await context.client.get('/compare', { ...range, select, where, baseline }, context.signal);
    const { selected, baseline: others, differences, times } = compared;
    if (selected.total === 0 || others.total === 0)
      return await nothingFound(selected.total === 0 ? 'selected traces' : 'other traces', range, context);
    const response = new ResponseText('use more conditions in `where`.');
    response.add(
      `${rangeText(range)}: ${numberText(selected.total)} selected traces compared with ${numberText(others.total)} others.`,
    );
    const line = (one: TraceDifference): string =>
      `${percentText(one.best.selected, selected.read)} of the selected, ${percentText(one.best.baseline, others.read)} of the others: ${cut(one.service, 40)}: ${nameOf(one)}`;
    const causes = differences.filter(({ isOutcome }) => !isOutcome);
    if (causes.length === 0) response.add('Nothing that is known before the outcome differs beyond chance.');
    for (const one of causes.slice(0, MAX_DIFFERENCES)) if (!response.add(line(one))) return response.toString();
    for (const one of differences.filter(({ isOutcome }) => isOutcome).slice(0, MAX_TIMES))
      if (!response.add(`outcome: ${line(one)}`)) return response.toString();
    for (const { service, name, selectedNanos, baselineNanos } of times.slice(0, MAX_TIMES))
      response.add(
        `time: ${cut(service, 40)}: ${cut(name, 60)}, median ${durationText(baselineNanos)} → ${durationText(selectedNanos)}`,
      );
    if (selected.sampleTraceId !== undefined && others.sampleTraceId !== undefined)
      response.add(`Typical traces: selected ${selected.sampleTraceId}, other ${others.sampleTraceId}.`);
    return response.toString();
  },
});

function nameOf({ kind, key, best }: TraceDifference): string {
  switch (kind) {
    case 'span':
      return `operation ${cut(key, 60)}`;
    case 'calls':
      return `operation ${cut(key, 60)} ${best.value} times`;
    case 'status':
      return `operation ${cut(key, 60)} failed`;
    default:
      return `${kind}.${cut(key, 60)} = ${cut(best.value, 80)}`;
  }
}
