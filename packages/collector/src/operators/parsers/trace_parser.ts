import { defineTransformer } from '../definition/transformer.ts';
import { traceFields, traceParser } from '../record/trace.ts';

export const traceOperator = defineTransformer({
  type: 'trace_parser',
  summary: 'Sets trace ID, span ID and flags from fields.',
  fields: traceFields,
  create: traceParser,
});
