import { copyValue, EvaluationError } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import { defineTransformer } from '../definition/transformer.ts';
import { MISSING } from '../entry/field.ts';

export const copy = defineTransformer({
  type: 'copy',
  summary: 'Copies a field to another.',
  fields: { from: entryField('Field to copy.'), to: entryField('Field to set.') },
  create:
    ({ from, to }) =>
    (entry) => {
      const value = from.get(entry);
      if (value === MISSING) throw new EvaluationError(`expected the field ${from}, got an entry without it`);
      to.set(entry, copyValue(value));
    },
});
