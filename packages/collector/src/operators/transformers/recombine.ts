import { byteSize, duration, z } from '../../component/schema.ts';
import { entryField, entryFields, expressionField } from '../definition/fields.ts';
import { OperatorConfigError, type OperatorDefinition } from '../definition/operator.ts';
import { createGuard } from '../definition/process-entries.ts';
import { compileCondition } from '../expression/compile.ts';
import { Recombiner } from './recombiner.ts';

const config = z.object({
  ...entryFields,
  isFirstEntry: expressionField('Condition of the first entry of a series. Either this or `is_last_entry`.').optional(),
  isLastEntry: expressionField('Condition of the last entry of a series.').optional(),
  combineField: entryField('Field with the parts, a string.'),
  combineWith: z.string().prefault('\n').describe('Text between the parts.'),
  sourceIdentifier: entryField('Field that tells series apart.').prefault('attributes["log.file.path"]'),
  overwriteWith: z
    .enum(['oldest', 'newest'])
    .prefault('oldest')
    .describe('Whether the other fields are those of the oldest or the newest entry.'),
  maxBatchSize: z.int().min(0).prefault(1000).describe('Maximum number of entries of a series. 0 means no limit.'),
  maxUnmatchedBatchSize: z
    .int()
    .min(0)
    .prefault(100)
    .describe('Maximum number of entries of a series before the condition has matched. 0 means no limit.'),
  maxLogSize: byteSize().prefault(0).describe('Maximum size of a series, in bytes. 0 means no limit.'),
  maxSources: z.int().min(1).prefault(1000).describe('Maximum number of series at a time.'),
  forceFlushPeriod: duration().prefault('5s').describe('How long an incomplete series waits for more entries.'),
});

export const recombine: OperatorDefinition = {
  type: 'recombine',
  summary: 'Combines consecutive entries into one.',
  config,
  create(options: z.output<typeof config>, id, context) {
    const { isFirstEntry, isLastEntry } = options;
    if ((isFirstEntry === undefined) === (isLastEntry === undefined))
      throw new OperatorConfigError('expected either "is_first_entry" or "is_last_entry"');
    const guard = createGuard(options, id, context);
    return new Recombiner({
      ...options,
      matchesFirst: isFirstEntry !== undefined,
      matches: compileCondition(isFirstEntry ?? isLastEntry ?? '', context.environment),
      guard,
      failed: (message) => context.failed(id, message, false),
      dropped: (count) => context.dropped(count, 'operator_error', id),
      now: () => context.clock.monotonic(),
    });
  },
};
