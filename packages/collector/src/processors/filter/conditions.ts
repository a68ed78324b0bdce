import { z } from '../../component/schema.ts';
import { compileCondition } from '../../ottl/compile.ts';
import { ConditionError } from '../../ottl/expression.ts';
import type { ConditionContext } from '../../ottl/paths.ts';

/** Returns a field for a list of conditions of one context. Each is compiled when the configuration is read. */
export function conditions(context: ConditionContext, dropped: string) {
  return z
    .array(
      z.string().superRefine((text, issues) => {
        try {
          compileCondition(text, context);
        } catch (error) {
          if (!(error instanceof ConditionError)) throw error;
          issues.addIssue({ code: 'custom', message: error.message, input: text });
        }
      }),
    )
    .prefault([])
    .describe(`Conditions for dropping ${dropped}. One match is enough.`);
}
