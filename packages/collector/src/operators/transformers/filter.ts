import { ignored, z } from '../../component/schema.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import { entryFields, expressionField } from '../definition/fields.ts';
import type { OperatorDefinition } from '../definition/operator.ts';
import { compileCondition } from '../expression/compile.ts';

const config = z.object({
  ...entryFields,
  onError: ignored('an entry for which the expression fails is dropped', { schema: entryFields.onError }),
  if: ignored('as in the Collector; write the condition in `expr`', { schema: entryFields.if }),
  expr: expressionField('Condition of the entries to drop.'),
  dropRatio: z.number().min(0).max(1).prefault(1).describe('Part of the matching entries to drop, at random.'),
});

export const filter: OperatorDefinition = {
  type: 'filter',
  summary: 'Drops the entries that match an expression.',
  config,
  create({ expr, dropRatio }: z.output<typeof config>, id, context) {
    const matches = compileCondition(expr, context.environment);
    const cutoff = Math.trunc(dropRatio * 1000);
    return {
      process(entries, emit) {
        const kept = entries.filter((entry) => {
          try {
            return !matches(entry) || Math.floor(context.random() * 1000) >= cutoff;
          } catch (error) {
            if (!(error instanceof EvaluationError)) throw error;
            // As in the Collector, an entry whose condition fails is dropped.
            context.failed(id, error.message, false);
            return false;
          }
        });
        if (kept.length < entries.length) context.dropped(entries.length - kept.length, 'filtered', id);
        emit(kept);
      },
    };
  },
};
