import { EvaluationError, isMap } from '../../ottl/values/value.ts';
import { entryField } from '../definition/fields.ts';
import { defineTransformer } from '../definition/transformer.ts';
import { MISSING } from '../entry/field.ts';

export const flatten = defineTransformer({
  type: 'flatten',
  summary: 'Moves the members of a map to the map that contains it.',
  fields: { field: entryField('Field with the map.') },
  create({ field }) {
    const parent = field.parent();
    return (entry) => {
      const value = field.remove(entry);
      if (value === MISSING) throw new EvaluationError(`expected the field ${field}, got an entry without it`);
      if (!isMap(value)) {
        field.set(entry, value);
        throw new EvaluationError(`expected a map in ${field}`);
      }
      for (const [key, member] of value) parent.child(key).set(entry, member);
    };
  },
});
