import { ENDPOINT_TYPES } from '../../component/discovery/endpoint.ts';
import { compileOverVariables } from '../../operators/expression/compile.ts';
import { ExpressionError } from '../../operators/expression/syntax.ts';
import { EvaluationError, typeName } from '../../ottl/values/value.ts';
import { VARIABLES, type Variables } from './variables.ts';

/** Reports whether an endpoint matches. Throws an `EvaluationError`. */
export type Rule = (variables: Variables) => boolean;

const START = /^\s*type\s*==\s*(?:"([^"]*)"|'([^']*)')/;

/** Compiles a rule such as `type == "port" && port == 6379`. Throws an `ExpressionError`. */
export function compileRule(text: string): Rule {
  const [, double, single] = START.exec(text) ?? [];
  if (!ENDPOINT_TYPES.some((type) => type === (double ?? single))) {
    const types = ENDPOINT_TYPES.join(', ');
    throw new ExpressionError(`expected a rule that begins with type == "…" (${types}), got "${text}"`);
  }
  const evaluate = compileOverVariables(text, VARIABLES);
  return (variables) => {
    const result = evaluate(variables);
    if (typeof result === 'boolean') return result;
    throw new EvaluationError(`expected a boolean from "${text}", got ${typeName(result)}`);
  };
}
