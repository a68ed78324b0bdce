import { dropFromList, ItemCursor, type RewriteHooks, SPAN_FIELDS } from '@otelier/otlp';
import { compileAny } from '../../ottl/compile.ts';
import type { ConditionContext, Subject } from '../../ottl/paths.ts';

type Hooks = RewriteHooks<unknown>;

/** Returns the hook that drops the messages of a context that match any of the conditions. */
export function dropMatching(context: Exclude<ConditionContext, 'spanevent'>, conditions: readonly string[]): Hooks {
  const matches = compileAny(conditions, context);
  if (matches === undefined) return {};
  const subject = new ReusableSubject();
  const hook = context === 'resource' || context === 'metric' ? context : 'item';
  return { [hook]: (cursor: ItemCursor) => (matches(subject.at(cursor, cursor.start, cursor.end)) ? 'drop' : 'keep') };
}

/** Returns the hook that drops spans, and drops events from the spans that remain. */
export function dropSpansAndEvents(spanConditions: readonly string[], eventConditions: readonly string[]): Hooks {
  const matchesEvent = compileAny(eventConditions, 'spanevent');
  if (matchesEvent === undefined) return dropMatching('span', spanConditions);
  const matchesSpan = compileAny(spanConditions, 'span');
  const subject = new ReusableSubject();
  return {
    item(cursor) {
      const { splices, bytes, start, end } = cursor;
      if (matchesSpan?.(subject.at(cursor, start, end))) return 'drop';
      const keepsEvent = (from: number, to: number) => !matchesEvent(subject.at(cursor, from, to));
      dropFromList(splices, bytes, start, end, SPAN_FIELDS.events, keepsEvent);
      return 'keep';
    },
  };
}

/** The subject of all conditions of one hook. Conditions run one at a time, so a single object avoids an allocation per item. */
class ReusableSubject implements Subject {
  cursor = new ItemCursor(new Uint8Array());
  start = 0;
  end = 0;

  at(cursor: ItemCursor, start: number, end: number): this {
    this.cursor = cursor;
    this.start = start;
    this.end = end;
    return this;
  }
}
