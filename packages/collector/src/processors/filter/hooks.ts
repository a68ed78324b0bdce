import { type BatchContext, dropFromList, type RewriteHooks, SPAN_FIELDS } from '@otelier/otlp';
import type { Predicate } from '../../ottl/compile/comparison.ts';
import type { ContextName } from '../../ottl/contexts/context.ts';
import { type EvaluationContext, Subject } from '../../ottl/record/subject.ts';

type Hooks = RewriteHooks<BatchContext>;

/** Returns a hook that drops the matching messages of a context. */
export function dropMatching(
  context: ContextName,
  matches: Predicate | undefined,
  environment: EvaluationContext,
): Hooks {
  if (matches === undefined) return {};
  const subject = new Subject(environment);
  switch (context) {
    case 'resource':
    case 'scope':
    case 'metric':
      return {
        [context]: (cursor: Parameters<NonNullable<Hooks['item']>>[0], batch: BatchContext) => {
          subject.batch = batch;
          subject.cache.clear();
          return matches(subject.moveToGroup(cursor)) ? 'drop' : 'keep';
        },
      };
    case 'spanevent':
      return dropSpansAndEvents(undefined, matches, environment);
    default:
      return {
        item(cursor, batch) {
          subject.batch = batch;
          return matches(subject.moveToItem(cursor)) ? 'drop' : 'keep';
        },
      };
  }
}

/** Returns a hook that drops matching spans, and drops matching events from the remaining spans. */
export function dropSpansAndEvents(
  matchesSpan: Predicate | undefined,
  matchesEvent: Predicate | undefined,
  environment: EvaluationContext,
): Hooks {
  if (matchesEvent === undefined) return dropMatching('span', matchesSpan, environment);
  const subject = new Subject(environment);
  return {
    item(cursor, batch) {
      subject.batch = batch;
      subject.moveToItem(cursor);
      if (matchesSpan?.(subject)) return 'drop';
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
