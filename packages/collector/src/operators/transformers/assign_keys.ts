import { z } from '../../component/schema.ts';
import { EvaluationError, isList } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import { defineTransformer } from '../definition/transformer.ts';
import { MISSING } from '../entry/field.ts';

export const assignKeys = defineTransformer({
  type: 'assign_keys',
  summary: 'Replaces a list by a map of its values.',
  fields: {
    field: entryField('Field with the list.', true),
    keys: z.array(z.string()).min(1).describe('Key of each value of the list.'),
  },
  create:
    ({ field, keys }) =>
    (entry) => {
      const value = field.get(entry);
      if (value === MISSING || !isList(value)) throw new EvaluationError(`expected a list in ${field}`);
      if (value.length !== keys.length)
        throw new EvaluationError(`expected ${keys.length} values in ${field}, got ${value.length}`);
      field.set(entry, new Map(keys.map((key, index) => [key, value[index]])));
    },
});
