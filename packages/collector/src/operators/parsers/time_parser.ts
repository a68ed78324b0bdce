import { defineTransformer } from '../definition/transformer.ts';
import { timeFields, timeParser } from '../record/time.ts';

export const timeOperator = defineTransformer({
  type: 'time_parser',
  summary: 'Sets the time of the event from a field.',
  fields: timeFields,
  create: timeParser,
});
