import type { Value } from '../../ottl/values/value.ts';
import type { Entry } from '../entry/entry.ts';

/** The variables of an evaluation. */
export interface Scope {
  readonly entry: Entry;
  readonly environment: Environment;
  /** Variables declared by `let`. */
  readonly variables: ReadonlyMap<string, Value>;
  /** The element, index and accumulator of the innermost predicate. */
  readonly element: Value;
  readonly index: number;
  readonly accumulator: Value;
}

/** The environment variables that `env("NAME")` returns. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Computes a value in a scope. Throws an `EvaluationError`. */
export type Evaluate = (scope: Scope) => Value;
