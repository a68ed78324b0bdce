import { z } from '../../component/schema.ts';
import { entryField } from '../definition/fields.ts';
import { defineTransformer } from '../definition/transformer.ts';
import { type FieldRoot, MISSING } from '../entry/field.ts';

export const retain = defineTransformer({
  type: 'retain',
  summary: 'Removes all fields but the listed ones, of each of body, attributes and resource that the list names.',
  fields: { fields: z.array(entryField('Field to keep.')).min(1).describe('Fields to keep.') },
  create({ fields }) {
    const roots = [...new Set(fields.map(({ root }) => root))] as readonly FieldRoot[];
    return (entry) => {
      const values = fields.map((field) => field.get(entry));
      for (const root of roots) entry[root] = undefined;
      for (const [index, field] of fields.entries()) {
        const value = values[index];
        if (value !== MISSING) field.set(entry, value);
      }
    };
  },
});
