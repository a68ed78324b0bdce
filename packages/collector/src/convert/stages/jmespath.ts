import { literal } from './expressions.ts';

const PART = /^(?:\.?([A-Za-z_][A-Za-z0-9_]*)|\.?"((?:[^"\\]|\\.)*)"|\[(-?\d+)\])/;

/**
 * Converts a JMESPath expression to an expression over an object; `undefined` if it is more than a path of names and
 * indexes.
 */
export function convertJmesPath(path: string, object: string): string | undefined {
  const text = path.trim();
  if (text === '@') return object;
  let rest = text;
  let expression = object;
  while (rest !== '') {
    const isFirst = rest === text;
    const match = PART.exec(rest);
    if (match === null || (isFirst && rest.startsWith('.'))) return undefined;
    const [whole, name, quoted, index] = match;
    if (!isFirst && index === undefined && !whole.startsWith('.')) return undefined;
    if (name !== undefined) expression += `?.${name}`;
    else if (quoted !== undefined) expression += `?.[${literal(quoted.replace(/\\(.)/g, '$1'))}]`;
    else expression += `?.[${index}]`;
    rest = rest.slice(whole.length);
  }
  return expression === object ? undefined : expression;
}
