import { type BatchContext, dropFromList, type RewriteHooks, SPAN_FIELDS } from '@otelier/otlp';
import type { DropRule } from '../../component/contract.ts';
import type { Predicate } from '../../ottl/compile/comparison.ts';
import type { ContextName } from '../../ottl/contexts/context.ts';
import { type EvaluationContext, Subject } from '../../ottl/record/subject.ts';

type Hooks = RewriteHooks<BatchContext>;

/** Conditions, and for each of them the rule that counts what it drops. */
export interface DropConditions {
  /** Returns the index of the condition that matches, or -1. */
  readonly match: (subject: Subject) => number;
  readonly rules: readonly DropRule[];
}

/** Returns a hook that drops the matching messages of a context. */
export function dropMatching(
  context: ContextName,
  conditions: DropConditions | undefined,
  environment: EvaluationContext,
): Hooks {
  if (conditions === undefined) return {};
  const { match, rules } = conditions;
  const subject = new Subject(environment);
  switch (context) {
    case 'resource':
    case 'scope':
    case 'metric':
      return {
        [context]: (cursor: Parameters<NonNullable<Hooks['item']>>[0], batch: BatchContext) => {
          subject.batch = batch;
          subject.cache.clear();
          const index = match(subject.moveToGroup(cursor));
          if (index < 0) return 'keep';
          rules[index]?.group(cursor, context);
          return 'drop';
        },
      };
    case 'spanevent':
      return dropSpansAndEvents(undefined, (event) => match(event) >= 0, environment);
    default:
      return {
        item(cursor, batch) {
          subject.batch = batch;
          const index = match(subject.moveToItem(cursor));
          if (index < 0) return 'keep';
          rules[index]?.item(cursor);
          return 'drop';
        },
      };
  }
}

/** Returns a hook that drops matching spans, and drops matching events from the remaining spans. */
export function dropSpansAndEvents(
  spans: DropConditions | undefined,
  matchesEvent: Predicate | undefined,
  environment: EvaluationContext,
): Hooks {
  if (matchesEvent === undefined) return dropMatching('span', spans, environment);
  const subject = new Subject(environment);
  return {
    item(cursor, batch) {
      subject.batch = batch;
      subject.moveToItem(cursor);
      const index = spans?.match(subject) ?? -1;
      if (index >= 0) {
        spans?.rules[index]?.item(cursor);
        return 'drop';
      }
      const { splices, bytes, start, end } = cursor;
      subject.eventIndex = 0;
      const keepsEvent = (from: number, to: number) => {
        subject.event.reset(bytes, from, to);
        const isMatch = matchesEvent(subject);
        subject.eventIndex += 1;
        return !isMatch;
      };
      dropFromList(splices, bytes, start, end, SPAN_FIELDS.events, keepsEvent);
      return 'keep';
    },
  };
}
