import { z } from 'zod';
import type { PipelineNode } from '../../api/api.ts';
import { cut, numberText, ResponseText, timeText } from '../response-text.ts';
import { defineTool } from '../tool.ts';

export const pipeline = defineTool({
  name: 'pipeline_health',
  title: 'Health of the pipeline',
  description:
    'Reports on otelier itself: components with problems, queues, dropped items by reason, and the findings of its checks with remedies. Use it when telemetry is missing or late.',
  input: z.object({}),
  async run(_, { client, signal }) {
    const [{ nodes }, { findings }] = await Promise.all([
      client.get('/pipeline', {}, signal),
      client.get('/doctor', {}, signal),
    ]);
    const response = new ResponseText('run `otelier doctor` for the rest.');
    const lines = nodes.flatMap(nodeLines);
    response.add(
      `${nodes.length} components; ${lines.length === 0 ? 'none has dropped items or reports a problem.' : 'those with problems, queues or drops:'}`,
    );
    response.add(...lines);
    if (findings.length === 0) response.add('The checks found nothing.');
    for (const { severity, subject, message, remedy } of findings)
      response.add(`${severity}: ${cut(subject, 80)}: ${cut(message, 300)}`, `    remedy: ${cut(remedy, 300)}`);
    return response.toString();
  },
});

function nodeLines({ kind, component, pipelines, queue, problem, dropped, lastLoss }: PipelineNode): string[] {
  const drops = Object.entries(dropped).filter(([, items]) => items > 0);
  const facts = [
    ...(problem === undefined ? [] : [`problem: ${cut(problem, 160)}`]),
    ...(queue === undefined || queue.requests === 0
      ? []
      : [`queue: ${queue.requests} requests, ${numberText(queue.sizeBytes)} of ${numberText(queue.limitBytes)} bytes`]),
    ...drops.map(([reason, items]) => `dropped ${numberText(items)} items: ${cut(reason, 60)}`),
    ...(lastLoss === undefined ? [] : [`last loss ${timeText(lastLoss.atMillis)}: ${cut(lastLoss.message, 160)}`]),
  ];
  return facts.length === 0 ? [] : [`${kind} ${component} (${pipelines.join(', ')}): ${facts.join('; ')}`];
}
