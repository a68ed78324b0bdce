import { errorMessage } from '../../component/error-message.ts';
import { patternText } from '../../component/fields/pattern.ts';
import { z } from '../../component/schema.ts';
import { EvaluationError } from '../../ottl/values/value.ts';
import { Field, parseField } from '../entry/field.ts';
import { compileExpression } from '../expression/compile.ts';

/** Returns a configuration field for a place in an entry. */
export function entryField(description: string, allowsRoot = false) {
  return z
    .union([z.string(), z.instanceof(Field)], { error: 'expected a field such as body or attributes.key' })
    .transform((text, issues) => {
      if (text instanceof Field) return text;
      try {
        return parseField(text, allowsRoot);
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        issues.addIssue({ code: 'custom', message: error.message, input: text });
        return z.NEVER;
      }
    })
    .describe(description);
}

/** Returns a configuration field for an expression. */
export function expressionField(description: string) {
  return z
    .string()
    .superRefine((text, issues) => {
      try {
        compileExpression(text, {});
      } catch (error) {
        issues.addIssue({ code: 'custom', message: errorMessage(error), input: text });
      }
    })
    .describe(description);
}

/** Returns a configuration field for a regular expression. */
export function patternField(description: string) {
  return patternText().describe(description);
}

/** The fields of all operators. */
export const commonFields = {
  type: z.string().describe('Type of the operator.'),
  id: z.string().optional().describe('Name by which other operators refer to it. Default: its type.'),
  output: z
    .union([z.string().transform((id) => [id]), z.array(z.string())])
    .optional()
    .describe('IDs of the next operators. Default: the following operator, or the end.'),
};

/** The fields of operators that process each entry by itself. */
export const entryFields = {
  ...commonFields,
  onError: z
    .enum(['send', 'send_quiet', 'drop', 'drop_quiet'])
    .prefault('send')
    .describe('Whether an entry that the operator cannot process is sent unchanged or dropped; `quiet` logs nothing.'),
  if: expressionField('Condition of the entries to process. Others pass unchanged.').optional(),
};

/** The configuration of an operator that processes each entry by itself. */
export type EntryConfig = z.output<z.ZodObject<typeof entryFields>>;
