import { z } from '../../component/schema.ts';
import { parseCsvRow } from '../../ottl/functions/parse/csv.ts';
import { EvaluationError, typeName, type Value } from '../../ottl/values/value.ts';
import { OperatorConfigError } from '../definition/operator.ts';
import { defineParser } from '../definition/parser.ts';
import { UnusableEntryError } from '../definition/process-entries.ts';
import type { Entry } from '../entry/entry.ts';

function character(text: string, field: string): string {
  if ([...text].length === 1) return text;
  throw new OperatorConfigError(`${field}: expected one character, got "${text}"`);
}

export const csvParser = defineParser({
  type: 'csv_parser',
  summary: 'Parses a row of comma-separated values.',
  fields: {
    header: z.string().prefault('').describe('Names of the columns, such as `time,level,message`.'),
    headerAttribute: z.string().prefault('').describe('Attribute with the names of the columns, instead of `header`.'),
    headerDelimiter: z.string().prefault('').describe('Character between the names. Default: `delimiter`.'),
    delimiter: z.string().prefault(',').describe('Character between the values.'),
    lazyQuotes: z.boolean().prefault(false).describe('Whether quotes can occur within values.'),
    ignoreQuotes: z.boolean().prefault(false).describe('Whether quotes have no meaning.'),
  },
  create({ header, headerAttribute, lazyQuotes, ignoreQuotes, ...options }) {
    const delimiter = character(options.delimiter === '' ? ',' : options.delimiter, 'delimiter');
    const headerDelimiter = character(
      options.headerDelimiter === '' ? delimiter : options.headerDelimiter,
      'header_delimiter',
    );
    if (ignoreQuotes && lazyQuotes)
      throw new OperatorConfigError('expected either lazy_quotes or ignore_quotes, got both');
    if ((header === '') === (headerAttribute === ''))
      throw new OperatorConfigError('expected either header or header_attribute');
    if (header !== '' && !header.includes(headerDelimiter))
      throw new OperatorConfigError(`header: expected names with "${headerDelimiter}" between`);
    const fixed = header === '' ? undefined : header.split(headerDelimiter);
    const namesOf = (entry: Entry): readonly string[] => {
      if (fixed !== undefined) return fixed;
      const names = entry.attributes?.get(headerAttribute);
      if (typeof names === 'string') return names.split(headerDelimiter);
      throw new UnusableEntryError(`expected the attribute ${headerAttribute} with the names of the columns`);
    };
    return (value, entry) => {
      const names = namesOf(entry);
      const row = typeof value === 'string' ? value : bytesText(value);
      const fields = ignoreQuotes ? row.split(delimiter) : parseCsvRow(row, delimiter, lazyQuotes);
      if (fields.length !== names.length)
        throw new EvaluationError(`expected ${names.length} fields, got ${fields.length}`);
      return new Map(names.map((name, index) => [name, fields[index]]));
    };
  },
});

function bytesText(value: Value): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  throw new EvaluationError(`expected a string, got ${typeName(value)}`);
}
