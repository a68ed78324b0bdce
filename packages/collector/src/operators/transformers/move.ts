import { EvaluationError } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import { defineTransformer } from '../definition/transformer.ts';
import { MISSING } from '../entry/field.ts';

export const move = defineTransformer({
  type: 'move',
  summary: 'Moves or renames a field.',
  fields: { from: entryField('Field to move.'), to: entryField('Field to set.') },
  create:
    ({ from, to }) =>
    (entry) => {
      const value = from.remove(entry);
      if (value === MISSING) throw new EvaluationError(`expected the field ${from}, got an entry without it`);
      to.set(entry, value);
    },
});
