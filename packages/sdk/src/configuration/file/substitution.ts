import type { Environment } from '../../environment.ts';

/**
 * Puts variables where the text refers to them: `${NAME}`, `${env:NAME}`, and `${NAME:-otherwise}` for those that are not set or
 * empty. `$$` is `$`. What variables contain is not looked through again (specification, "Environment variable substitution").
 * Throws a `SyntaxError` for a reference that cannot be read.
 */
export function substitute(text: string, environment: Environment): string {
  return text
    .split('$$')
    .map((part) => part.replace(REFERENCE, (_, content: string) => lookUp(content, environment)))
    .join('$');
}

function lookUp(content: string, environment: Environment): string {
  const [, name, fallback = ''] = VARIABLE.exec(content) ?? [];
  // What stands behind a colon may be secret.
  if (name === undefined) throw new SyntaxError(`\${${content.replace(/:.*/s, ':…')}}`);
  return environment[name] || fallback;
}

const REFERENCE = /\$\{([^}]+)\}/g;
const VARIABLE = /^(?:env:)?([A-Za-z_]\w*)(?::-([^\n]*))?$/;
