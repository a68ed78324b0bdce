import type { Signal } from '@otelier/otlp';
import { z } from '../../component/schema.ts';
import { compileCondition } from '../../ottl/compile/compiler.ts';
import { inferContext } from '../../ottl/compile/infer.ts';
import type { ContextName } from '../../ottl/contexts/context.ts';
import { candidatesOf, converters } from '../../ottl/functions/of-context.ts';
import { OttlError } from '../../ottl/grammar/error.ts';

/** Returns the field for a list of conditions in one context, each of which is compiled when the configuration is read. */
export function conditions(context: ContextName, dropped: string) {
  return z
    .array(
      z.string().superRefine((text, issues) => {
        const message = errorOf(() => compileCondition(text, { context, functions: converters(context) }));
        if (message !== undefined) issues.addIssue({ code: 'custom', message, input: text });
      }),
    )
    .prefault([])
    .describe(`Conditions that select the ${dropped} to drop; one match is enough.`);
}

/** A group of conditions that share a context. */
export interface ConditionGroup {
  readonly context: ContextName;
  readonly conditions: readonly string[];
  readonly errorMode: 'ignore' | 'silent' | 'propagate' | undefined;
  /** Whether the context was inferred, in which case paths start with a context name. */
  readonly isInferred: boolean;
}

/** Returns the field for a signal's conditions, whose context is inferred unless a group names it. */
export function inferredConditions(signal: Signal, contexts: readonly ContextName[]) {
  const group = z.object({
    context: z
      .enum(contexts as [ContextName, ...ContextName[]])
      .optional()
      .describe('Context of the conditions. Default: inferred from their paths.'),
    conditions: z.array(z.string()).min(1).describe('Conditions. One match is enough.'),
    errorMode: z
      .enum(['ignore', 'silent', 'propagate'])
      .optional()
      .describe('How to handle conditions that fail. Default: the `error_mode` of the processor.'),
  });
  return z
    .union([z.array(z.string()), z.array(group)], {
      error: 'expected a list of conditions, or a list of groups with "conditions"',
    })
    .transform((list, issues): ConditionGroup[] => {
      const groups = isFlat(list) ? (list.length === 0 ? [] : [{ conditions: list }]) : list;
      return groups.flatMap((entry, index): ConditionGroup[] => {
        const path = isFlat(list) ? [] : [index];
        let resolved: ConditionGroup | undefined;
        const message = errorOf(() => {
          resolved = resolve(entry, contexts);
        });
        if (message !== undefined) issues.addIssue({ code: 'custom', message, input: list, path });
        return resolved === undefined ? [] : [resolved];
      });
    })
    .optional()
    .describe(
      `Conditions that select the ${signal} to drop, with paths such as \`resource.attributes["host.name"]\`. One match is enough.`,
    );
}

function isFlat(list: readonly unknown[]): list is readonly string[] {
  return list.every((entry) => typeof entry === 'string');
}

function resolve(
  group: { readonly context?: ContextName | undefined; readonly conditions: readonly string[] } & Partial<
    Pick<ConditionGroup, 'errorMode'>
  >,
  contexts: readonly ContextName[],
): ConditionGroup {
  const context = group.context ?? inferContext([], group.conditions, candidatesOf(contexts, converters));
  const isInferred = group.context === undefined;
  for (const text of group.conditions)
    compileCondition(text, { context, functions: converters(context), requiresContextNames: isInferred });
  return { context, conditions: group.conditions, errorMode: group.errorMode, isInferred };
}

function errorOf(compile: () => void): string | undefined {
  try {
    compile();
    return undefined;
  } catch (error) {
    if (error instanceof OttlError) return error.message;
    throw error;
  }
}
