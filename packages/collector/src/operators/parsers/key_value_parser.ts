import { z } from '../../component/schema.ts';
import { parsePairs, splitQuoted } from '../../ottl/functions/parse/key-value.ts';
import { EvaluationError, typeName } from '../../ottl/values/value.ts';
import { OperatorConfigError } from '../definition/operator.ts';
import { defineParser } from '../definition/parser.ts';

export const keyValueParser = defineParser({
  type: 'key_value_parser',
  summary: 'Parses pairs such as `name=value`.',
  fields: {
    delimiter: z.string().prefault('=').describe('Text between key and value.'),
    pairDelimiter: z.string().prefault(' ').describe('Text between pairs.'),
  },
  create({ delimiter, pairDelimiter: pairs }) {
    const pairDelimiter = pairs === '' ? ' ' : pairs;
    if (delimiter === '') throw new OperatorConfigError('delimiter: expected a text, got an empty string');
    if (delimiter === pairDelimiter)
      throw new OperatorConfigError('expected different texts as delimiter and pair_delimiter');
    return (value) => {
      if (typeof value !== 'string') throw new EvaluationError(`expected a string, got ${typeName(value)}`);
      if (value === '') throw new EvaluationError('expected pairs, got an empty string');
      return parsePairs(splitQuoted(value, pairDelimiter), delimiter);
    };
  },
});
