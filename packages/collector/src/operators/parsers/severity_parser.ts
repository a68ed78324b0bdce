import { defineTransformer } from '../definition/transformer.ts';
import { severityFields, severityParser } from '../record/severity.ts';

export const severityOperator = defineTransformer({
  type: 'severity_parser',
  summary: 'Sets severity number and text from a field.',
  fields: severityFields,
  create: severityParser,
});
