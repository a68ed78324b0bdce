import { EvaluationError } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import { defineTransformer } from '../definition/transformer.ts';
import { MISSING } from '../entry/field.ts';

export const remove = defineTransformer({
  type: 'remove',
  summary: 'Removes a field, or all attributes.',
  fields: { field: entryField('Field to remove; `attributes` and `resource` remove all of them.', true) },
  create({ field }) {
    const isWhole = field.keys.length === 0 && field.root !== 'body';
    return (entry) => {
      if (field.remove(entry) === MISSING && !isWhole)
        throw new EvaluationError(`expected the field ${field}, got an entry without it`);
    };
  },
});
