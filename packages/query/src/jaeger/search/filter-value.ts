import { JaegerProblem } from '../problem.ts';

/** Returns the error for a part of a filter. `path` is empty for the whole filter. */
export function invalidFilter(path: string, expected: string, got: unknown): JaegerProblem {
  const text = got === undefined ? 'none' : JSON.stringify(got).slice(0, 100);
  return new JaegerProblem(400, `malformed parameter query.filter${path}: expected ${expected}, got ${text}`);
}

/** Returns the error for a part of a filter that is valid, and that otelier does not evaluate. */
export function unsupported(path: string, what: string): JaegerProblem {
  return new JaegerProblem(501, `query.filter${path}: ${what} is not supported`);
}

/** Returns a value of a filter as an object. */
export function objectAt(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidFilter(path, 'an object', value);
  }
  return value as Readonly<Record<string, unknown>>;
}

/** Returns a member of an object as a text. */
export function textAt(object: Readonly<Record<string, unknown>>, name: string, path: string): string {
  const value = object[name];
  if (typeof value !== 'string') throw invalidFilter(`${path}.${name}`, 'a text', value);
  return value;
}
