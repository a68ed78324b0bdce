import type { BatchContext } from '@otelier/otlp';

/** Thrown for an invalid condition in the `request` context. */
export class RequestConditionError extends Error {
  override readonly name = 'RequestConditionError';
}

/**
 * Compiles a condition in the `request` context, such as `request["x-tenant"] == "acme"`. Only `==` and `!=` between a
 * header and a string are supported. Throws `RequestConditionError`.
 */
export function compileRequestCondition(text: string): (batch: BatchContext) => boolean {
  const operators = text.match(/==|!=/g) ?? [];
  if (operators.length !== 1) fail(text);
  const [operator = '=='] = operators;
  const [left = '', right = ''] = text.split(operator).map((side) => side.trim());
  if (!/request\[".*"\]/.test(left) || !/".*"/.test(right)) fail(text);
  const name = left
    .replace(/^request\["/, '')
    .replace(/"\]$/, '')
    .toLowerCase();
  const expected = right.replace(/^"/, '').replace(/"$/, '');
  const isEqual = operator === '==';
  return ({ metadata }) => (metadata[name] ?? []).some((value) => (value === expected) === isEqual);
}

function fail(text: string): never {
  throw new RequestConditionError(
    `expected a condition such as request["x-tenant"] == "acme", with one "==" or "!=", got ${JSON.stringify(text)}`,
  );
}
