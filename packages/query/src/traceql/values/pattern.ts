import { compilePattern, type Pattern } from '../../patterns/pattern.ts';

/** Compiles a regular expression that must match a whole value, as Tempo's do. Throws `PatternError`. */
export function compileWhole(source: string): Pattern {
  // Alone first, so that an expression such as `a)(b` is invalid although it is valid in parentheses.
  compilePattern(source);
  return compilePattern(`^(?s:${source})$`);
}
