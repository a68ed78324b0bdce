import type { ObserveRule } from '../component/observe/observed-rules.ts';
import type { Condition, Statement } from './compile/compiler.ts';

/** Returns the condition, which counts its matches if the rules of the component are observed. */
export function observedCondition(condition: Condition, { observeRule }: Observer): Condition {
  if (observeRule === undefined) return condition;
  const { text, test } = condition;
  const matched = observeRule({ kind: 'condition', text });
  return { text, test: (subject) => counted(test(subject), matched) };
}

/** Returns the statement, which counts the items that it applies to if the rules of the component are observed. */
export function observedStatement(statement: Statement, { observeRule }: Observer): Statement {
  if (observeRule === undefined) return statement;
  const { text, run } = statement;
  const matched = observeRule({ kind: 'statement', text });
  // Without its plan, the statement runs on its own.
  return { text, run: (subject) => counted(run(subject), matched) };
}

interface Observer {
  readonly observeRule?: ObserveRule | undefined;
}

function counted(isMatch: boolean, matched: () => void): boolean {
  if (isMatch) matched();
  return isMatch;
}
