/** A token of an expression. */
export interface Token {
  readonly kind: 'name' | 'literal' | 'sign';
  readonly text: string;
}

const SPACE = /^(?:\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/;
const NAME = /^[A-Za-z_$][\w$]*/;
// Numbers and strings without escapes that a reader would have to know.
const LITERAL = /^(?:0x[\da-fA-F]+n?|\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?n?|'[^'\\\n]*'|"[^"\\\n]*")/;
const SIGN = /^(?:--|\+\+|=>|===|!==|==|!=|<=|>=|&&|\|\||\?\?|\?\.|[<>!?:.,;(){}[\]+\-*%])/;

/** Splits the source of a function into tokens. Returns `undefined` if there is anything that simple predicates do not have. */
export function tokensOf(source: string): readonly Token[] | undefined {
  const tokens: Token[] = [];
  let rest = source;
  for (;;) {
    rest = rest.replace(SPACE, '');
    if (rest === '') return tokens;
    const token = next(rest);
    if (token === undefined) return undefined;
    tokens.push(token);
    rest = rest.slice(token.text.length);
  }
}

function next(source: string): Token | undefined {
  const name = NAME.exec(source)?.[0];
  if (name !== undefined) return { kind: 'name', text: name };
  const literal = LITERAL.exec(source)?.[0];
  if (literal !== undefined) return { kind: 'literal', text: literal };
  const sign = SIGN.exec(source)?.[0];
  return sign === undefined ? undefined : { kind: 'sign', text: sign };
}
