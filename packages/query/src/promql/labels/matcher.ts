import { compilePattern, type Pattern } from '../../patterns/pattern.ts';

/** A condition on the value of a label; a missing label has the value `''`. */
export interface Matcher {
  readonly name: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
  /** The compiled regular expression of `=~` and `!~`. */
  readonly pattern: Pattern | undefined;
}

/** Reports whether a value satisfies a matcher. */
export function matches({ operator, value, pattern }: Matcher, text: string): boolean {
  switch (operator) {
    case '=':
      return text === value;
    case '!=':
      return text !== value;
    case '=~':
      return pattern?.test(text) ?? false;
    case '!~':
      return !(pattern?.test(text) ?? false);
  }
}

/** Returns a matcher for an exact value. */
export function equals(name: string, value: string): Matcher {
  return { name, operator: '=', value, pattern: undefined };
}

/** Compiles a regular expression that must match a whole value. */
export function compileAnchored(source: string): Pattern {
  return compilePattern(`^(?s:${source})$`);
}
