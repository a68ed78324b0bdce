import type { Logger } from 'pino';
import { BatchRejection } from '../component/rewriter.ts';
import { type PlannedChange, planOf } from './compile/attribute-step.ts';
import type { Predicate } from './compile/comparison.ts';
import type { Condition, Statement } from './compile/compiler.ts';
import type { Subject } from './record/subject.ts';
import { EvaluationError } from './values/value.ts';

/** What happens when a statement or condition fails to evaluate. */
export type ErrorMode = 'ignore' | 'silent' | 'propagate';

/** Handles the error of a statement or condition: returns to ignore it, throws to refuse the batch. */
export type ErrorHandler = (text: string, error: EvaluationError) => void;

/**
 * Returns the error handler for a mode. It logs the first error of each kind per statement, without any telemetry
 * values.
 */
export function errorHandler(mode: ErrorMode, logger: Pick<Logger, 'warn'>): ErrorHandler {
  if (mode === 'silent') return () => {};
  if (mode === 'propagate')
    return (text, error) => {
      throw new BatchRejection(`statement failed: ${masked(error.message)}, in \`${text}\``);
    };
  const logged = new Set<string>();
  return (text, error) => {
    const message = masked(error.message);
    const kind = `${text}\n${message.replace(/\d+/g, '0')}`;
    if (logged.has(kind) || logged.size >= MAX_LOGGED) return;
    logged.add(kind);
    logger.warn(
      { statement: text, error: message },
      'statement failed, ignored: later errors of this kind are not logged',
    );
  };
}

const MAX_LOGGED = 1000;

/** Removes quoted strings from a message, because they can be telemetry values. */
function masked(message: string): string {
  return message.replace(/"(?:[^"\\]|\\.)*"/g, '"…"');
}

/** Returns a function that runs statements in order. */
export function runAll(statements: readonly Statement[], handle: ErrorHandler): (subject: Subject) => void {
  const runs = plannedRuns(statements);
  return (subject) => {
    for (const { planned, members } of runs) {
      if (planned !== undefined && isPlanned(planned, subject)) continue;
      for (const statement of members) {
        try {
          statement.run(subject);
        } catch (error) {
          if (!(error instanceof EvaluationError)) throw error;
          handle(statement.text, error);
        }
      }
    }
  };
}

/** Statements that follow each other, and the plan that makes their changes if they are constant. */
interface Run {
  readonly members: readonly Statement[];
  readonly planned: PlannedChange | undefined;
}

/** Splits statements into the longest runs that have plans, and the others. */
function plannedRuns(statements: readonly Statement[]): readonly Run[] {
  const runs: Run[] = [];
  for (const statement of statements) {
    const last = runs.at(-1);
    const members = [...(last?.members ?? []), statement];
    const planned = planOf(members.map(({ change }) => change));
    const isBoth = last?.planned === undefined ? statement.change === undefined : planned !== undefined;
    if (last !== undefined && isBoth) runs[runs.length - 1] = { members, planned };
    else runs.push({ members: [statement], planned: planOf([statement.change]) });
  }
  return runs;
}

/** Plans the changes of an item. Other messages are recorded when the walk leaves them, after all of their items. */
function isPlanned({ attributes: { record, field }, plan }: PlannedChange, subject: Subject): boolean {
  const message = record(subject);
  return message === subject.item && message.attributes.change(field(subject), plan);
}

/**
 * Returns a function that returns the index of the first condition that matches, or -1; `undefined` if there are no
 * conditions. A condition that fails to evaluate does not match.
 */
export function matchingIndex(
  conditions: readonly Condition[],
  handle: ErrorHandler,
): ((subject: Subject) => number) | undefined {
  if (conditions.length === 0) return undefined;
  return (subject) => {
    for (let index = 0; index < conditions.length; index++) {
      const condition = conditions[index];
      if (condition === undefined) break;
      try {
        if (condition.test(subject)) return index;
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        handle(condition.text, error);
      }
    }
    return -1;
  };
}

/**
 * Returns a predicate that reports whether any condition matches, or `undefined` if there are no conditions. A
 * condition that fails to evaluate does not match.
 */
export function matchesAny(conditions: readonly Condition[], handle: ErrorHandler): Predicate | undefined {
  if (conditions.length === 0) return undefined;
  return (subject) => {
    for (const condition of conditions) {
      try {
        if (condition.test(subject)) return true;
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        handle(condition.text, error);
      }
    }
    return false;
  };
}
