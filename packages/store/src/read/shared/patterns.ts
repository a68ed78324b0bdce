import { type Condition, QueryError } from '../../contract.ts';
import { alternativesOf } from '../../requests.ts';
import type { ReadContext } from './context.ts';
import { ParameterBag } from './parameters.ts';

/** Throws a `QueryError` that names the field of an invalid RE2 pattern. Works even in an empty store. */
export async function checkPatterns(
  { duck, limits }: ReadContext,
  { tenant, conditions = [] }: { readonly tenant: string; readonly conditions?: readonly Condition[] },
): Promise<void> {
  for (const { field, op, value } of conditions.flatMap(alternativesOf)) {
    if (op !== '~' && op !== '!~') continue;
    const parameters = new ParameterBag();
    const text = `SELECT regexp_matches('', ${parameters.add(String(value))})`;
    try {
      await duck.run({ tenant, text, parameters: parameters.values, limits });
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      const reason = error.message.replace(/^[A-Z][\w ]* Error: /, '');
      throw new QueryError(`${field}: expected a regular expression, got ${JSON.stringify(value)}: ${reason}`, {
        cause: error,
      });
    }
  }
}
