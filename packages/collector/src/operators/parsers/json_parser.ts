import { z } from '../../component/schema.ts';
import { EvaluationError, typeName } from '../../ottl/values/value.ts';
import { defineParser } from '../definition/parser.ts';
import { parseJsonObject } from './json-object.ts';

export const jsonParser = defineParser({
  type: 'json_parser',
  summary: 'Parses a JSON object.',
  fields: {
    parseInts: z
      .boolean()
      .prefault(false)
      .describe('Whether whole numbers are integers. Otherwise all numbers are floating-point numbers.'),
  },
  create:
    ({ parseInts }) =>
    (value) => {
      if (typeof value !== 'string') throw new EvaluationError(`expected a string with JSON, got ${typeName(value)}`);
      return parseJsonObject(value, parseInts);
    },
});
