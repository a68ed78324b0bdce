/** Writes a string literal of an expression. */
export function literal(text: string): string {
  return JSON.stringify(text);
}

/** Returns the expression for a member of a map. */
export function member(object: string, key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `${object}.${key}` : `${object}[${literal(key)}]`;
}

/** Returns the field of an operator for a key below another field. */
export function fieldOf(parent: string, key: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(key)) return `${parent}.${key}`;
  return key.includes('"') ? `${parent}['${key}']` : `${parent}["${key}"]`;
}

/** Joins conditions, of which an empty one is always true. */
export function all(...conditions: readonly string[]): string {
  const given = conditions.filter((condition) => condition !== '');
  return given.length < 2 ? (given[0] ?? '') : given.map((condition) => `(${condition})`).join(' && ');
}
