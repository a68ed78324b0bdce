import { defineTransformer } from '../definition/transformer.ts';
import { scopeNameFields, scopeNameParser } from '../record/scope-name.ts';

export const scopeNameOperator = defineTransformer({
  type: 'scope_name_parser',
  summary: 'Sets the name of the scope from a field.',
  fields: scopeNameFields,
  create: scopeNameParser,
});
