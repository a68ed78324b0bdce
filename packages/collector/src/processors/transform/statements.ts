import type { Signal } from '@otelier/otlp';
import { z } from '../../component/schema.ts';
import { compileCondition, compileStatement } from '../../ottl/compile/compiler.ts';
import { inferContext } from '../../ottl/compile/infer.ts';
import type { ContextName } from '../../ottl/contexts/context.ts';
import { candidatesOf, functions } from '../../ottl/functions/of-context.ts';
import { OttlError } from '../../ottl/grammar/error.ts';
import type { ErrorMode } from '../../ottl/sequence.ts';

/** A group of statements that share a context. */
export interface StatementGroup {
  readonly context: ContextName;
  readonly statements: readonly string[];
  readonly conditions: readonly string[];
  readonly errorMode: ErrorMode | undefined;
  /** Whether the context was inferred, in which case paths start with a context name. */
  readonly isInferred: boolean;
}

/** Returns the field that selects how failing statements are handled. */
export function errorModeField() {
  return z.enum(['ignore', 'silent', 'propagate']);
}

/** Returns the field for a signal's statements: a list, or groups. They are compiled when the configuration is read. */
export function statementsField(signal: Signal, contexts: readonly ContextName[]) {
  const group = z.object({
    context: z
      .enum(contexts as [ContextName, ...ContextName[]])
      .optional()
      .describe('Context of the group. Default: inferred from the paths in its statements.'),
    errorMode: errorModeField().optional().describe('Default: the `error_mode` of the processor.'),
    conditions: z
      .array(z.string())
      .prefault([])
      .describe('OTTL conditions; the statements run only where one of them matches. Default: everywhere.'),
    statements: z.array(z.string()).min(1).describe('Statements, executed in order.'),
  });
  return z
    .union([z.array(z.string()), z.array(group)], {
      error: 'expected a list of statements, or a list of groups with "statements"',
    })
    .prefault([])
    .transform((list, issues): StatementGroup[] => {
      const groups = isFlat(list) ? (list.length === 0 ? [] : [{ statements: list, conditions: [] }]) : list;
      return groups.flatMap((entry, index): StatementGroup[] => {
        try {
          return [resolve(entry, contexts)];
        } catch (error) {
          if (!(error instanceof OttlError)) throw error;
          issues.addIssue({ code: 'custom', message: error.message, input: list, path: isFlat(list) ? [] : [index] });
          return [];
        }
      });
    })
    .describe(`Statements for ${signal}, such as \`set(resource.attributes["env"], "prod")\`.`);
}

function isFlat(list: readonly unknown[]): list is readonly string[] {
  return list.every((entry) => typeof entry === 'string');
}

interface WrittenGroup {
  readonly context?: ContextName | undefined;
  readonly errorMode?: ErrorMode | undefined;
  readonly statements: readonly string[];
  readonly conditions: readonly string[];
}

function resolve(
  { statements, conditions, errorMode, ...written }: WrittenGroup,
  contexts: readonly ContextName[],
): StatementGroup {
  const context = written.context ?? inferContext(statements, conditions, candidatesOf(contexts, functions));
  const isInferred = written.context === undefined;
  const options = { context, functions: functions(context), requiresContextNames: isInferred };
  for (const text of statements) compileStatement(text, options);
  for (const text of conditions) compileCondition(text, options);
  return { context, statements, conditions, errorMode, isInferred };
}
