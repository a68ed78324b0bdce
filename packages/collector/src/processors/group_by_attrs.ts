import { encodeKey } from '@otelier/otlp';
import { defineProcessor } from '../component/define.ts';
import { z } from '../component/schema.ts';
import { formatCount } from '../component/units.ts';
import { regroup } from './group_by_attrs/regroup.ts';

export const groupByAttrs = defineProcessor({
  summary: 'Moves attributes of items to their resources, and merges equal resources and scopes within a batch.',
  stability: 'beta',
  signals: ['traces', 'metrics', 'logs'],
  aliases: ['groupbyattrs'],
  config: z.object({
    keys: z
      .array(z.string())
      .prefault([])
      .describe('Attributes to move to the resource. If empty, equal resources and scopes are still merged.'),
  }),
  examples: [
    { title: 'Group by host', config: { keys: ['host.name'] } },
    { title: 'Merge equal resources and scopes after a batch', config: {} },
  ],
  describe: ({ keys }) => formatCount(keys.length, 'key'),
  create({ keys }, next, { logger }) {
    const unique = [...new Set(keys)].filter((key) => key !== '');
    if (unique.length < keys.length) logger.warn({ keys }, 'ignoring keys: they are empty or repeated');
    const encoded = unique.map(encodeKey);
    return {
      consume(batch) {
        const part = regroup(batch.signal, batch.parts, encoded);
        return next.consume({ ...batch, parts: [part], sizeBytes: part.length });
      },
    };
  },
});
