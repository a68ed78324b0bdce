import { ACCEPTED } from '@otelier/otlp';
import { defineProcessor } from '../component/define.ts';
import { reportChange } from '../component/items/report-change.ts';
import { z } from '../component/schema.ts';
import { unrollRecords } from './unroll/unroll.ts';

export const unroll = defineProcessor({
  summary: 'Replaces each log record whose body is a list with one record per element.',
  stability: 'alpha',
  signals: ['logs'],
  config: z.object({
    recursive: z.boolean().prefault(false).describe('Whether to unroll elements that are lists as well.'),
  }),
  examples: [{ title: 'One record for each element of nested lists', config: { recursive: true } }],
  create({ recursive }, next, context) {
    return {
      consume(batch) {
        const results = batch.parts.map((part) => unrollRecords(part, recursive));
        if (results.every(({ bytes }, index) => bytes === batch.parts[index])) return next.consume(batch);
        const dropped = results.reduce((sum, { emptied }) => sum + emptied, 0);
        if (dropped > 0) context.dropped(dropped, 'empty');
        const itemCount = results.reduce((sum, { added }) => sum + added, batch.itemCount);
        reportChange(context, batch.itemCount - dropped, itemCount);
        const parts = results.map(({ bytes }) => bytes);
        const sizeBytes = parts.reduce((sum, { length }) => sum + length, 0);
        return itemCount === 0 ? ACCEPTED : next.consume({ ...batch, parts, itemCount, sizeBytes });
      },
    };
  },
});
