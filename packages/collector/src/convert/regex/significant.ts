/** A character of a regular expression with a meaning: no part of a class, and not escaped. */
export interface SignificantCharacter {
  readonly at: number;
  readonly character: string;
}

/** Returns the characters of a regular expression outside of classes and escapes. */
export function* significantCharacters(expression: string): Iterable<SignificantCharacter> {
  for (let at = 0; at < expression.length; at++) {
    const character = expression[at] as string;
    if (character === '\\') at++;
    else if (character === '[') at = endOfClass(expression, at);
    else yield { at, character };
  }
}

/** Returns the position of the bracket that ends a class. A bracket that is the first of the class is part of it. */
function endOfClass(expression: string, start: number): number {
  let at = start + 1;
  if (expression[at] === '^') at++;
  if (expression[at] === ']') at++;
  for (; at < expression.length && expression[at] !== ']'; at++) if (expression[at] === '\\') at++;
  return at;
}

const NAME = /\(\?P?<([A-Za-z_]\w*)>/y;

/** Returns what a parenthesis at a position begins: the name of a group, `''` for one without, or no group. */
export function groupNameAt(expression: string, at: number): string | undefined {
  NAME.lastIndex = at;
  const name = NAME.exec(expression)?.[1];
  if (name !== undefined) return name;
  return expression[at + 1] === '?' ? undefined : '';
}
