import { EvaluationError } from '../../ottl/values/value.ts';
import type { Entry } from '../entry/entry.ts';
import { compileCondition } from '../expression/compile.ts';
import type { EntryConfig } from './fields.ts';
import type { OperatorContext } from './operator.ts';

/** Thrown for an entry that is dropped even if `on_error` sends entries that fail. */
export class UnusableEntryError extends EvaluationError {}

/** Decides what happens to each entry: the condition `if`, and `on_error` for those that fail. */
export interface EntryGuard {
  /** Whether the operator processes the entry. A condition that fails counts as an error of the entry. */
  skips(entry: Entry, kept: Entry[]): boolean;
  /** Handles an entry that failed: adds it to `kept`, or drops it. */
  fail(entry: Entry, error: unknown, kept: Entry[]): void;
}

/** Creates the guard of an operator. */
export function createGuard(config: EntryConfig, id: string, context: OperatorContext): EntryGuard {
  const condition = config.if === undefined ? undefined : compileCondition(config.if, context.environment);
  const isSent = config.onError.startsWith('send');
  const isQuiet = config.onError.endsWith('quiet');
  const fail = (entry: Entry, error: unknown, kept: Entry[]) => {
    if (!(error instanceof EvaluationError)) throw error;
    context.failed(id, error.message, isQuiet);
    if (isSent && !(error instanceof UnusableEntryError)) kept.push(entry);
    else context.dropped(1, 'operator_error', id);
  };
  return {
    fail,
    skips(entry, kept) {
      if (condition === undefined) return false;
      try {
        if (condition(entry)) return false;
        kept.push(entry);
      } catch (error) {
        fail(entry, error, kept);
      }
      return true;
    },
  };
}

/** Processes entries one by one: returns those that are passed on. */
export function processEach(entries: readonly Entry[], guard: EntryGuard, change: (entry: Entry) => void): Entry[] {
  const kept: Entry[] = [];
  for (const entry of entries) {
    if (guard.skips(entry, kept)) continue;
    try {
      change(entry);
      kept.push(entry);
    } catch (error) {
      guard.fail(entry, error, kept);
    }
  }
  return kept;
}
